import { isObject, sameJson, type Json, type JsonObject } from '../base/json';
import { stringifyJson } from '../base/json-text';
import { sameElement, type Path, type PathElement } from '../kube/path';
import type { Draft } from './collapse';
import { lookup } from './lookup';

type Key = Extract<PathElement, { readonly kind: 'key' }>;

/**
 * A list item whose key was edited is, to the server, one item less and another one more (`reference/drift.md`, row 67).
 * Both verdicts stay; where one item of the list is gone, one has come, and all else that Git says of them is the same,
 * each says what they look like to a person: the same item under another key.
 */
export function withEditedKeys(drafts: readonly Draft[], live: JsonObject): readonly Draft[] {
  const gone = drafts.filter(({ path, git, live: now }) => keyOf(path) && git !== undefined && now === undefined);
  const said = new Map<Draft, string>();
  for (const draft of gone) {
    const come = drafts.filter(other => keyOf(other.path) && other.git === undefined && other.live !== undefined && areSiblings(other.path, draft.path));
    const [other] = come;
    if (!other || come.length > 1 || gone.some(one => one !== draft && areSiblings(one.path, draft.path))) continue;
    const change = editOf(draft, lookup(live, other.path), other.path);
    if (change === undefined) continue;
    said.set(draft, change);
    said.set(other, change);
  }
  if (said.size === 0) return drafts;
  return drafts.map(draft => {
    const change = said.get(draft);
    return change === undefined ? draft : { ...draft, decision: { ...draft.decision, reason: `${draft.decision.reason}; it looks like one item whose key was edited: ${change}` } };
  });
}

function editOf({ git, path }: Draft, now: Json | undefined, other: Path): string | undefined {
  const [ours, theirs] = [keyOf(path), keyOf(other)];
  if (!ours || !theirs || !isObject(git) || !isObject(now)) return undefined;
  const changed = ours.fields.flatMap(([name, value]) => {
    const live = theirs.fields.find(([their]) => their === name)?.[1];
    return live === undefined || sameJson(live, value) ? [] : [`${name} ${stringifyJson(value)}, live ${stringifyJson(live)}`];
  });
  const keys = new Set(ours.fields.map(([name]) => name));
  const rest = Object.entries(git).filter(([name]) => !keys.has(name));
  return changed.length > 0 && rest.length > 0 && rest.every(([name, value]) => sameJson(value, now[name])) ? changed.join('; ') : undefined;
}

function keyOf(path: Path): Key | undefined {
  const last = path.at(-1);
  return last?.kind === 'key' ? last : undefined;
}

const areSiblings = (a: Path, b: Path): boolean => a.length === b.length && a.slice(0, -1).every((step, i) => b[i] !== undefined && sameElement(step, b[i]));
