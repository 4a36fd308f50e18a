import { at, isArray, isObject, member, sameJson, textAt, type Json, type JsonObject } from '../base/json';
import { splitApiVersion } from '../kube/identity';
import { field, type Path } from '../kube/path';
import type { SchemaType } from '../kube/schema';
import { isBuiltIn } from './empty-values';
import { lookup } from './lookup';
import { elementOf, memberOf, relate } from './relation';

type Default = Json | readonly ['one of', ...Json[]];

/**
 * What the API server puts where an object of a built-in kind leaves a field out (kubernetes pkg/apis, the `defaults.go`
 * of each group, 1.37): by the name of the field, or by its own and that of the struct or list it stands in.
 */
const DEFAULTS: ReadonlyMap<string, Default> = new Map<string, Default>([
  ['dnsPolicy', 'ClusterFirst'], ['restartPolicy', 'Always'], ['schedulerName', 'default-scheduler'], ['terminationGracePeriodSeconds', 30], ['enableServiceLinks', true],
  ['terminationMessagePath', '/dev/termination-log'], ['terminationMessagePolicy', 'File'], ['timeoutSeconds', 1], ['periodSeconds', 10], ['successThreshold', 1],
  ['failureThreshold', 3], ['httpGet.scheme', 'HTTP'], ['httpGet.path', '/'], ['fieldRef.apiVersion', 'v1'], ['defaultMode', 420], ['expirationSeconds', 3600], ['protocol', 'TCP'],
  ['hostPath.type', ''], ['grpc.service', ''],
  ['spec.replicas', 1], ['revisionHistoryLimit', 10], ['progressDeadlineSeconds', 600], ['podManagementPolicy', 'OrderedReady'], ['strategy.type', 'RollingUpdate'],
  ['updateStrategy.type', 'RollingUpdate'], ['rollingUpdate.maxSurge', ['one of', '25%', 0]], ['rollingUpdate.maxUnavailable', ['one of', '25%', 1]], ['rollingUpdate.partition', 0],
  ['whenDeleted', 'Retain'], ['whenScaled', 'Retain'],
  ['concurrencyPolicy', 'Allow'], ['suspend', false], ['successfulJobsHistoryLimit', 3], ['failedJobsHistoryLimit', 1], ['completions', 1], ['parallelism', 1], ['backoffLimit', 6],
  ['completionMode', 'NonIndexed'], ['podReplacementPolicy', 'TerminatingOrFailed'], ['manualSelector', false],
  ['spec.type', 'ClusterIP'], ['sessionAffinity', 'None'], ['internalTrafficPolicy', 'Cluster'], ['externalTrafficPolicy', 'Cluster'], ['allocateLoadBalancerNodePorts', true],
  ['clientIP.timeoutSeconds', 10800], ['.type', 'Opaque'],
  ['minReplicas', 1], ['metrics', [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } }]], ['scaleUp.stabilizationWindowSeconds', 0],
  ['selectPolicy', 'Max'], ['scaleUp.policies', [{ type: 'Pods', value: 4, periodSeconds: 15 }, { type: 'Percent', value: 100, periodSeconds: 15 }]],
  ['scaleDown.policies', [{ type: 'Percent', value: 100, periodSeconds: 15 }]],
  ['volumeMode', 'Filesystem'], ['persistentVolumeReclaimPolicy', 'Retain'], ['reclaimPolicy', 'Delete'], ['volumeBindingMode', 'Immediate'], ['attachRequired', true],
  ['podInfoOnMount', false], ['fsGroupPolicy', 'ReadWriteOnceWithFSType'], ['requiresRepublish', false], ['storageCapacity', false],
  ['failurePolicy', 'Fail'], ['matchPolicy', 'Equivalent'], ['scope', '*'], ['service.port', 443], ['reinvocationPolicy', 'Never'], ['webhooks.timeoutSeconds', 10],
  ['volumeClaimTemplates.apiVersion', 'v1'], ['volumeClaimTemplates.kind', 'PersistentVolumeClaim'], ['volumeClaimTemplates.status', { phase: 'Pending' }],
  ['preemptionPolicy', 'PreemptLowerPriority'], ['conversion.strategy', 'None'], ['preserveUnknownFields', false],
]);

