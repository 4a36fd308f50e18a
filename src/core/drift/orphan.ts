import { textAt, type JsonObject } from '../base/json';
import type { LiveState } from '../cluster/api';
import type { Application } from '../gitops/application';
import type { ObjectRef } from '../kube/identity';
import { fluxOwner, hasSyncOption } from './applier';
import { hasMark, RECONCILE_MARK, SSA_MARK } from './ownership';
import type { ObjectVerdict } from './verdict';

export interface OrphanFacts {
  readonly application: Pick<Application, 'tool' | 'prune' | 'ref'>;
  /** False: the files are not all that the applier sends, so that nothing can be called an orphan. */
  readonly complete: boolean;
  /** Why the inventory may not be the present one. */
  readonly doubt: string | undefined;
  /** The object, not yet applied, that takes its place under another name. */
  readonly successor: ObjectRef | undefined;
}

/** An object of the application's inventory that the files no longer have. `undefined` when it is gone from the cluster too. */
export function judgeOrphan(ref: ObjectRef, live: LiveState, { application, complete, doubt, successor }: OrphanFacts): ObjectVerdict | undefined {
  if (live.kind === 'absent' || !complete) return undefined;
  const common = { ref, fields: [], kept: [] };
  if (live.kind === 'unknown' || doubt !== undefined) {
    const reason = doubt ?? 'it is in the inventory and not in the files; whether it still exists could not be told';
    return { ...common, verdict: 'unknown', reason, notes: [] };
  }
  const why = spared(live.object, application);
  const notes = [why === undefined ? 'the controller will delete it on its next run' : `the controller will leave it: ${why}`];
  if (why === undefined && textAt(live.object, 'metadata', 'annotations', HELM_KEEPS) === 'keep') notes.push(`${HELM_KEEPS}: keep does not save it: only Helm looks at that`);
  if (successor) return { ...common, verdict: 'pending', reason: `Git has changed what it was generated from: ${successor.name} takes its place with the next apply`, notes };
  return { ...common, verdict: 'orphan', reason: 'it is in the cluster and in the inventory of its application, and no file has it', notes };
}

const HELM_KEEPS = 'helm.sh/resource-policy';
const PRUNE_MARK = 'kustomize.toolkit.fluxcd.io/prune';

/** Why a run does not delete what its source no longer has, in words; `undefined` when it does. */
function spared(live: JsonObject, { tool, prune, ref }: OrphanFacts['application']): string | undefined {
  if (!prune) return 'pruning is off';
  switch (tool) {
    case 'flux': {
      // kustomize-controller `prune`, fluxcd/pkg ssa `Delete`: only with its own labels, and without these marks.
      const owner = fluxOwner(live);
      if (owner?.name !== ref.name || owner.namespace !== ref.namespace) return 'it does not have the labels of its Kustomization any more';
      return ([[PRUNE_MARK, 'disabled'], [RECONCILE_MARK, 'disabled'], [SSA_MARK, 'ignore']] as const).flatMap(([key, value]) => (hasMark(live, key, value) ? [`it says ${key}: ${value}`] : []))[0];
    }
    case 'helm':
      return textAt(live, 'metadata', 'annotations', HELM_KEEPS) === 'keep' ? `it says ${HELM_KEEPS}: keep` : undefined;
    case 'argo':
      return ['Prune=false', 'Prune=confirm'].flatMap(option => (hasSyncOption(live, option) ? [`it says ${option}`] : []))[0];
  }
}

/** Names that kustomize gives to what it generates: the base name and ten characters made from the content (kustomize `api/hasher`). */
const GENERATED = /^(.+)-[2456789bcdfghkmt]{10}$/;

/** What an object generated from other content was called before, or is called next: one kind, one namespace, one name but for the hash. */
export function isSuccessor(next: ObjectRef, before: ObjectRef): boolean {
  const base = GENERATED.exec(before.name)?.[1];
  return base !== undefined && GENERATED.exec(next.name)?.[1] === base && next.name !== before.name && next.kind === before.kind && (before.kind === 'ConfigMap' || before.kind === 'Secret') && next.namespace === before.namespace;
}
