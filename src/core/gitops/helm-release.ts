import { listAt, member, textAt, type Json } from '../base/json';
import { identityOf, type ObjectRef } from '../kube/identity';
import type { PresentState } from '../cluster/api';
import type { Live } from '../kube/live';
import type { ApplicationSource, FluxHelmRelease, HelmRevision } from './application';
import { isReconciling, kubeConfigOf, keyOf, parentOf, readyOf, waitsFor } from './flux-application';
import { pauseOf } from './flux-pause';
import { durationMs, inventoryRef } from './flux-values';
import { helmAsked } from './helm-asked';
import { perVersion } from './per-version';
import { readTargetedIgnores } from './targeted-ignore';

/** The managedFields name under which helm-controller applies: it tells Helm to take its own. */
const MANAGER = 'helm-controller';

/** Every HelmRelease as an application, joined with the GitRepository of its chart; v2beta1 keeps no history and is then of no known revision. Objects without identity are left out. */
export const readHelmReleases = (objects: readonly PresentState[], sources: ReadonlyMap<string, ApplicationSource>): FluxHelmRelease[] =>
  objects.flatMap(state => {
    const read = releaseOf(state);
    return read ? [{ ...read.own, chartSource: read.from === undefined ? undefined : sources.get(read.from) }] : [];
  });

/** Without the source of its chart, and that by `keyOf`. */
interface OwnRelease {
  readonly own: FluxHelmRelease;
  readonly from: string | undefined;
}

const releaseOf = perVersion(readHelmRelease);

function readHelmRelease(object: Live): OwnRelease | undefined {
  const identity = identityOf(object);
  if (!identity) return undefined;
  const { ref } = identity;
  const spec = member(object, 'spec');
  const status = member(object, 'status');
  const pause = pauseOf(object);
  const { git, release } = helmAsked(object, ref.namespace ?? '');
  const own: FluxHelmRelease = {
    tool: 'helm',
    kind: 'HelmRelease',
    ...identity,
    manager: MANAGER,
    // What it applies is in the cluster, not in a repository.
    source: undefined,
    path: '',
    appliedRevision: undefined,
    attemptedRevision: undefined,
    pause,
    interval: durationMs(textAt(spec, 'interval')),
    reconciling: isReconciling(object, pause !== undefined),
    ready: readyOf(status),
    ranAt: undefined,
    ranFor: undefined,
    prune: true,
    force: false,
    targetNamespace: textAt(spec, 'targetNamespace') || ref.namespace,
    inventory: listAt(status, 'inventory', 'entries').flatMap(entry => inventoryRef(textAt(entry, 'id') ?? '', textAt(entry, 'v') ?? '') ?? []),
    notComputed: [],
    remoteCluster: kubeConfigOf(spec),
    waitsFor: waitsFor(status, ref.kind),
    parent: parentOf(object, ref),
    doubt: undefined,
    release,
    storageNamespace: textAt(status, 'storageNamespace') || textAt(spec, 'storageNamespace') || ref.namespace,
    history: historyOf(status),
    driftDetection: modeOf(textAt(spec, 'driftDetection', 'mode')),
    ignore: readTargetedIgnores(listAt(spec, 'driftDetection', 'ignore'), 'spec.driftDetection.ignore'),
    chartSource: undefined,
  };
  return { own, from: git && keyOf({ kind: 'GitRepository', ...git.source }) };
}

/** `status.history`, newest first. Before helm-controller 0.37 there is none. */
function historyOf(status: Json | undefined): HelmRevision[] {
  const revisions = listAt(status, 'history').flatMap((entry): HelmRevision[] => {
    const [name, state] = [textAt(entry, 'name'), textAt(entry, 'status')];
    const revision = member(entry, 'version');
    if (!name || state === undefined || typeof revision !== 'number') return [];
    return [{ name, namespace: textAt(entry, 'namespace') ?? '', revision, status: state, chartVersion: textAt(entry, 'chartVersion') ?? '', storedIn: 'Secret' }];
  });
  return revisions.sort((a, b) => b.revision - a.revision);
}

const modeOf = (mode: string | undefined): FluxHelmRelease['driftDetection'] => (mode === 'enabled' || mode === 'warn' ? mode : 'disabled');

/** A HelmRelease as it is written, in any version of its kind. */
export const isHelmRelease = ({ apiVersion, kind }: Pick<ObjectRef, 'apiVersion' | 'kind'>): boolean => kind === 'HelmRelease' && apiVersion.startsWith('helm.toolkit.fluxcd.io/');
