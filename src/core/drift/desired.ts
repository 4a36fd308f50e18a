import { at, fromEntries, isArray, isObject, member, textAt, withMember, type Json, type JsonObject } from '../base/json';
import type { Tracking } from '../gitops/application';
import { isSecret, splitApiVersion, type ObjectRef } from '../kube/identity';
import { field, type Path } from '../kube/path';
import { LAST_APPLIED } from '../kube/redact';
import type { Manifest } from '../manifests/document';
import { isBuiltIn } from './empty-values';
import { hasSops, isEncrypted } from './sops';
import { LEGACY_LABEL_KEY, markTracked } from './tracking';

/** Who completes the manifest, and with what. */
export type DesiredContext =
  | {
      readonly tool: 'flux';
      /** From discovery; `undefined` for a kind that is not served. */
      readonly namespaced: boolean | undefined;
      /** The Kustomization. */
      readonly name: string;
      readonly namespace: string;
      readonly targetNamespace: string | undefined;
      readonly commonMetadata: { readonly labels: JsonObject; readonly annotations: JsonObject };
      /** What SOPS has encrypted is decrypted. */
      readonly decrypts: boolean;
    }
  | {
      readonly tool: 'argo';
      readonly namespaced: boolean | undefined;
      /** The name the Application tracks by, and the namespace of its destination. */
      readonly instance: string;
      readonly targetNamespace: string | undefined;
      readonly tracking: Tracking;
    }
  | {
      readonly tool: 'helm';
      readonly namespaced: boolean | undefined;
      /** The release. */
      readonly name: string;
      readonly namespace: string;
    }
  | {
      /** A folder that no controller applies. */
      readonly tool: 'plain';
      readonly namespaced: boolean | undefined;
      /** The context's namespace, for manifests that name none. */
      readonly defaultNamespace: string;
    };

export interface Desired {
  /** What the applier sends. */
  readonly object: JsonObject;
  /** Paths that stand in no file because the applier adds them. */
  readonly injected: readonly Path[];
  /** Why the applier or the API server refuses it as written; one sentence. */
  readonly invalid: string | undefined;
  /** Why `object` may not be exactly what the applier sends; one sentence. */
  readonly undecided: string | undefined;
}

const FLUX_OWNER = 'kustomize.toolkit.fluxcd.io';

/**
 * Makes a manifest equal to what its applier sends (`reference/drift.md` 2.3; fluxcd/pkg ssa `normalize`, `utils`):
 * what it injects is added, what it or the server strips is gone. Git history goes through the same function.
 */
export function desiredOf(manifest: Pick<Manifest, 'object'>, how: DesiredContext): Desired {
  const stripped = stripServerFields(manifest.object);
  const placed = place(stripped, how);
  if (how.tool === 'plain') return { object: secretData(placed.object), injected: placed.injected, invalid: placed.invalid, undecided: undefined };
  if (how.tool === 'argo') {
    const marked = markTracked(placed.object, how.instance, how.targetNamespace, how.tracking);
    return { object: secretData(marked.object), injected: [...placed.injected, ...marked.injected], invalid: placed.invalid, undecided: labelledToo(how) };
  }
  if (how.tool === 'helm') return ofRelease(placed, how.name, how.namespace);
  const labels = fromEntries([...Object.entries(how.commonMetadata.labels)]);
  const owner = fromEntries([
    [`${FLUX_OWNER}/name`, how.name],
    [`${FLUX_OWNER}/namespace`, how.namespace],
  ]);
  // The controller's order: owner labels, the round trip through Go types, then commonMetadata, which wins.
  const written = isDecrypted(placed.object, how.decrypts) ? placed.object : asTyped(placed.object);
  let object = addTo(written, 'labels', owner);
  object = withoutBadCaBundle(portProtocols(secretData(object)));
  object = addTo(addTo(object, 'labels', labels), 'annotations', how.commonMetadata.annotations);
  const injected = [...placed.injected, ...[...Object.keys(owner), ...Object.keys(labels)].map(key => metadataPath('labels', key)), ...Object.keys(how.commonMetadata.annotations).map(key => metadataPath('annotations', key))];
  return { object, injected, invalid: placed.invalid ?? encrypted(written), undecided: moved(placed.object, how.targetNamespace) };
}

