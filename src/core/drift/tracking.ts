import { at, isObject, textAt, withMember, type JsonObject } from '../base/json';
import type { Tracking } from '../gitops/application';
import { TRACKING_ID } from '../gitops/argo-marks';
import { splitApiVersion } from '../kube/identity';
import { field, type Path } from '../kube/path';

const INSTALLATION_ID = 'argocd.argoproj.io/installation-id';
/** With this key, the first one Argo CD had, it marks pod templates too. */
export const LEGACY_LABEL_KEY = 'applications.argoproj.io/app-name';
/** Longest value of a label. */
const MAX_LABEL = 63;

/**
 * Argo CD's mark on what an Application applies (util/argo, `SetAppInstance`). The destination's namespace stands in it also
 * for a kind that has none.
 */
export function markTracked(object: JsonObject, instance: string, destination: string | undefined, { method, labelKey, installationId }: Tracking): { readonly object: JsonObject; readonly injected: readonly Path[] } {
  let out = object;
  const injected: Path[] = [];
  const set = (part: 'labels' | 'annotations', key: string, value: string | undefined): void => {
    const present = at(out, 'metadata', part);
    const values = isObject(present) ? present : {};
    if (value === undefined && !Object.hasOwn(values, key)) return;
    const metadata = at(out, 'metadata');
    out = withMember(out, 'metadata', withMember(isObject(metadata) ? metadata : {}, part, withMember(values, key, value)));
    if (value !== undefined) injected.push([field('metadata'), field(part), field(key)]);
  };
  const { group } = splitApiVersion(textAt(object, 'apiVersion') ?? '');
  // Definitions stay unmarked: they outlive the application (reposerver, `GenerateManifests`).
  if (group === 'apiextensions.k8s.io' && textAt(object, 'kind') === 'CustomResourceDefinition') return { object, injected };
  if (method !== 'label') {
    const namespace = textAt(object, 'metadata', 'namespace') || (destination ?? '');
    set('annotations', TRACKING_ID, `${instance}:${group}/${textAt(object, 'kind') ?? ''}:${namespace}/${textAt(object, 'metadata', 'name') ?? ''}`);
    set('annotations', INSTALLATION_ID, installationId);
  }
  if (method !== 'annotation') set('labels', labelKey, method === 'label' ? instance : instance.slice(0, MAX_LABEL).replace(/[-_.]+$/, ''));
  return { object: out, injected };
}
