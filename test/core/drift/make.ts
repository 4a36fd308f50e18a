import assert from 'node:assert/strict';
import type { Json, JsonObject } from '../../../src/core/base/json';
import type { LiveState } from '../../../src/core/cluster/api';
import { desiredOf, type DesiredContext } from '../../../src/core/drift/desired';
import { judge } from '../../../src/core/drift/judge';
import type { Applier, JudgeInput } from '../../../src/core/drift/judge-input';
import type { FieldVerdict, ObjectVerdict } from '../../../src/core/drift/verdict';
import { asLive } from '../../../src/core/kube/live';
import { formatPath } from '../../../src/core/kube/path';
import type { ListKey, SchemaType } from '../../../src/core/kube/schema';
import type { Manifest } from '../../../src/core/manifests/document';
import { parseManifests } from '../../../src/core/manifests/parse';

type Scalar = (SchemaType & { readonly kind: 'scalar' })['scalar'];
export const scalar = (of: Scalar): SchemaType => ({ kind: 'scalar', scalar: of });
const text = scalar('string');
const number = scalar('numeric');
const yes = scalar('boolean');
export const struct = (fields: Readonly<Record<string, SchemaType>>, mode: 'granular' | 'atomic' = 'granular'): SchemaType => ({ kind: 'map', mode, fields: new Map(Object.entries(fields)), element: undefined });
export const open = (element: SchemaType, mode: 'granular' | 'atomic' = 'granular'): SchemaType => ({ kind: 'map', mode, fields: new Map(), element });
export const atomic = (element: SchemaType): SchemaType => ({ kind: 'list', mode: 'atomic', element });
export const set = (element: SchemaType): SchemaType => ({ kind: 'list', mode: 'set', element });
export const keyed = (keys: readonly (string | ListKey)[], element: SchemaType): SchemaType => ({ kind: 'list', mode: 'map', keys: keys.map(key => (typeof key === 'string' ? { name: key, fallback: undefined } : key)), element });

const metadata = struct({ name: text, namespace: text, uid: text, resourceVersion: text, labels: open(text), annotations: open(text), finalizers: set(text), ownerReferences: keyed(['uid'], struct({ uid: text, kind: text, name: text, apiVersion: text }, 'atomic')) });
const top = (fields: Readonly<Record<string, SchemaType>>): SchemaType => struct({ apiVersion: text, kind: text, metadata, ...fields });
const source = struct({ fieldRef: struct({ fieldPath: text }, 'atomic') });
const container = struct({
  name: text,
  image: text,
  command: atomic(text),
  args: atomic(text),
  env: keyed(['name'], struct({ name: text, value: text, valueFrom: source })),
  ports: keyed(['containerPort', { name: 'protocol', fallback: 'TCP' }], struct({ name: text, containerPort: number, protocol: text, hostPort: number })),
  resources: struct({ limits: open(scalar('quantity')), requests: open(scalar('quantity')) }),
  securityContext: struct({ runAsUser: number, privileged: yes, runAsNonRoot: yes }),
  stdin: yes,
  terminationMessagePath: text,
});
const podSpec = struct({
  containers: keyed(['name'], container),
  initContainers: keyed(['name'], container),
  hostNetwork: yes,
  automountServiceAccountToken: yes,
  dnsPolicy: text,
  nodeSelector: open(text, 'atomic'),
  volumes: keyed(['name'], struct({ name: text, emptyDir: struct({ medium: text }), hostPath: struct({ path: text }) })),
  tolerations: atomic(struct({ key: text, operator: text, tolerationSeconds: number })),
});

/** Cut down from the API server's own OpenAPI document; the real one is used in the tests against the bench. */
export const SCHEMAS: Readonly<Record<string, SchemaType>> = {
  Deployment: top({
    spec: struct({
      replicas: number,
      minReadySeconds: number,
      revisionHistoryLimit: number,
      selector: struct({ matchLabels: open(text) }, 'atomic'),
      strategy: struct({ type: text, rollingUpdate: struct({ maxSurge: scalar('intOrString'), maxUnavailable: scalar('intOrString') }) }),
      template: struct({ metadata, spec: podSpec }),
    }),
  }),
  ConfigMap: top({ data: open(text), binaryData: open(text), immutable: yes }),
  Secret: top({ data: open(text), stringData: open(text), type: text, immutable: yes }),
  Service: top({ spec: struct({ clusterIP: text, type: text, selector: open(text, 'atomic'), ports: keyed(['port', { name: 'protocol', fallback: 'TCP' }], struct({ name: text, port: number, protocol: text, targetPort: scalar('intOrString'), nodePort: number })) }) }),
};