/** What becomes of an object without a look into it, which may have to be made first. */
export type Called = Pick<Desired, 'invalid' | 'undecided'> & { readonly ref: ObjectRef };

/** As `desiredOf` for the object of this name; `undefined` where what stands in it makes a difference. */
export function calledAs(ref: ObjectRef, how: DesiredContext): Called | undefined {
  if (how.tool === 'flux' && (isSecretRef(ref) || (how.targetNamespace !== undefined && MOVED.has(ref.kind)))) return undefined;
  const { name, namespace, invalid } = placeOf(ref, how);
  const same = name === ref.name && namespace === ref.namespace;
  return { ref: same ? ref : { ...ref, name, namespace }, invalid, undecided: how.tool === 'argo' ? labelledToo(how) : undefined };
}

const isSecretRef = ({ apiVersion, kind }: ObjectRef): boolean => isSecret({ apiVersion, kind });

const labelledToo = ({ tracking }: DesiredContext & { readonly tool: 'argo' }): string | undefined =>
  tracking.method !== 'annotation' && tracking.labelKey === LEGACY_LABEL_KEY ? `pod templates are labelled too (${LEGACY_LABEL_KEY})` : undefined;

const isDecrypted = (object: JsonObject, decrypts: boolean): boolean => decrypts && textAt(object, 'metadata', 'annotations', 'kustomize.toolkit.fluxcd.io/decrypt')?.toLowerCase() !== 'disabled';

/**
 * The round trip through Go types drops what SOPS has added, before the controller looks for it (seen on 1.9.6, against
 * `IsEncryptedSecret`): where nothing decrypts, the encrypted text itself is applied.
 */
const asTyped = (object: JsonObject): JsonObject => (hasSops(object) && isBuiltIn(splitApiVersion(textAt(object, 'apiVersion') ?? '').group) ? withMember(object, 'sops', undefined) : object);

/** Encrypted bytes are no base64 and make no such trip: then the controller does find it, and applies nothing at all. */
function encrypted(object: JsonObject): string | undefined {
  const data = member(object, 'data');
  const lost = isSecret(object) && !hasSops(object) && isObject(data) && Object.values(data).some(isEncrypted);
  return lost ? 'it is encrypted with SOPS and the Kustomization does not decrypt it (spec.decryption): its data is no base64, and the controller applies nothing' : undefined;
}

/** Helm's marks on what a release applies, also over the chart's own (helm `pkg/action/validate.go`, `setMetadataVisitor`). */
function ofRelease({ object, injected, invalid }: Placed, name: string, namespace: string): Desired {
  const labels: JsonObject = { 'app.kubernetes.io/managed-by': 'Helm' };
  const annotations: JsonObject = { 'meta.helm.sh/release-name': name, 'meta.helm.sh/release-namespace': namespace };
  const marked = addTo(addTo(secretData(object), 'labels', labels), 'annotations', annotations);
  return { object: marked, injected: [...injected, ...Object.keys(labels).map(key => metadataPath('labels', key)), ...Object.keys(annotations).map(key => metadataPath('annotations', key))], invalid, undecided: undefined };
}

const metadataPath = (part: string, key: string): Path => [field('metadata'), field(part), field(key)];

const SERVER_METADATA = ['creationTimestamp', 'deletionTimestamp', 'deletionGracePeriodSeconds', 'resourceVersion', 'uid', 'generation', 'selfLink', 'managedFields'];

/** Drops what only the server writes: `status`, server metadata, the last-applied annotation. */
export function stripServerFields(object: JsonObject): JsonObject {
  let out = withMember(object, 'status', undefined);
  const metadata = member(out, 'metadata');
  if (!isObject(metadata)) return out;
  let kept = metadata;
  for (const key of SERVER_METADATA) kept = withMember(kept, key, undefined);
  const annotations = member(kept, 'annotations');
  if (isObject(annotations) && Object.hasOwn(annotations, LAST_APPLIED)) {
    const rest = withMember(annotations, LAST_APPLIED, undefined);
    kept = withMember(kept, 'annotations', Object.keys(rest).length === 0 ? undefined : rest);
  }
  out = withMember(out, 'metadata', kept);
  return out;
}

