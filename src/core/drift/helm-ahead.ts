import { isObject, member, sameJson, type Json, type JsonObject } from '../base/json';
import type { HelmAsked } from '../gitops/helm-asked';
import type { StoredRelease } from '../gitops/helm-stored';
import type { MergedValues } from '../gitops/helm-values';
import { fits } from '../gitops/version-range';

/** Names of values that are told. */
const MOST = 5;

/** Whether Git asks for something else than was applied, where what that changes in the objects is not known: which version, which values. Values themselves may be secret. */
export function aheadOf({ chart, git }: HelmAsked, wanted: MergedValues, { values, chart: applied }: StoredRelease): string | undefined {
  const found: string[] = [];
  // A chart in a repository has the version that its own file says.
  const fitting = git || chart.version === '' ? true : fits(applied.version, chart.version);
  if (fitting === false) found.push(`chart version ${chart.version}, and ${applied.version} was applied`);
  const differing = wanted.kind === 'known' ? differences(values, wanted.values) : [];
  if (differing.length > 0) found.push(`other values than were applied (${named(differing)})`);
  const untold = [
    ...(fitting === undefined ? [`whether ${applied.version}, which was applied, is a version that it asks for (${chart.version})`] : []),
    ...(wanted.kind === 'unknown' ? [`whether it asks for other values than were applied, as ${wanted.reason}`] : []),
  ];
  const told = [...(found.length > 0 ? [`Git asks for ${found.join(', and for ')}: what the next upgrade changes is not rendered`] : []), ...(untold.length > 0 ? [`it cannot be told ${untold.join(', nor ')}`] : [])];
  return told.length === 0 ? undefined : told.join('; ');
}

/** What a chart here has that the one that was applied had not; `undefined`: nothing. `same` tells of its templates. Values that were given to Helm are written nowhere, so that nothing can be told of them. */
export function chartAhead(here: { readonly version: string; readonly values: JsonObject; readonly same: boolean }, { chart, defaults }: StoredRelease): string | undefined {
  const version = here.version !== chart.version;
  const values = differences(defaults, here.values);
  const found = [
    ...(version ? [`version ${here.version}, and ${chart.version} was applied`] : []),
    ...(values.length > 0 ? [`other values than were applied (${named(values)})`] : []),
    ...(here.same ? [] : [`other templates than were applied${version ? '' : ', under the same version'}`]),
  ];
  return found.length === 0 ? undefined : `its chart here has ${found.join(', and ')}: what the next upgrade with it changes is not rendered`;
}

const named = (paths: readonly string[]): string => `${paths.slice(0, MOST).join(', ')}${paths.length > MOST ? `, and ${paths.length - MOST} more` : ''}`;

/** Paths, as Helm writes them, at which the two differ. */
function differences(a: Json | undefined, b: Json | undefined, path = ''): string[] {
  if (sameJson(a, b)) return [];
  if (!isObject(a) || !isObject(b)) return [path];
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].flatMap(key => differences(member(a, key), member(b, key), path === '' ? key : `${path}.${key}`));
}
