import { isObject, listAt, textAt, type JsonObject } from '../base/json';
import { parseJson } from '../base/json-text';
import { LAST_APPLIED } from '../kube/redact';
import type { HeldBase, JudgeInput } from './judge-input';

/** The text of `kubectl apply`'s own record of what it last applied. */
export const lastApplied = (live: JsonObject): string | undefined => textAt(live, 'metadata', 'annotations', LAST_APPLIED);

const NO_RECORD = { kind: 'unknown', reason: 'no record of what was last applied' } as const;

/** What `kubectl apply` says it last applied. */
export function lastAppliedBase(live: JsonObject | undefined): Exclude<JudgeInput['base'], { kind: 'absent' }> {
  const text = live && lastApplied(live);
  if (text === undefined) return NO_RECORD;
  try {
    const object = parseJson(text);
    if (isObject(object)) return { kind: 'known', object };
  } catch {
    // Anybody may write the annotation; what is no JSON is no record.
  }
  return { kind: 'unknown', reason: 'the record of what was last applied cannot be read' };
}

/** Argo CD's client-side apply keeps the same record, unless `kubectl apply` has written its own there since. */
export function recordOfArgo(live: JsonObject | undefined, base: HeldBase): HeldBase | undefined {
  if (!live || base.kind !== 'known') return undefined;
  return listAt(live, 'metadata', 'managedFields').some(entry => textAt(entry, 'manager') === 'kubectl-client-side-apply') ? undefined : base;
}