/** The server chooses a value, and keeps it when a later write leaves it out. */
const ALLOCATED: ReadonlySet<string> = new Set(['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy', 'nodePort', 'healthCheckNodePort']);

/** Structs that the server puts in with all they hold, where the one around them is there. */
const FILLED_IN: ReadonlySet<string> = new Set(['strategy', 'updateStrategy', 'rollingUpdate', 'persistentVolumeClaimRetentionPolicy', 'conversion', 'scaleUp', 'scaleDown']);

/**
 * Whether the live value is the one that the server gives by itself when nobody sets the field. `fallback`: the default
 * that the kind's schema states; schemas of built-in kinds state next to none.
 */
export function isServerDefault(path: Path, value: Json, fallback: Json | undefined, live: JsonObject, desired: JsonObject): boolean {
  const name = nameOf(path, path.length - 1);
  const parent = path.slice(0, -1);
  const within = nameOf(parent, parent.length - 1);
  if (!isThere(parent, desired)) return false;
  if (!isBuiltIn(splitApiVersion(textAt(live, 'apiVersion') ?? '').group)) return fallback !== undefined && sameJson(value, fallback);
  if (isObject(value) && Object.keys(value).length === 0) return true;
  if (ALLOCATED.has(name)) return textAt(live, 'kind') === 'Service';
  const computed = computedDefault(name, parent, live, desired);
  if (computed !== undefined) return sameJson(value, computed);
  const known = DEFAULTS.get(`${within}.${name}`) ?? DEFAULTS.get(name);
  if (known === undefined) return false;
  return isArray(known) && known[0] === 'one of' ? known.slice(1).some(one => sameJson(one, value)) : sameJson(value, known);
}

/** Whether a live value is Git's, and beside it holds nothing but what the server gives by itself: what an apply of Git's leaves there, whoever made it. */
export function isFilledIn(type: SchemaType, git: Json, live: Json | undefined, path: Path, whole: { readonly live: JsonObject; readonly desired: JsonObject }): boolean {
  if (live === undefined) return false;
  if (isArray(git)) return isArray(live) && git.length === live.length && git.every((item, i) => isFilledIn(elementOf(type), item, live[i], [...path, { kind: 'index', index: i }], whole));
  if (!isObject(git) || !isObject(live)) return relate(type, git, live, path, whole.live) !== 'differ';
  const defaults = type.kind === 'map' ? type.defaults : undefined;
  return (
    Object.entries(git).every(([name, value]) => isFilledIn(memberOf(type, name), value, member(live, name), [...path, field(name)], whole)) &&
    Object.entries(live).every(([name, value]) => member(git, name) !== undefined || isServerDefault([...path, field(name)], value, defaults?.get(name), whole.live, whole.desired))
  );
}

/** Without the struct around it there is no default either. */
const isThere = (struct: Path, desired: JsonObject): boolean =>
  struct.length === 0 || lookup(desired, struct) !== undefined || (FILLED_IN.has(nameOf(struct, struct.length - 1)) && isThere(struct.slice(0, -1), desired));

/** Defaults that come from the fields beside. */
function computedDefault(name: string, parent: Path, live: JsonObject, desired: JsonObject): Json | undefined {
  const beside = lookup(live, parent);
  switch (name) {
    case 'imagePullPolicy':
      return pullPolicy(textAt(beside, 'image') ?? '');
    case 'targetPort':
      return at(beside, 'port');
    case 'policyTypes':
      return (at(lookup(desired, parent), 'egress') ?? at(beside, 'egress')) === undefined ? ['Ingress'] : ['Ingress', 'Egress'];
    default:
      return undefined;
  }
}

/** An image without a tag, or with `latest`, is pulled anew each time; one with a digest is not. */
function pullPolicy(image: string): string {
  const last = image.slice(image.lastIndexOf('/') + 1);
  if (last.includes('@')) return 'IfNotPresent';
  return !last.includes(':') || last.endsWith(':latest') ? 'Always' : 'IfNotPresent';
}

/** The field at this place of the path, or the list whose item is there; empty at the top. */
function nameOf(path: Path, index: number): string {
  for (let i = index; i >= 0; i--) {
    const step = path[i];
    if (step?.kind === 'field') return step.name;
  }
  return '';
}
