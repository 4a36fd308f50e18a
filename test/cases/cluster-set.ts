import { configMap, deployment, inContainer, type Case } from './case';
import { MIRRORED } from './runner';
import { service } from './scalars';

const WEB = '.spec.template.spec.containers[name="web"]';
const secret = (text: string): string => `apiVersion: v1\nkind: Secret\nmetadata:\n  name: web\n  namespace: NS\n${text}`;
const JOB = 'apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: web\n  namespace: NS\nspec:\n  suspend: true\n  template:\n    spec:\n      restartPolicy: Never\n      containers:\n        - name: web\n          image: nginx:1.27\n';

const ENDPOINTS = 'apiVersion: v1\nkind: Endpoints\nmetadata:\n  {name: web, namespace: NS}\nsubsets:\n  - addresses: [{ip: 10.1.0.2}, {ip: 10.1.0.1}]\n    ports: [{port: 80}]\n';
const SEALED = 'apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {name: made, namespace: NS, creationTimestamp: null}\nspec:\n  encryptedData: {password: AgBy3i4OJSWK}\n  template:\n    metadata: {name: made, namespace: NS, creationTimestamp: null}\n';
const hpa = (version: string, spec: string): string => `apiVersion: autoscaling/${version}\nkind: HorizontalPodAutoscaler\nmetadata:\n  {name: web, namespace: NS}\nspec:\n  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}\n  minReplicas: 2\n  maxReplicas: 5\n${spec}`;
const HPA_V1 = hpa('v1', '  targetCPUUtilizationPercentage: 80\n');
const HPA_V2 = hpa('v2', '  metrics:\n    - type: Resource\n      resource: {name: cpu, target: {type: Utilization, averageUtilization: 80}}\n');

