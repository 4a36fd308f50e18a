import { isObject, member, textAt, withMember, type JsonObject } from '../base/json';
import { fieldsBelow, isMember, type FieldsV1 } from '../kube/fields-v1';
import { isSecret } from '../kube/identity';
import { writtenEntries } from '../kube/managed';
import type { Applier } from './judge-input';
import type { Owner } from './verdict';

/**
 * One managedFields entry and what it means for this applier: its own, one whose fields it takes over before its next
 * apply, or somebody else's.
 */
export interface Entry {
  readonly owner: Owner;
  readonly role: 'own' | 'taken' | 'other';
  /** The entry speaks of another version of the kind: its paths may have other names here. */
  readonly otherVersion: boolean;
}

/** Where one entry's field set stands while the object is walked. */
export interface Cursor {
  readonly entry: Entry;
  readonly node: FieldsV1;
}

export type Ownership =
  | { readonly kind: 'tracked'; readonly cursors: readonly Cursor[]; /** The applier's own entry, if it ever applied. */ readonly own: Entry | undefined }
  /** managedFields are missing or reset: nothing can be said about who set what. */
  | { readonly kind: 'untracked' };

/** With this on either side Flux takes nothing over. */
export function mergesOnly(desired: JsonObject, live: JsonObject): boolean {
  return hasMark(desired, SSA_MARK, 'merge') || hasMark(live, SSA_MARK, 'merge');
}

export const SSA_MARK = 'kustomize.toolkit.fluxcd.io/ssa';
export const RECONCILE_MARK = 'kustomize.toolkit.fluxcd.io/reconcile';

/** A label or annotation with this value in any case, as Flux reads its marks (ssa/utils `AnyInMetadata`). */
export function hasMark(object: JsonObject, key: string, value: string): boolean {
  return ['labels', 'annotations'].some(part => textAt(object, 'metadata', part, key)?.toLowerCase() === value);
}

export function readOwnership(live: JsonObject, applier: Applier, desired: JsonObject): Ownership {
  const merges = applier.tool === 'flux' && mergesOnly(desired, live);
  const apiVersion = textAt(desired, 'apiVersion');
  const entries = writtenEntries(live);
  if (!entries) return { kind: 'untracked' };
  const secret = isSecret(live);
  const cursors = entries.map(({ manager, operation, subresource, time, apiVersion: version, fieldsV1 }): Cursor => {
    const owner: Owner = { manager, operation, subresource, time };
    return { entry: { owner, role: roleOf(owner, applier, merges), otherVersion: version !== apiVersion }, node: secret ? withClearData(fieldsV1) : fieldsV1 };
  });
  return { kind: 'tracked', cursors, own: cursors.find(({ entry }) => entry.role === 'own')?.entry };
}

/** Who sends `stringData` of a Secret is recorded as its owner, although the server keeps it as `data`: the value under `data` is that manager's. */
function withClearData(fields: FieldsV1): FieldsV1 {
  const clear = member(fields, 'f:stringData');
  const data = member(fields, 'f:data');
  return isObject(clear) ? (withMember(fields, 'f:data', { ...(isObject(data) ? data : {}), ...clear }) as FieldsV1) : fields;
}

/** Appliers that send a patch of their own making: their entry is an Update one. */
export const isClientSide = ({ tool }: Applier): boolean => tool === 'kubectl' || tool === 'argo' || tool === 'helm3';

function roleOf(owner: Owner, applier: Applier, merges: boolean): Entry['role'] {
  if (owner.subresource !== undefined || applier.tool === 'none') return 'other';
  const operation = isClientSide(applier) ? 'Update' : 'Apply';
  if (owner.manager === applier.manager && owner.operation === operation) return 'own';
  return !merges && isTakenOver(owner, applier) ? 'taken' : 'other';
}

/** kustomize-controller's list of managers it undoes (`internal/controller`, `apply`), and kubectl's and Argo CD's migration. */
function isTakenOver({ manager, operation }: Owner, applier: Applier): boolean {
  switch (applier.tool) {
    case 'flux':
      if (manager.startsWith('kubectl')) return true;
      return operation === 'Update' && (manager.startsWith('before-first-apply') || manager.startsWith(applier.manager));
    case 'argo-ssa':
      // Not its own Update entry: fields from a time of client-side applies stay when Git drops them.
      return applier.migrates !== false && operation === 'Update' && manager === (applier.migrates ?? 'kubectl-client-side-apply');
    case 'kubectl-ssa':
      return operation === 'Update' && manager === 'kubectl-client-side-apply';
    case 'argo':
    case 'kubectl':
    case 'helm3':
    case 'helm4':
    case 'none':
      return false;
  }
}

/** The cursors of the entries that have anything at or below this step, given in its canonical spelling. */
export function descend(cursors: readonly Cursor[], key: string): readonly Cursor[] {
  const below: Cursor[] = [];
  for (const { entry, node } of cursors) {
    const child = fieldsBelow(node, key);
    if (child) below.push({ entry, node: child });
  }
  return below;
}

/** Whether any entry has something at or below this step. */
export const isHeld = (cursors: readonly Cursor[], key: string): boolean => cursors.some(({ node }) => fieldsBelow(node, key) !== undefined);

/** The entries whose set holds the path itself, not only something below it. */
export const holders = (cursors: readonly Cursor[]): Entry[] => cursors.filter(({ node }) => isMember(node)).map(({ entry }) => entry);

/** The entries whose set holds the path or anything below it. */
export const holdersBelow = (cursors: readonly Cursor[]): Entry[] => cursors.map(({ entry }) => entry);

/** Newest first; those without a time last. */
export function newestFirst(entries: readonly Entry[]): Owner[] {
  return entries.map(({ owner }) => owner).sort((a, b) => (b.time ?? '').localeCompare(a.time ?? ''));
}
