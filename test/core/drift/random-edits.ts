import { fromEntries, isArray, isObject, member, sameJson, withMember, type Json, type JsonObject } from '../../../src/core/base/json';
import type { Random } from '../kube/random-typed';

/** A step into an object: a field by its name, or the item of a list that has these members. */
type Step = string | JsonObject;

/** A place in an object of some kind, and what may stand there. */
interface Spot {
  readonly at: readonly Step[];
  readonly values: readonly Json[];
}

/** What objects of one kind are made of, and where they are changed. */
export interface Kind {
  readonly start: JsonObject;
  readonly spots: readonly Spot[];
  /** Has `/scale`. */
  readonly scales: boolean;
}

const spot = (path: string, ...values: Json[]): Spot => ({ at: path.split(' ').map(step => (step.startsWith('{') ? (JSON.parse(step) as JsonObject) : step)), values });

const METADATA: readonly Spot[] = [
  spot('metadata labels team', 'a', 'b', ''),
  spot('metadata labels tier', 'front', 'back'),
  spot('metadata labels app.kubernetes.io/part-of', 'shop', 'bank'),
  spot('metadata annotations note', 'x', 'y', 'two\nlines'),
  spot('metadata annotations example.com/owner', 'ana', 'bo'),
  spot('metadata annotations kustomize.toolkit.fluxcd.io/ssa', 'Override'),
  spot('metadata finalizers', ['example.com/a'], ['example.com/b', 'example.com/a']),
];

const pod = (at: string): readonly Spot[] => [
  spot(`${at} terminationGracePeriodSeconds`, 30, 60),
  spot(`${at} nodeSelector`, { disk: 'ssd' }, { disk: 'hdd', zone: 'a' }),
  spot(`${at} tolerations`, [{ key: 'a', operator: 'Exists' }], [{ key: 'a', operator: 'Exists' }, { key: 'b', value: 'c' }]),
  spot(`${at} automountServiceAccountToken`, true, false),
  spot(`${at} serviceAccountName`, 'runner', 'other'),
  spot(`${at} securityContext`, {}, { runAsUser: 1000 }),
  spot(`${at} securityContext fsGroup`, 1, 2),
  spot(`${at} imagePullSecrets {"name":"pull"}`, { name: 'pull' }),
  spot(`${at} hostAliases {"ip":"10.0.0.1"}`, { ip: '10.0.0.1', hostnames: ['a'] }, { ip: '10.0.0.1', hostnames: ['a', 'b'] }),
  spot(`${at} topologySpreadConstraints {"topologyKey":"zone"}`, { topologyKey: 'zone', maxSkew: 1, whenUnsatisfiable: 'ScheduleAnyway' }, { topologyKey: 'zone', maxSkew: 2, whenUnsatisfiable: 'ScheduleAnyway', labelSelector: { matchLabels: { app: 'web' } } }),
  spot(`${at} volumes {"name":"cache"}`, { name: 'cache', emptyDir: {} }, { name: 'cache', emptyDir: { medium: 'Memory' } }),
  spot(`${at} volumes {"name":"config"}`, { name: 'config', configMap: { name: 'a' } }, { name: 'config', configMap: { name: 'b', items: [{ key: 'k', path: 'p' }] } }),
  spot(`${at} volumes {"name":"all"}`, { name: 'all', projected: { sources: [{ serviceAccountToken: { path: 't' } }] } }),
  spot(`${at} initContainers {"name":"init"}`, { name: 'init', image: 'busybox:1' }, { name: 'init', image: 'busybox:2', args: ['x'] }),
  spot(`${at} containers {"name":"side"}`, { name: 'side', image: 'side:1' }, { name: 'side', image: 'side:2', env: [{ name: 'S', value: 's' }] }),
  spot(`${at} containers {"name":"web"} image`, 'nginx:1.27', 'nginx:1.28', 'mirror/nginx:1'),
  spot(`${at} containers {"name":"web"} imagePullPolicy`, 'Always', 'IfNotPresent'),
  spot(`${at} containers {"name":"web"} args`, ['a'], ['a', 'b'], ['b', 'a'], []),
  spot(`${at} containers {"name":"web"} command`, ['run'], ['run', '-v']),
  spot(`${at} containers {"name":"web"} workingDir`, '/', '/app', ''),
  spot(`${at} containers {"name":"web"} tty`, true, false),
  ...['A', 'B', 'C', 'D'].map(name => spot(`${at} containers {"name":"web"} env {"name":"${name}"}`, { name, value: '1' }, { name, value: '2' }, { name, value: '' })),
  spot(`${at} containers {"name":"web"} env {"name":"P"}`, { name: 'P', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }, { name: 'P', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.name' } } }, { name: 'P', value: 'p' }),
  spot(`${at} containers {"name":"web"} envFrom`, [{ configMapRef: { name: 'a' } }], [{ configMapRef: { name: 'a' } }, { secretRef: { name: 'b' } }]),
  spot(`${at} containers {"name":"web"} resources limits cpu`, '1', '1000m', '500m', 2),
  spot(`${at} containers {"name":"web"} resources limits memory`, '1Gi', '1024Mi', '2Gi'),
  spot(`${at} containers {"name":"web"} resources requests cpu`, '100m', '0.1', '200m'),
  spot(`${at} containers {"name":"web"} ports {"containerPort":80,"protocol":"TCP"}`, { containerPort: 80, protocol: 'TCP' }, { name: 'http', containerPort: 80, protocol: 'TCP' }),
  spot(`${at} containers {"name":"web"} ports {"containerPort":81,"protocol":"TCP"}`, { containerPort: 81, protocol: 'TCP' }, { name: 'more', containerPort: 81, protocol: 'TCP' }),
  spot(`${at} containers {"name":"web"} ports {"containerPort":80,"protocol":"UDP"}`, { containerPort: 80, protocol: 'UDP' }),
  spot(`${at} containers {"name":"web"} livenessProbe`, { httpGet: { path: '/', port: 80 } }, { httpGet: { path: '/ok', port: 80 }, periodSeconds: 5 }, { tcpSocket: { port: 80 } }),
  spot(`${at} containers {"name":"web"} livenessProbe initialDelaySeconds`, 1, 2),
  spot(`${at} containers {"name":"web"} readinessProbe`, { exec: { command: ['true'] } }, { exec: { command: ['true', 'x'] }, failureThreshold: 1 }),
  spot(`${at} containers {"name":"web"} securityContext`, { privileged: false }, { runAsUser: 1, runAsNonRoot: true }),
  spot(`${at} containers {"name":"web"} lifecycle`, { preStop: { exec: { command: ['sleep', '1'] } } }),
];

const TEMPLATE: JsonObject = { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image: 'nginx:1.27' }] } };
const template: readonly Spot[] = [spot('spec template metadata labels version', '1', '2'), spot('spec template metadata annotations kubectl.kubernetes.io/restartedAt', '2026-01-01', '2026-01-02'), ...pod('spec template spec')];

