import { isObject, member, textAt, withMember, type Json, type JsonObject } from '../base/json';
import type { Cluster, PatchRequest } from '../cluster/api';
import type { Live } from '../kube/live';
import type { PathElement } from '../kube/path';
import { redact } from '../kube/redact';
import { redactText, secretsOf } from '../kube/secret-text';
import { rawChanges, shownChanges, type RawChange } from './object-changes';
import type { FieldConflict, Preview, Step } from './plan';
import { hashOf } from './plan-hash';
import { conflictsOf } from './refusal';
import { Sealed } from './sealed';

/** What the server says the request would do to the object as it is at this moment. */
export interface Foreseen {
  readonly predicted: Live;
  readonly changes: readonly RawChange[];
  readonly conflicts: readonly FieldConflict[];
  readonly warnings: readonly string[];
  /** Of changes and conflicts, values in clear. */
  readonly hash: string;
}

export type Expects = NonNullable<Step['expects']>;

/** The two things that tie a request to one state of one object; `undefined` when the object carries none. */
export function expectsOf(live: Live): Expects | undefined {
  const uid = textAt(live, 'metadata', 'uid');
  const resourceVersion = textAt(live, 'metadata', 'resourceVersion');
  return uid !== undefined && resourceVersion !== undefined ? { uid, resourceVersion } : undefined;
}

/**
 * The request with its preconditions in the body. Both, always: a stale resourceVersion alone does not protect against a
 * deleted object, which an apply would make anew (`reference/controllers.md`, "Seen on a real API server").
 */
export function bound(request: PatchRequest, expects: Expects | undefined): PatchRequest {
  if (!expects || !isObject(request.body)) return request;
  const metadata: Json | undefined = member(request.body, 'metadata');
  const tied: JsonObject = { ...(isObject(metadata) ? metadata : {}), uid: expects.uid, resourceVersion: expects.resourceVersion };
  return { ...request, body: withMember(request.body, 'metadata', tied) };
}

/** Dry-runs the request. An apply is tried without force first, so that conflicts are known. Rejects with `ClusterError`. */
export async function foresee(cluster: Cluster, request: PatchRequest, live: Live | undefined, signal?: AbortSignal): Promise<Foreseen> {
  const trial: PatchRequest = { ...bound(request, live && expectsOf(live)), dryRun: true, force: false };
  let conflicts: FieldConflict[] = [];
  let answer;
  try {
    answer = await cluster.patch(trial, signal);
  } catch (error) {
    conflicts = conflictsOf(error);
    if (conflicts.length === 0) throw error;
    answer = await cluster.patch({ ...trial, force: true }, signal);
  }
  const changes = rawChanges(live, answer.object);
  const facts: Json = [changes.map(({ path, before, after }) => [path.map(elementJson), before ?? null, before === undefined, after ?? null, after === undefined]), conflicts.map(({ field, manager }) => [field, manager])];
  return { predicted: answer.object, changes, conflicts, warnings: answer.warnings, hash: hashOf(facts) };
}

function elementJson(element: PathElement): Json {
  switch (element.kind) {
    case 'field':
      return element.name;
    case 'index':
      return element.index;
    case 'value':
      return [element.value];
    case 'key':
      return element.fields.map(([name, value]) => [name, value]);
  }
}

function previewOf({ body }: PatchRequest, live: Live | undefined, { predicted, changes, warnings }: Foreseen): Preview {
  return { live: live && redact(live), predicted: redact(predicted), changes: shownChanges(changes, live, predicted), warnings: shownWarnings(warnings, body, live, predicted) };
}

/** `Warning` headers fit for eyes: an admission policy may quote what it warns of, and of a Secret that is its values. */
export function shownWarnings(warnings: readonly string[], ...objects: readonly (Json | undefined)[]): readonly string[] {
  const secrets = objects.flatMap(object => (isObject(object) ? [...secretsOf(object)] : []));
  return warnings.map(warning => redactText(warning, secrets));
}

/** Puts request and prediction together. */
export function stepOf(request: PatchRequest, live: Live | undefined, foreseen: Foreseen): Step {
  return {
    ref: request.ref,
    action: !live ? 'create' : foreseen.changes.length > 0 ? 'change' : 'none',
    write: new Sealed({ request, foreseen: foreseen.hash }),
    manager: request.fieldManager,
    force: request.force === true,
    expects: live && expectsOf(live),
    conflicts: foreseen.conflicts,
    preview: previewOf(request, live, foreseen),
  };
}
