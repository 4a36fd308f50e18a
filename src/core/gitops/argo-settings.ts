import { isObject, member, textAt, type JsonObject } from '../base/json';
import type { LiveState, PresentState } from '../cluster/api';
import type { Tracking } from './application';
import { ignoresAggregated, NONE_EXCLUDED, readExcludedKinds, type ExcludedKinds } from './argo-excluded';
import { TRACKING_ID } from './argo-marks';
import { installationRules, type IgnoreRule } from './ignore-rules';
import { perVersion } from './per-version';

/** What an installation says in its ConfigMap `argocd-cm`, as far as it decides what is applied and compared. */
export interface ArgoSettings {
  readonly tracking: Tracking;
  readonly ignore: readonly IgnoreRule[];
  readonly ignoresAggregated: boolean;
  readonly excluded: ExcludedKinds;
  /** With which kustomize is run (`kustomize.buildOptions`). */
  readonly buildOptions: string;
}

export const SETTINGS_NAME = 'argocd-cm';

/** `application.instanceLabelKey` unless it says otherwise. */
const LABEL_KEY = 'app.kubernetes.io/instance';

/** The defaults since Argo CD 3.0 (util/settings). */
const DEFAULTS: ArgoSettings = { tracking: { method: 'annotation', labelKey: LABEL_KEY, installationId: undefined }, ignore: [], ignoresAggregated: false, excluded: NONE_EXCLUDED, buildOptions: '' };

/** `undefined` where the ConfigMap is not known now. */
export function readSettings(live: LiveState): ArgoSettings | undefined {
  if (live.kind === 'unknown') return undefined;
  return live.kind === 'present' ? settingsOf(live) : DEFAULTS;
}

const settingsOf = perVersion((object): ArgoSettings => {
  const data = member(object, 'data');
  if (!isObject(data)) return DEFAULTS;
  const method = textAt(data, 'application.resourceTrackingMethod');
  return {
    tracking: {
      method: method === 'label' || method === 'annotation+label' ? method : 'annotation',
      labelKey: textAt(data, 'application.instanceLabelKey') || LABEL_KEY,
      installationId: textAt(data, 'installationID') || undefined,
    },
    ignore: installationRules(data),
    ignoresAggregated: ignoresAggregated(data),
    excluded: readExcludedKinds(data),
    buildOptions: textAt(data, 'kustomize.buildOptions') ?? '',
  };
});

/** For those who may not read the settings: what the marks on the application's own objects tell. */
export function settingsFrom(objects: readonly PresentState[], instance: string): ArgoSettings {
  const marks = objects.map(marksOf);
  const annotated = marks.some(({ annotation }) => annotation?.startsWith(`${instance}:`));
  const labelled = marks.some(({ label }) => label === instance);
  return labelled && !annotated ? LABELLED : DEFAULTS;
}

const LABELLED: ArgoSettings = { ...DEFAULTS, tracking: { ...DEFAULTS.tracking, method: 'label' } };

const marksOf = perVersion(object => ({ annotation: textAt(object, 'metadata', 'annotations', TRACKING_ID), label: textAt(object, 'metadata', 'labels', LABEL_KEY) }));

/** The application that Argo CD's mark names, by the name it tracks by; `undefined` without one, and for a mark that was copied from another object. */
export function trackedBy(object: JsonObject): string | undefined {
  const id = /^([^:]*):([^/:]*)\/([^:]*):([^/]*)\/(.*)$/.exec(textAt(object, 'metadata', 'annotations', TRACKING_ID) ?? '');
  const own = id?.[3] === textAt(object, 'kind') && id?.[5] === textAt(object, 'metadata', 'name');
  return own ? id?.[1] : undefined;
}