const kind = (apiVersion: string, name: string, rest: JsonObject, spots: readonly Spot[], scales = false): Kind => ({ start: { apiVersion, kind: name, metadata: {}, ...rest }, spots: [...METADATA, ...spots], scales });

/** Kinds with every sort of list and map, typed and untyped to Flux, with and without a schema. */
export const KINDS: readonly Kind[] = [
  kind('apps/v1', 'Deployment', { spec: { selector: { matchLabels: { app: 'web' } }, template: TEMPLATE } }, [
    ...template,
    spot('spec replicas', 0, 1, 2, 3),
    spot('spec minReadySeconds', 0, 5),
    spot('spec revisionHistoryLimit', 10, 3, 0),
    spot('spec progressDeadlineSeconds', 600, 60),
    spot('spec paused', true, false),
    spot('spec strategy', { type: 'RollingUpdate' }, { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } }, { rollingUpdate: { maxSurge: '50%' } }),
  ], true),
  kind('apps/v1', 'StatefulSet', { spec: { serviceName: 'web', selector: { matchLabels: { app: 'web' } }, template: TEMPLATE } }, [
    ...template,
    spot('spec replicas', 1, 2),
    spot('spec updateStrategy', { type: 'RollingUpdate' }, { type: 'RollingUpdate', rollingUpdate: { partition: 1 } }),
    spot('spec persistentVolumeClaimRetentionPolicy', { whenDeleted: 'Delete' }, { whenDeleted: 'Retain', whenScaled: 'Delete' }),
  ], true),
  kind('batch/v1', 'CronJob', { spec: { schedule: '* * * * *', jobTemplate: { spec: { template: { spec: { ...(TEMPLATE['spec'] as JsonObject), restartPolicy: 'Never' } } } } } }, [
    ...pod('spec jobTemplate spec template spec').slice(4),
    spot('spec schedule', '* * * * *', '0 * * * *'),
    spot('spec suspend', true, false),
    spot('spec concurrencyPolicy', 'Allow', 'Forbid'),
    spot('spec startingDeadlineSeconds', 10, 20),
    spot('spec jobTemplate spec backoffLimit', 0, 6),
  ]),
  kind('v1', 'ConfigMap', { data: { level: 'info' } }, [
    spot('data level', 'info', 'debug'),
    ...['a', 'b', 'c', 'key.with.dots'].map(key => spot(`data ${key}`, '1', '2', '', 'line 1\nline 2\n')),
    spot('binaryData bin', 'AAEC', 'AAED'),
  ]),
  kind('v1', 'Secret', { type: 'Opaque' }, [spot('data a', 'eA==', 'eQ=='), spot('data b', 'eg=='), spot('stringData c', 'clear', 'text'), spot('stringData a', 'wins')]),
  kind('v1', 'Service', { spec: { selector: { app: 'web' }, ports: [{ port: 80, protocol: 'TCP', name: 'http' }] } }, [
    spot('spec selector', { app: 'web' }, { app: 'web', tier: 'a' }),
    spot('spec type', 'ClusterIP', 'NodePort'),
    spot('spec sessionAffinity', 'None', 'ClientIP'),
    spot('spec publishNotReadyAddresses', true, false),
    spot('spec externalIPs', ['1.2.3.4'], ['1.2.3.4', '1.2.3.5']),
    spot('spec ports {"port":80,"protocol":"TCP"} targetPort', 80, 8080, 'http'),
    spot('spec ports {"port":81,"protocol":"TCP"}', { port: 81, protocol: 'TCP', name: 'more' }, { port: 81, protocol: 'TCP', name: 'more', targetPort: 'x', appProtocol: 'h2' }),
    spot('spec ports {"port":80,"protocol":"UDP"}', { port: 80, protocol: 'UDP', name: 'udp' }),
    spot('spec trafficDistribution', 'PreferClose'),
  ]),
  kind('v1', 'ServiceAccount', {}, [spot('imagePullSecrets', [{ name: 'a' }], [{ name: 'b' }, { name: 'a' }]), spot('secrets {"name":"s"}', { name: 's' }), spot('automountServiceAccountToken', true, false)]),
  kind('networking.k8s.io/v1', 'Ingress', { spec: { defaultBackend: { service: { name: 'web', port: { number: 80 } } } } }, [
    spot('spec ingressClassName', 'a', 'b'),
    spot('spec defaultBackend', { service: { name: 'web', port: { number: 80 } } }, { service: { name: 'web', port: { name: 'http' } } }),
    spot('spec tls', [{ hosts: ['a.example'], secretName: 's' }]),
    spot('spec rules', [{ host: 'a.example', http: { paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 'web', port: { number: 80 } } } }] } }], [{ host: 'b.example' }]),
  ]),
  kind('networking.k8s.io/v1', 'NetworkPolicy', { spec: { podSelector: { matchLabels: { app: 'web' } } } }, [
    spot('spec podSelector', { matchLabels: { app: 'web' } }, {}),
    spot('spec ingress', [{}], [{ from: [{ podSelector: {} }], ports: [{ port: 80 }] }], []),
    spot('spec egress', [{ to: [{ ipBlock: { cidr: '10.0.0.0/8' } }] }]),
    spot('spec policyTypes', ['Ingress'], ['Ingress', 'Egress']),
  ]),
  kind('policy/v1', 'PodDisruptionBudget', { spec: { selector: { matchLabels: { app: 'web' } } } }, [spot('spec minAvailable', 1, '50%'), spot('spec selector', { matchLabels: { app: 'web' } }, { matchLabels: { app: 'api' } }), spot('spec unhealthyPodEvictionPolicy', 'AlwaysAllow')]),
  kind('autoscaling/v2', 'HorizontalPodAutoscaler', { spec: { maxReplicas: 3, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' } } }, [
    spot('spec maxReplicas', 3, 5),
    spot('spec minReplicas', 1, 2),
    spot('spec metrics', [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } }]),
    spot('spec behavior', { scaleDown: { stabilizationWindowSeconds: 60 } }, { scaleUp: { selectPolicy: 'Min' } }),
  ]),
  kind('rbac.authorization.k8s.io/v1', 'Role', {}, [spot('rules', [], [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }], [{ apiGroups: [''], resources: ['pods'], verbs: ['get', 'list'] }])]),
  kind('rbac.authorization.k8s.io/v1', 'RoleBinding', { roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'a' } }, [spot('subjects', [{ kind: 'ServiceAccount', name: 'a', namespace: 'default' }], [{ kind: 'User', name: 'ana' }])]),
  kind('cases.example/v1', 'Widget', { spec: { id: 1 } }, [
    spot('spec id', 1, 2, 0),
    spot('spec mode', 'simple', 'full'),
    spot('spec cpu', '1', '1000m', 2),
    spot('spec routes', [{ host: 'a' }], [{ host: 'a', weight: 2 }, { host: 'b' }], []),
    spot('spec parts {"name":"a"}', { name: 'a' }, { name: 'a', size: 1 }, { name: 'a', size: 2 }),
    spot('spec parts {"name":"b"} size', 1, 2),
    spot('spec parts {"name":"c"}', { name: 'c', size: 0 }),
    spot('spec tags', ['a'], ['a', 'b'], ['b', 'a'], []),
    spot('spec free a', 1, { b: 1 }, { b: 2, c: [1] }),
    spot('spec free list', [1, 2], [2]),
    spot('spec free n', null, 'x'),
  ]),
];