export const FLUX: Applier = { tool: 'flux', manager: 'kustomize-controller', active: true };
const NO_CONTEXT: DesiredContext = { tool: 'plain', namespaced: true, defaultNamespace: 'shop' };

export function manifestOf(yaml: string, dialect: 'K2' | 'K3' = 'K3'): Manifest {
  const { manifests, problems } = parseManifests('/repo/a.yaml', yaml, dialect);
  const [manifest] = manifests;
  assert.ok(manifest && manifests.length === 1, `one manifest expected: ${problems.map(({ message }) => message).join('; ')}`);
  return manifest;
}

/** Who owns what, written as people would: a path of names; `[name=web]` picks an item; a leading `-` before nothing. */
export interface Manager {
  readonly manager: string;
  readonly operation?: 'Apply' | 'Update';
  readonly subresource?: string;
  readonly time?: string;
  readonly apiVersion?: string;
  readonly fields: JsonObject;
}

export function liveOf(object: JsonObject, managers: readonly Manager[] | undefined): LiveState {
  const managedFields = managers?.map(({ manager, operation, subresource, time, apiVersion, fields }): JsonObject => ({
    manager,
    operation: operation ?? 'Update',
    apiVersion: apiVersion ?? (object['apiVersion'] as string),
    fieldsType: 'FieldsV1',
    fieldsV1: fields,
    ...(subresource !== undefined && { subresource }),
    ...(time !== undefined && { time }),
  }));
  const metadata = object['metadata'] as JsonObject;
  return { kind: 'present', seen: [], object: asLive({ ...object, metadata: { ...metadata, uid: 'u', resourceVersion: '7', ...(managedFields && { managedFields }) } }) };
}

/** The field set of an object as an apply of it records it, lists with these key fields keyed. */
export function fieldsOf(value: Json, keys: Readonly<Record<string, readonly string[]>> = { containers: ['name'], env: ['name'], volumes: ['name'], initContainers: ['name'] }, under = ''): JsonObject {
  if (Array.isArray(value)) {
    const names = keys[under];
    if (!names) return {};
    return Object.fromEntries((value as readonly JsonObject[]).map(item => [`k:${JSON.stringify(Object.fromEntries(names.map(name => [name, item[name]]).sort()))}`, { '.': {}, ...fieldsOf(item, keys) }]));
  }
  if (typeof value !== 'object' || value === null) return {};
  return Object.fromEntries(Object.entries(value).filter(([key]) => under !== '' || !['apiVersion', 'kind'].includes(key)).map(([key, item]) => [`f:${key}`, fieldsOf(item, keys, key)]));
}

export interface Scene {
  readonly git: string;
  readonly live: LiveState;
  /** A text; `null`: the revision has no such object; `'unknown'`: not known. Git's own text when left out. */
  readonly base?: string | null;
  readonly applier?: Applier;
  readonly stages?: { readonly saved?: string | null; readonly head?: string | null; readonly upstream?: string | null };
  readonly more?: Partial<JudgeInput>;
  readonly context?: DesiredContext;
}

export function inputOf({ git, live, base, applier = FLUX, stages = {}, more, context = NO_CONTEXT }: Scene): JudgeInput {
  const manifest = manifestOf(git);
  const prepare = (yaml: string): JsonObject => desiredOf(manifestOf(yaml), context).object;
  const stage = (yaml: string | null | undefined, name: string): object => (yaml === undefined ? {} : { [name]: yaml === null ? null : prepare(yaml) });
  return {
    manifest,
    desired: prepare(git),
    live,
    base: base === 'unknown' ? { kind: 'unknown', reason: 'nothing was recorded' } : base === null ? { kind: 'absent' } : { kind: 'known', object: prepare(base ?? git) },
    stages: { ...stage(stages.saved, 'saved'), ...stage(stages.head, 'head'), ...stage(stages.upstream, 'upstream') },
    behind: false,
    schema: SCHEMAS[manifest.ref.kind],
    applier,
    undecided: undefined,
    ...more,
  };
}

export const judgeScene = (scene: Scene): ObjectVerdict => judge(inputOf(scene));

/** `path verdict/detail →after`, a line a field: what the tables compare. */
export const summary = (fields: readonly FieldVerdict[]): string[] =>
  fields.map(({ path, verdict, detail, afterResume, certain, stage }) => `${formatPath(path)} ${verdict}${detail === undefined ? '' : `:${detail}`}${stage === undefined ? '' : ` (${stage})`} ${afterResume}${certain ? '' : ' ?'}`);
