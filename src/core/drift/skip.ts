import { at, isObject, textAt, type JsonObject } from '../base/json';
import type { Applier } from './judge-input';
import { hasMark, RECONCILE_MARK, SSA_MARK } from './ownership';

/** Whether the applier may leave an object alone. People apply what they want to, whatever it says. */
export const heeds = ({ tool, leaves }: Applier): boolean => leaves !== undefined || !(tool === 'none' || tool === 'kubectl' || tool === 'kubectl-ssa');

/** The rule that keeps the applier away from this object, in words; `undefined` when none does. `live` is absent for an object that is not in the cluster. */
export function skipRule(desired: JsonObject, live: JsonObject | undefined, applier: Applier): string | undefined {
  const { tool, leaves } = applier;
  if (!heeds(applier)) return undefined;
  if (leaves !== undefined) return leaves;
  if (tool === 'flux') return fluxRule(desired, live);
  const disabled = tool === 'helm3' || tool === 'helm4' ? helmRule(desired, live) : undefined;
  if (disabled !== undefined) return disabled;
  const annotations = at(desired, 'metadata', 'annotations');
  if (!isObject(annotations)) return undefined;
  if (tool === 'helm3' || tool === 'helm4') return textAt(annotations, 'helm.sh/hook') === undefined ? undefined : 'it is a Helm hook (helm.sh/hook)';
  if (tool === 'argo' || tool === 'argo-ssa') {
    const hook = ['argocd.argoproj.io/hook', 'helm.sh/hook'].find(key => textAt(annotations, key) !== undefined);
    return hook === undefined ? undefined : `it is a sync hook (${hook})`;
  }
  return undefined;
}

/** helm-controller's exclusion, on either side (fluxcd/pkg `ssa/jsondiff`). */
function helmRule(desired: JsonObject, live: JsonObject | undefined): string | undefined {
  const where = hasMark(desired, DRIFT_MARK, 'disabled') ? 'the release' : live && hasMark(live, DRIFT_MARK, 'disabled') ? 'the live object' : undefined;
  return where && `${where} says ${DRIFT_MARK}: disabled`;
}

const DRIFT_MARK = 'helm.toolkit.fluxcd.io/driftDetection';

/** kustomize-controller's exclusions: on either side, in any case; `IfNotPresent` only in Git. */
function fluxRule(desired: JsonObject, live: JsonObject | undefined): string | undefined {
  for (const [object, where] of [[desired, 'Git'], [live, 'the live object']] as const) {
    if (!object) continue;
    if (hasMark(object, RECONCILE_MARK, 'disabled')) return `${where} says ${RECONCILE_MARK}: disabled`;
    if (hasMark(object, SSA_MARK, 'ignore')) return `${where} says ${SSA_MARK}: Ignore`;
  }
  if (live && hasMark(desired, SSA_MARK, 'ifnotpresent')) return `Git says ${SSA_MARK}: IfNotPresent, and it exists`;
  return undefined;
}
