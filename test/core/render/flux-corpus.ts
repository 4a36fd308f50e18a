import type { Json, JsonObject } from '../../../src/core/base/json';
import { DEPLOYMENT, SERVICE } from './features';

/** A Flux Kustomization over a folder of its own; every object lives in one namespace, NS. */
export interface FluxCase {
  readonly name: string;
  readonly spec: JsonObject;
  /** By path below the case's folder. */
  readonly files: Readonly<Record<string, string>>;
  /** Applied to the cluster first. */
  readonly before?: readonly Json[];
}

const inNamespace = (text: string): string => text.replace(/^metadata: \{/m, 'metadata: {namespace: NS, ').replace('metadata:\n  name', 'metadata:\n  namespace: NS\n  name');
const map = (name: string, data: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}, namespace: NS}\ndata: {${data}}\n`;
const deployment = (name: string): string => inNamespace(DEPLOYMENT.replaceAll('web', name));
const service = (name: string): string => inNamespace(SERVICE.replaceAll('web', name));

/** What Flux builds, each way of its own: objects' names start with the case's own letter, so that none is applied twice. */
export const FLUX_CASES: readonly FluxCase[] = [
  {
    name: 'overlay',
    spec: {},
    files: {
      'kustomization.yaml': 'namespace: NS\nnamePrefix: a-\nresources: [../bases/web, own.yaml]\npatches: [{path: patch.yaml}]\nimages: [{name: nginx, newTag: "1.28"}]\nreplicas: [{name: web, count: 5}]\nconfigMapGenerator: [{name: settings, literals: [level=info]}]\ncomponents: [../bases/extra]\n',
      'own.yaml': map('own', 'a: yes, b: 2024-01-02'),
      'patch.yaml': 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {template: {spec: {containers: [{name: web, env: [{name: A, value: "2"}]}]}}}\n',
      '../bases/web/kustomization.yaml': 'resources: [web.yaml, service.yaml]\n',
      '../bases/web/web.yaml': DEPLOYMENT,
      '../bases/web/service.yaml': SERVICE,
      '../bases/extra/kustomization.yaml': 'apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nlabels: [{pairs: {extra: "1"}}]\n',
    },
  },
  { name: 'mixed', spec: {}, files: { 'plain.yaml': map('b-plain', 'k: v'), 'z.yml': map('b-z', 'k: "1_000"'), 'sub/kustomization.yaml': 'namespace: NS\nnameSuffix: -s\nresources: [x.yaml]\n', 'sub/x.yaml': map('b-x', 'k: x'), 'not-read.json': '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"b-json"}}' } },
  {
    name: 'patched',
    spec: {
      patches: [{ patch: '- {op: replace, path: /spec/replicas, value: 4}\n', target: { kind: 'Deployment' } }, { patch: 'apiVersion: v1\nkind: Service\nmetadata: {name: c-web, namespace: NS}\nspec: {ports: [{port: 80, name: http}]}\n' }],
      images: [{ name: 'nginx', newName: 'registry.example/nginx', newTag: '2' }],
    },
    files: { 'web.yaml': deployment('c-web'), 'service.yaml': service('c-web') },
  },
  { name: 'images-win', spec: { images: [{ name: 'nginx', newTag: '9' }] }, files: { 'kustomization.yaml': 'resources: [web.yaml]\nimages: [{name: nginx, newName: mirror/nginx, newTag: "8"}]\n', 'web.yaml': deployment('d-web') } },
  // kustomize itself refuses it; the controller drops what it does not know.
  { name: 'unknown', spec: {}, files: { 'kustomization.yaml': 'resources: [map.yaml]\nnonsense: {a: 1}\nnameSuffix: -x\n', 'map.yaml': map('m-map', 'k: v') } },
  { name: 'components', spec: { components: ['../bases/replicas', '../bases/absent'], ignoreMissingComponents: true }, files: { 'web.yaml': deployment('e-web'), '../bases/replicas/kustomization.yaml': 'apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nreplicas: [{name: e-web, count: 3}]\n' } },
  {
    name: 'named',
    spec: { namePrefix: 'f-', nameSuffix: '-x', targetNamespace: 'NS', commonMetadata: { labels: { team: 'shop' }, annotations: { note: 'n' } } },
    files: { 'roles.yaml': 'apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: bot}\n---\napiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: bot}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: bot}\nsubjects: [{kind: ServiceAccount, name: bot, namespace: default}]\n---\napiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: bot}\nrules: [{apiGroups: [""], resources: [pods], verbs: [get]}]\n' },
  },
  { name: 'generated', spec: {}, files: { 'kustomization.yaml': 'namespace: NS\nconfigMapGenerator: [{name: g-only, files: [a.conf]}]\nsecretGenerator: [{name: g-token, literals: [p=secret]}]\n', 'a.conf': 'x=1\n' } },
  { name: 'origins', spec: { buildMetadata: ['originAnnotations'] }, files: { 'kustomization.yaml': 'resources: [m.yaml]\n', 'm.yaml': map('h-map', 'k: v') } },
  {
    name: 'variables',
    spec: { postBuild: { substitute: { count: '3', word: 'yes', text: 'line one\nline two', empty: '' } } },
    files: {
      'kustomization.yaml': 'resources: [web.yaml, map.yaml, off.yaml]\n',
      'web.yaml': deployment('i-web').replace('replicas: 2', 'replicas: ${count}'),
      'map.yaml': map('i-map', 'a: "is ${word}", b: "${text}", c: "$${word}", d: "${absent:=fallback}", e: "${empty:-x}", f: "${word:0:2}", g: "long ${#word}", h: "$word", i: "${word/y/z}", j: "${empty}"'),
      'off.yaml': map('i-off', 'a: "${word}"').replace('namespace: NS', 'namespace: NS, annotations: {kustomize.toolkit.fluxcd.io/substitute: disabled}'),
    },
  },
  { name: 'defaults', spec: { postBuild: { substituteStrategy: 'Always' } }, files: { 'map.yaml': map('j-map', 'a: "${absent:=fallback}"') } },
  { name: 'untouched', spec: { postBuild: {} }, files: { 'map.yaml': map('k-map', 'a: "${absent}"') } },
  {
    name: 'from-cluster',
    spec: { postBuild: { substitute: { inline: 'wins' }, substituteFrom: [{ kind: 'ConfigMap', name: 'vars' }, { kind: 'Secret', name: 'vars' }, { kind: 'ConfigMap', name: 'nowhere', optional: true }] } },
    files: { 'map.yaml': map('l-map', 'a: "${first}", b: "${second}", c: "${inline}", d: "${token}"') },
    before: [
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'vars', namespace: 'NS' }, data: { first: 'one', second: 'from map', inline: 'loses' } },
      { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'vars', namespace: 'NS' }, stringData: { second: 'from secret', token: 'two\nlines' } },
    ],
  },
];
