import { sameJson } from '../../src/core/base/json';
import type { Case } from './case';
import { manifestIn } from './manifest-in';
import { isFlux } from './runner';

/** Written so that what reads YAML as kubectl does sees what Flux sees; needing nothing that only Flux has. */
export function isCommon(one: Case): boolean {
  if (!isFlux(one) || one.refused === true || one.substitutes === true || one.behind === true) return false;
  if (one.steps?.some(step => 'refuseDryRuns' in step || ('apply' in step && step.as === 'kustomize-controller')) === true) return false;
  // Hooks and waves make a sync wait for what no Pod will ever do here.
  return [one.git, one.base ?? one.git].every(text => !/helm\.sh\/hook|argocd\.argoproj\.io\/(?:hook|sync-wave)/.test(text) && sameJson(manifestIn(text, false).object, manifestIn(text, true).object));
}