/** The object with this value at this place, or without anything there; items and what leads there are made as needed. */
export function put(object: Json | undefined, at: readonly Step[], value: Json | undefined): Json | undefined {
  const [step, ...rest] = at;
  if (step === undefined) return value;
  if (typeof step === 'string') {
    const below = put(member(object, step), rest, value);
    return withMember(isObject(object) ? object : {}, step, below);
  }
  const items = isArray(object) ? object : [];
  const index = items.findIndex(item => Object.entries(step).every(([name, wanted]) => sameJson(member(item, name), wanted)));
  const below = put(index < 0 ? step : items[index], rest, value);
  const without = items.filter((_, i) => i !== index);
  if (below === undefined) return without.length === 0 ? undefined : without;
  return index < 0 ? [...items, below] : items.map((item, i) => (i === index ? below : item));
}

function there(object: Json | undefined, at: readonly Step[]): boolean {
  const [step, ...rest] = at;
  if (step === undefined) return object !== undefined;
  if (typeof step === 'string') return there(member(object, step), rest);
  return isArray(object) && object.some(item => Object.entries(step).every(([name, wanted]) => sameJson(member(item, name), wanted)) && there(item, rest));
}

const change = (object: JsonObject, at: readonly Step[], value: Json | undefined): JsonObject => {
  const changed = put(object, at, value);
  return isObject(changed) ? changed : object;
};