const NOWHERE: readonly Path[] = [];

interface Placed {
  readonly object: JsonObject;
  readonly injected: readonly Path[];
  readonly invalid: string | undefined;
}

/** Gives the object its namespace, or takes it away from a kind that has none. */
function place(object: JsonObject, how: DesiredContext): Placed {
  const metadata = member(object, 'metadata');
  if (!isObject(metadata)) return { object, injected: NOWHERE, invalid: undefined };
  const ref = { apiVersion: textAt(object, 'apiVersion') ?? '', kind: textAt(object, 'kind') ?? '', namespace: textAt(metadata, 'namespace'), name: textAt(metadata, 'name') ?? '' };
  const { name, namespace, injected, invalid } = placeOf(ref, how);
  const named = name === ref.name ? object : setMetadata(object, 'name', name);
  return { object: namespace === ref.namespace ? named : setMetadata(named, 'namespace', namespace), injected, invalid };
}

/** Where the applier puts what has this name, and what that sets. */
function placeOf(ref: ObjectRef, how: DesiredContext): Pick<ObjectRef, 'name' | 'namespace'> & Omit<Placed, 'object'> {
  const { name, namespace: own } = ref;
  const asWritten = { name, namespace: own, injected: NOWHERE, invalid: undefined };
  if (how.namespaced === false) return { ...asWritten, name: how.tool === 'flux' ? namespaceName(ref, how.targetNamespace) : name, namespace: undefined };
  const path = [field('metadata'), field('namespace')];
  if (how.tool === 'flux') {
    if (how.targetNamespace !== undefined) return { ...asWritten, namespace: how.targetNamespace, injected: own === how.targetNamespace ? NOWHERE : [path] };
    return own || how.namespaced === undefined ? asWritten : { ...asWritten, invalid: 'namespace not specified: the manifest names none and the Kustomization has no targetNamespace' };
  }
  if (own || how.namespaced === undefined) return asWritten;
  const namespace = how.tool === 'argo' ? how.targetNamespace : how.tool === 'helm' ? how.namespace : how.defaultNamespace;
  if (namespace === undefined) return { ...asWritten, invalid: 'namespace not specified: the manifest names none, nor does the Application’s destination' };
  return { ...asWritten, namespace, injected: [path] };
}

const setMetadata = (object: JsonObject, key: string, value: Json | undefined): JsonObject => {
  const metadata = member(object, 'metadata');
  return withMember(object, 'metadata', withMember(isObject(metadata) ? metadata : {}, key, value));
};

/** kustomize's namespace transformer also sets the name of Namespace objects (builtinpluginconsts/namespace.go). */
const namespaceName = ({ apiVersion, kind, name }: ObjectRef, target: string | undefined): string => (target !== undefined && kind === 'Namespace' && apiVersion === 'v1' ? target : name);

/** Kinds in which a namespace transformer rewrites references by rules that look at all other objects. */
const MOVED = new Set(['RoleBinding', 'ClusterRoleBinding', 'APIService', 'CustomResourceDefinition']);

function moved(object: JsonObject, target: string | undefined): string | undefined {
  const kind = textAt(object, 'kind') ?? '';
  if (target === undefined || !MOVED.has(kind)) return undefined;
  const elsewhere = (namespace: Json | undefined): boolean => namespace !== target;
  const subjects = member(object, 'subjects');
  if (kind === 'RoleBinding' || kind === 'ClusterRoleBinding') {
    return isArray(subjects) && subjects.some(subject => textAt(subject, 'kind') === 'ServiceAccount' && elsewhere(member(subject, 'namespace'))) ? `targetNamespace may change the subjects of this ${kind}` : undefined;
  }
  const service = at(object, 'spec', 'service') ?? at(object, 'spec', 'conversion', 'webhook', 'clientConfig', 'service');
  return isObject(service) && elsewhere(member(service, 'namespace')) ? `targetNamespace changes the service this ${kind} names` : undefined;
}

