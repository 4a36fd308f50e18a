import { isObject, member, sameJson, type Json } from '../base/json';
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
  if (differing.length > 0) found.push(`other values than were applied (${differing.slice(0, MOST).join(', ')}${differing.length > MOST ? `, and ${differing.length - MOST} more` : ''})`);
  const untold = [
    ...(fitting === undefined ? [`whether ${applied.version}, which was applied, is a version that it asks for (${chart.version})`] : []),
    ...(wanted.kind === 'unknown' ? [`whether it asks for other values than were applied, as ${wanted.reason}`] : []),
  ];
  const told = [...(found.length > 0 ? [`Git asks for ${found.join(', and for ')}: what the next upgrade changes is not rendered`] : []), ...(untold.length > 0 ? [`it cannot be told ${untold.join(', nor ')}`] : [])];
  return told.length === 0 ? undefined : told.join('; ');
}

/** Paths, as Helm writes them, at which the two differ. */
function differences(a: Json | undefined, b: Json | undefined, path = ''): string[] {
  if (sameJson(a, b)) return [];
  if (!isObject(a) || !isObject(b)) return [path];
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].flatMap(key => differences(member(a, key), member(b, key), path === '' ? key : `${path}.${key}`));
}