/** An object of this kind with some of what it may have. */
export function randomObject(random: Random, { start, spots }: Kind, percent: number): JsonObject {
  return spots.reduce((object, { at, values }) => (random.chance(percent) ? change(object, at, random.pick(values)) : object), start);
}

/** What one of several appliers of the object has to say about it: a few fields, and only those. */
export function randomPart(random: Random, { start, spots }: Kind): JsonObject {
  let part: JsonObject = fromEntries(['apiVersion', 'kind'].map(key => [key, start[key] ?? '']));
  for (let i = random.int(3); i >= 0; i--) {
    const { at, values } = random.pick(spots);
    part = change(part, at, random.pick(values));
  }
  return part;
}

/** The object after somebody changed a few things: set, taken away, put into another order. */
export function edited(random: Random, object: JsonObject, { spots }: Kind): JsonObject {
  let out = object;
  for (let i = random.int(3); i >= 0; i--) {
    const present = spots.filter(({ at }) => there(out, at));
    if (random.chance(25) && present.length > 0) out = change(out, random.pick(present).at, undefined);
    else if (random.chance(12)) out = reordered(random, out);
    else {
      const { at, values } = random.pick(random.chance(60) && present.length > 0 ? present : spots);
      out = change(out, at, random.pick(values));
    }
  }
  return out;
}

/** One list of two or more items turned round, at the end of a random way down. */
function reordered<T extends Json>(random: Random, value: T): T {
  const items: readonly Json[] = isArray(value) ? value : [];
  if (isArray(value)) return (items.length > 1 && random.chance(50) ? [...items].reverse() : items.map(item => reordered(random, item))) as Json as T;
  if (!isObject(value)) return value;
  return fromEntries(Object.entries(value).map(([name, item]) => [name, name === 'metadata' ? item : reordered(random, item)])) as Json as T;
}