function addTo(object: JsonObject, part: 'labels' | 'annotations', values: JsonObject): JsonObject {
  const entries = Object.entries(values);
  if (entries.length === 0) return object;
  const present = at(object, 'metadata', part);
  let merged: JsonObject = isObject(present) ? present : {};
  for (const [key, value] of entries) merged = withMember(merged, key, value);
  return setMetadata(object, part, merged);
}

/** `stringData` becomes `data`, and wins over it: by Flux itself, and by the API server for everybody else. */
function secretData(object: JsonObject): JsonObject {
  const clear = member(object, 'stringData');
  // A value that is no text is refused by the server: it stays, and is judged invalid.
  if (!isSecret(object) || !isObject(clear) || Object.values(clear).some(value => typeof value !== 'string' && value !== null)) return object;
  const present = member(object, 'data');
  let data: JsonObject = isObject(present) ? present : {};
  const sops = hasSops(object);
  for (const [key, value] of Object.entries(clear)) data = withMember(data, key, sops && isEncrypted(value) ? value : Buffer.from(typeof value === 'string' ? value : '', 'utf8').toString('base64'));
  return withMember(withMember(object, 'stringData', undefined), 'data', data);
}

const POD_SPECS: Readonly<Record<string, readonly string[]>> = {
  'v1/Pod': ['spec'],
  'apps/v1/Deployment': ['spec', 'template', 'spec'],
  'apps/v1/StatefulSet': ['spec', 'template', 'spec'],
  'apps/v1/DaemonSet': ['spec', 'template', 'spec'],
  'apps/v1/ReplicaSet': ['spec', 'template', 'spec'],
  'batch/v1/Job': ['spec', 'template', 'spec'],
  'batch/v1/CronJob': ['spec', 'jobTemplate', 'spec', 'template', 'spec'],
};

/** Flux sets `protocol: TCP` itself (ssa/normalize): init containers are left alone, as there. */
function portProtocols(object: JsonObject): JsonObject {
  const kind = `${textAt(object, 'apiVersion') ?? ''}/${textAt(object, 'kind') ?? ''}`;
  if (kind === 'v1/Service') return change(object, ['spec', 'ports'], withProtocols);
  const path = POD_SPECS[kind];
  if (!path) return object;
  return change(object, [...path, 'containers'], containers =>
    isArray(containers) ? containers.map(container => (isObject(container) && isArray(member(container, 'ports')) ? change(container, ['ports'], withProtocols) : container)) : containers,
  );
}

const withProtocols = (ports: Json): Json => (isArray(ports) ? ports.map(port => (isObject(port) && !member(port, 'protocol') ? withMember(port, 'protocol', 'TCP') : port)) : ports);

function change(object: JsonObject, path: readonly string[], by: (value: Json) => Json): JsonObject {
  const [key, ...rest] = path;
  const value = key === undefined ? undefined : member(object, key);
  if (key === undefined || value === undefined) return object;
  const changed = rest.length === 0 ? by(value) : isObject(value) ? change(value, rest, by) : value;
  return changed === value ? object : withMember(object, key, changed);
}

const CA_BUNDLE = ['spec', 'conversion', 'webhook', 'clientConfig', 'caBundle'] as const;

/** Flux drops a conversion webhook's placeholder bundle (ssa/utils `RemoveCABundleFromCRD`): another tool fills it in. */
function withoutBadCaBundle(object: JsonObject): JsonObject {
  if (textAt(object, 'kind') !== 'CustomResourceDefinition' || splitApiVersion(textAt(object, 'apiVersion') ?? '').group !== 'apiextensions.k8s.io') return object;
  const bundle = at(object, ...CA_BUNDLE);
  if (bundle === undefined || (typeof bundle === 'string' && Buffer.from(bundle, 'base64').toString('latin1').includes('-----BEGIN CERTIFICATE-----'))) return object;
  return change(object, CA_BUNDLE.slice(0, -1), config => (isObject(config) ? withMember(config, 'caBundle', undefined) : config));
}
