import { isArray, isObject, type Json } from '../base/json';

// Go fields that are pointers in the Kubernetes API: an empty value is stored and means something (`replicas: 0`,
// `automountServiceAccountToken: false`, `emptyDir: {}`). Every other optional field drops an empty value
// (`hostNetwork: false`, `value: ""`). Read from k8s.io/api 0.37 types.go; names that are a pointer in one type and not
// in another count as what Deployments, Services and their like use.
const POINTER_SCALARS = new Set(
  `activeDeadlineSeconds allocateLoadBalancerNodePorts allowPrivilegeEscalation allowVolumeExpansion appProtocol
  attachRequired automountServiceAccountToken averageUtilization backoffLimit backoffLimitPerIndex blockOwnerDeletion
  borrowingLimitPercent cachingMode completionMode completions defaultMode enableServiceLinks endPort expirationSeconds
  failedJobsHistoryLimit failurePolicy fsGroup fsGroupChangePolicy fsGroupPolicy gmsaCredentialSpec gmsaCredentialSpecName
  holderIdentity hostProcess hostUsers hostnameOverride immutable ingressClassName initiatorName internalTrafficPolicy
  ipFamilyPolicy leaseDurationSeconds leaseTransitions lendablePercent limitBytes loadBalancerClass localhostProfile
  managedBy manualSelector matchPolicy maxFailedIndexes minDomains minReplicas mode mountPropagation nodeAffinityPolicy
  nodeTaintsPolicy nominalConcurrencyShares optional parallelism pathType persistentVolumeName podInfoOnMount
  podReplacementPolicy preemptionPolicy privileged procMount progressDeadlineSeconds readOnlyRootFilesystem reclaimPolicy
  recursiveReadOnly reinvocationPolicy replicas requiresRepublish resourceClaimName resourceClaimTemplateName
  revisionHistoryLimit runAsGroup runAsNonRoot runAsUser runAsUserName runtimeClassName seLinuxChangePolicy seLinuxMount
  secretNamespace selectPolicy setHostnameAsFQDN shareProcessNamespace sideEffects stabilizationWindowSeconds
  startingDeadlineSeconds stopSignal storageCapacity storageClassName successfulJobsHistoryLimit supplementalGroupsPolicy
  suspend targetCPUUtilizationPercentage terminationGracePeriodSeconds timeZone tolerationSeconds trafficDistribution
  ttlSecondsAfterFinished unhealthyPodEvictionPolicy url volumeAttributesClassName volumeBindingMode volumeMode zone`.split(/\s+/),
);

const POINTER_STRUCTS = new Set(
  `affinity aggregationRule appArmorProfile behavior capabilities clientIP configMap configMapRef csi dataSource dataSourceRef
  defaultBackend dnsConfig downwardAPI emptyDir ephemeral exec fieldRef grpc hostPath httpGet ipBlock labelSelector lifecycle
  livenessProbe local matchConstraints matchResources namespaceSelector nodeAffinity objectSelector ordinals paramRef
  persistentVolumeClaimRetentionPolicy podAffinity podAntiAffinity podFailurePolicy podSelector postStart preStop projected
  readinessProbe required rollingUpdate scaleDown scaleUp scopeSelector seLinuxOptions seccompProfile secret secretRef
  securityContext selector sessionAffinityConfig sleep startupProbe successPolicy tcpSocket valueFrom windowsOptions`.split(/\s+/),
);

export function isEmptyValue(value: Json): boolean {
  if (value === null || value === false || value === '') return true;
  if (typeof value === 'number' || typeof value === 'bigint') return Number(value) === 0;
  if (isArray(value)) return value.length === 0;
  return isObject(value) && Object.keys(value).length === 0;
}

/** Whether a built-in kind stores nothing for this empty value under this name. */
export function isDroppedWhenEmpty(name: string, value: Json): boolean {
  if (!isEmptyValue(value)) return false;
  if (isObject(value)) return !POINTER_STRUCTS.has(name);
  return isArray(value) || !POINTER_SCALARS.has(name);
}

// Groups without a dot, and those of Kubernetes itself that end so; every other group is somebody's custom resource.
const BUILT_IN_GROUPS = new Set([
  'admissionregistration.k8s.io', 'apiextensions.k8s.io', 'apiregistration.k8s.io', 'authentication.k8s.io', 'authorization.k8s.io',
  'certificates.k8s.io', 'coordination.k8s.io', 'discovery.k8s.io', 'events.k8s.io', 'flowcontrol.apiserver.k8s.io',
  'internal.apiserver.k8s.io', 'networking.k8s.io', 'node.k8s.io', 'rbac.authorization.k8s.io', 'resource.k8s.io',
  'scheduling.k8s.io', 'storage.k8s.io', 'storagemigration.k8s.io',
]);

export const isBuiltIn = (group: string): boolean => !group.includes('.') || BUILT_IN_GROUPS.has(group);
