import type { Json, JsonObject } from '../../src/core/base/json';

/** The load that speed is measured with: half Deployments, 8 kB each once a server has completed them, half ConfigMaps of 2 kB. */

const CONTAINERS = 5;

const lines = (count: number, line: (i: number) => string): string => Array.from({ length: count }, (_, i) => line(i)).join('');

const podName = (c: number): string => (c === 0 ? ', {name: POD, valueFrom: {fieldRef: {apiVersion: v1, fieldPath: metadata.name}}}' : '');

const container = (c: number): string => `        - name: c${c}
          image: registry.example/shop/web:1.${c}
          args: [--listen=:${8000 + c}, --log-level=info]
          ports: [{name: p${c}, containerPort: ${8000 + c}}]
          env: [{name: REGION, value: eu-west}, {name: LEVEL, value: "2"}, {name: ZONE, value: a}${podName(c)}]
          resources: {requests: {cpu: 100m, memory: 128Mi}, limits: {memory: 1Gi}}
          readinessProbe: {httpGet: {path: /ready, port: p${c}}, periodSeconds: 5}
`;

const deployment = (i: number, namespace: string): string => `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web-${i}
  namespace: ${namespace}
  labels: {app: web-${i}, team: shop}
spec:
  replicas: 3
  selector: {matchLabels: {app: web-${i}}}
  template:
    metadata: {labels: {app: web-${i}, team: shop}}
    spec:
      containers:
${lines(CONTAINERS, container)}`;

const configMap = (i: number, namespace: string): string => `apiVersion: v1
kind: ConfigMap
metadata:
  name: config-${i}
  namespace: ${namespace}
  labels: {app: web-${i}}
data:
${lines(20, k => `  key-${k}: value ${k} of ${i}, which is not short\n`)}`;

/** The manifest of object `i`. */
export const manifestText = (i: number): string => (i % 2 === 0 ? deployment(i, namespaceOf(i)) : configMap(i, namespaceOf(i)));

/** Every so many-th Deployment is scaled by hand. */
export const isScaled = (i: number): boolean => i % 40 === 0;

export const NAMESPACES = Array.from({ length: 50 }, (_, i) => `load-${i}`);
export const namespaceOf = (i: number): string => NAMESPACES[i % NAMESPACES.length] ?? '';

/** Where the collection of object `i` is, cluster-wide and in its namespace, and its name. */
export function placeOf(i: number): { readonly collection: string; readonly path: string } {
  const [api, plural, name] = i % 2 === 0 ? ['/apis/apps/v1', 'deployments', `web-${i}`] : ['/api/v1', 'configmaps', `config-${i}`];
  return { collection: `${api}/${plural}`, path: `${api}/namespaces/${namespaceOf(i)}/${plural}/${name}` };
}

export const COLLECTIONS = [placeOf(0).collection, placeOf(1).collection] as const;

const withDefaults = (container: JsonObject): JsonObject => ({
  ...container,
  imagePullPolicy: 'IfNotPresent',
  ports: (container['ports'] as readonly JsonObject[]).map(port => ({ ...port, protocol: 'TCP' })),
  readinessProbe: { ...(container['readinessProbe'] as JsonObject), failureThreshold: 3, successThreshold: 1, timeoutSeconds: 1, httpGet: { path: '/ready', port: (container['ports'] as readonly JsonObject[])[0]?.['name'] ?? 0, scheme: 'HTTP' } },
  terminationMessagePath: '/dev/termination-log',
  terminationMessagePolicy: 'File',
});

/** What an API server makes of the manifest: defaults and status, without managedFields. */
export function asServed(object: JsonObject, i: number): JsonObject {
  const metadata: JsonObject = { ...(object['metadata'] as JsonObject), uid: `00000000-0000-4000-8000-${String(i).padStart(12, '0')}`, resourceVersion: String(100_000 + i), creationTimestamp: '2026-11-24T10:00:00Z' };
  if (object['kind'] !== 'Deployment') return { ...object, metadata };
  const spec = object['spec'] as JsonObject;
  const template = spec['template'] as JsonObject;
  const pod = template['spec'] as JsonObject;
  return {
    ...object,
    metadata: { ...metadata, generation: 1 },
    spec: {
      ...spec,
      progressDeadlineSeconds: 600,
      revisionHistoryLimit: 10,
      strategy: { rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' }, type: 'RollingUpdate' },
      template: {
        ...template,
        spec: { ...pod, containers: (pod['containers'] as readonly JsonObject[]).map(withDefaults), dnsPolicy: 'ClusterFirst', restartPolicy: 'Always', schedulerName: 'default-scheduler', securityContext: {}, terminationGracePeriodSeconds: 30 },
      },
    },
    status: { observedGeneration: 1, replicas: 3, updatedReplicas: 3, readyReplicas: 3, availableReplicas: 3, conditions: ['Available', 'Progressing'].map((type): Json => ({ type, status: 'True', lastUpdateTime: '2026-11-24T10:01:00Z', lastTransitionTime: '2026-11-24T10:01:00Z', reason: 'MinimumReplicasAvailable', message: 'Deployment has minimum availability.' })) },
  };
}
