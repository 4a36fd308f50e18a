import { member, textAt, type Json, type JsonObject } from '../base/json';
import { splitApiVersion } from '../kube/identity';
import { formatPath, type Path } from '../kube/path';

/** Fields that the API server lets nobody change (kubernetes pkg/apis validation), by kind, as beginnings of paths. */
const IMMUTABLE: ReadonlyMap<string, readonly string[]> = new Map([
  ['apps/Deployment', ['.spec.selector']],
  ['apps/DaemonSet', ['.spec.selector']],
  ['apps/ReplicaSet', ['.spec.selector']],
  ['apps/StatefulSet', ['.spec.selector', '.spec.serviceName', '.spec.podManagementPolicy', '.spec.volumeClaimTemplates']],
  ['batch/Job', ['.spec.selector', '.spec.template', '.spec.completionMode', '.spec.manualSelector', '.spec.podFailurePolicy', '.spec.backoffLimitPerIndex']],
  ['/Service', ['.spec.clusterIP', '.spec.clusterIPs']],
  ['/PersistentVolumeClaim', ['.spec.accessModes', '.spec.storageClassName', '.spec.volumeName', '.spec.volumeMode', '.spec.selector', '.spec.dataSource', '.spec.dataSourceRef']],
  ['/Secret', ['.type']],
  ['rbac.authorization.k8s.io/RoleBinding', ['.roleRef']],
  ['rbac.authorization.k8s.io/ClusterRoleBinding', ['.roleRef']],
  ['storage.k8s.io/StorageClass', ['.provisioner', '.parameters', '.reclaimPolicy', '.volumeBindingMode']],
  ['scheduling.k8s.io/PriorityClass', ['.value', '.preemptionPolicy']],
  ['networking.k8s.io/IngressClass', ['.spec.controller']],
]);

/** Why the server would refuse to give this field of the live object Git's value; `undefined` when nothing known forbids it. */
export function immutability(live: JsonObject, path: Path, git: Json | undefined): string | undefined {
  const kind = textAt(live, 'kind') ?? '';
  const key = `${splitApiVersion(textAt(live, 'apiVersion') ?? '').group}/${kind}`;
  const frozen = (key === '/ConfigMap' || key === '/Secret') && member(live, 'immutable') === true;
  const fields = IMMUTABLE.get(key);
  if (!frozen && !fields) return undefined;
  const text = formatPath(path);
  if (frozen && /^\.(?:data|binaryData|immutable)\b/.test(text)) return `this ${kind} is immutable`;
  const found = fields?.find(prefix => text.startsWith(prefix) && /^(?:$|[.[])/.test(text.slice(prefix.length)));
  // An empty or absent value asks for nothing: the server keeps what it has.
  return found === undefined || git === undefined || git === '' ? undefined : `${found.slice(1)} of a ${kind} cannot be changed`;
}