/** `reference/drift.md` 3.3. */
export const CLUSTER_SET: readonly Case[] = [
  { row: '91', name: 'Git adds a field equal to its default', base: deployment(), git: deployment({ spec: 'revisionHistoryLimit: 10' }), verdict: 'in-sync' },
  { row: '92', name: 'Git adds a field that has another default', base: deployment(), git: deployment({ spec: 'revisionHistoryLimit: 5' }), verdict: 'pending', fields: ['.spec.revisionHistoryLimit pending:changed (unreconciled) overwritten @7'] },
  { row: '94a', name: 'an allocated clusterIP', git: service('{name: http, port: 80}'), verdict: 'in-sync' },
  { row: '94b', name: 'clusterIP: "" and an allocated one', git: service('{name: http, port: 80}', '  clusterIP: ""\n'), verdict: 'in-sync', fields: ['.spec.clusterIP equivalent:changed none @8'] },
  { row: '94c', name: 'clusterIP: None against an allocated one', stuck: true, base: service('{name: http, port: 80}'), git: service('{name: http, port: 80}', '  clusterIP: None\n'), verdict: 'blocked', fields: ['.spec.clusterIP blocked:changed (unreconciled) unknown ? @8'] },
  { row: '95a', name: 'an allocated node port', git: service('{name: http, port: 80}', '  type: NodePort\n'), verdict: 'in-sync' },
  { row: '95b', name: 'another node port', git: service('{name: http, port: 80, nodePort: 30080}', '  type: NodePort\n'), steps: [{ json: [{ op: 'replace', path: '/spec/ports/0/nodePort', value: 30090 }], as: 'k9s' }], verdict: 'drift', fields: ['.spec.ports[port=80,protocol="TCP"].nodePort drift:changed overwritten @10'] },
  { row: '97', name: 'a claim whose volume was bound', git: 'apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: web, namespace: NS}\nspec:\n  accessModes: [ReadWriteOnce]\n  resources: {requests: {storage: 1Gi}}\n', steps: [{ patch: { spec: { volumeName: 'pv-1' } }, as: 'kube-controller-manager' }], verdict: 'in-sync', kept: ['.spec.volumeName extra:extra kept @4'] },
  { row: '100', name: 'a Job’s template changed in Git', stuck: true, base: JOB, git: JOB.replace('nginx:1.27', 'nginx:1.28'), verdict: 'blocked', fields: ['.spec.template.spec.containers[name="web"].image blocked:changed (unreconciled) unknown ? @13'] },
  { row: '101', name: 'a Job that is gone', git: JOB, steps: [{ delete: true }], verdict: 'missing' },
  { row: '103', name: 'restarted by kubectl rollout', git: deployment(), steps: [{ kubectl: ['rollout', 'restart', 'deployment/web'] }], verdict: 'drift', fields: ['.spec.template.metadata.annotations.kubectl.kubernetes.io/restartedAt drift:extra deleted @10'] },
  { row: '104', name: 'replicas set by an autoscaler', git: deployment({ spec: 'replicas: 3' }), steps: [{ patch: { spec: { replicas: 5 } }, as: 'kube-controller-manager', subresource: 'scale' }], verdict: 'drift', fields: ['.spec.replicas drift:changed overwritten @7'] },
  { row: '106', name: 'replicas dropped from Git', base: deployment({ spec: 'replicas: 3' }), git: deployment(), verdict: 'pending', fields: ['.spec.replicas pending:extra (unreconciled) deleted @6'] },
  { row: '110', name: 'a digest pinned by hand', git: deployment(), steps: [{ kubectl: ['set', 'image', 'deployment/web', 'web=nginx@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'] }], verdict: 'drift', fields: [`${WEB}.image drift:changed overwritten @15`] },
  { row: '115', name: 'a Namespace and what the server adds to it', git: 'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: NS-more\n', verdict: 'in-sync' },
  { row: '118', name: 'stringData is data', git: secret('stringData:\n  a: x\n'), verdict: 'in-sync' },
  { row: '118b', name: 'a key of a Secret added by kubectl edit', git: secret('stringData:\n  a: x\n'), steps: [{ patch: { data: { b: 'eQ==' } }, as: 'kubectl-edit' }], verdict: 'drift', fields: ['.data.b drift:extra deleted @2'] },
  { row: '119', name: 'stringData wins over data', git: secret('data:\n  a: b2xk\nstringData:\n  a: x\n'), verdict: 'in-sync' },
  { row: '121', name: 'a Secret changed by hand', git: secret('data:\n  a: eA==\n'), steps: [{ patch: { data: { a: 'c2VjcmV0' } }, as: 'k9s' }], verdict: 'drift', fields: ['.data.a drift:changed overwritten @7'] },
  { row: '124', name: 'an object that is being deleted', git: configMap('a: b').replace('  namespace: NS\n', '  namespace: NS\n  finalizers: [example.com/hold]\n'), stuck: true, steps: [{ delete: true }], verdict: 'undecided', differs: false },
  { row: '125', name: 'managedFields taken away', git: deployment({ spec: 'replicas: 3' }), steps: [{ kubectl: ['scale', 'deployment/web', '--replicas=5'] }, { strip: true }], verdict: 'drift', fields: ['.spec.replicas drift:changed overwritten ? @7'] },
  { row: '125b', name: 'managedFields taken away and nothing changed', git: deployment({ spec: 'replicas: 3', container: 'resources:\n  limits: {cpu: 1000m}' }), steps: [{ strip: true }], verdict: 'in-sync', fields: [`${WEB}.resources.limits.cpu equivalent none @18`] },
  { row: '128', name: 'a Pod and what the server adds to it', git: 'apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: NS}\nspec:\n  containers:\n    - name: web\n      image: nginx:1.27\n      ports: [{containerPort: 80}]\n', verdict: 'in-sync' },
  { row: '109', name: 'an image a webhook rewrites', git: deployment({ labels: `${MIRRORED}: "yes"` }), verdict: 'in-sync', fields: [`${WEB}.image equivalent:changed none @17`] },
  { row: '109b', name: 'an image a webhook rewrites, set by hand to another', git: deployment({ labels: `${MIRRORED}: "yes"` }), steps: [{ patch: inContainer({ image: 'nginx:1.0' }), as: 'k9s' }], verdict: 'drift', fields: [`${WEB}.image drift:changed overwritten @17`] },
  { row: '116', name: 'addresses that the server sorts', git: ENDPOINTS, verdict: 'in-sync', fields: ['.subsets equivalent:changed none @5'] },
  { row: '116b', name: 'an address added by hand', git: ENDPOINTS, steps: [{ json: [{ op: 'replace', path: '/subsets/0/addresses', value: [{ ip: '10.1.0.1' }, { ip: '10.1.0.2' }, { ip: '10.1.0.3' }] }], as: 'k9s' }], verdict: 'drift', fields: ['.subsets drift:changed overwritten @5'] },
  { row: '122', name: 'what a controller makes of a sealed secret is not compared', git: SEALED, before: secret('data:\n  password: c2VjcmV0\n').replace('name: web', 'name: made'), verdict: 'in-sync' },
  { row: '127', name: 'applied as another version, and nothing changed', base: HPA_V1, git: HPA_V2, verdict: 'in-sync' },
  { row: '127b', name: 'applied as another version, and changed by hand', base: HPA_V1, git: HPA_V2, steps: [{ patch: { spec: { maxReplicas: 9 } }, as: 'k9s' }], verdict: 'drift', fields: ['.spec.maxReplicas drift:changed overwritten @8'] },
  { row: '127c', name: 'applied as another version, and changed in Git', base: HPA_V1, git: HPA_V2.replace('maxReplicas: 5', 'maxReplicas: 7'), verdict: 'undecided', differs: true, fields: ['.spec.maxReplicas undecided:changed unknown ? @8'] },
  { row: '127d', name: 'applied as another version, and what only that one names so was changed by hand', base: HPA_V1, git: HPA_V2, steps: [{ json: [{ op: 'replace', path: '/spec/metrics/0/resource/target/averageUtilization', value: 50 }], as: 'k9s' }], verdict: 'drift', fields: ['.spec.metrics drift:changed overwritten @9'] },
  { row: '107', name: 'resources set by another tool', git: deployment({ container: 'resources:\n  requests: {cpu: 100m}' }), steps: [{ patch: inContainer({ resources: { requests: { cpu: '200m' } } }), as: 'vpa-updater' }], verdict: 'drift', fields: [`${WEB}.resources.requests.cpu drift:changed overwritten @17`] },
];
