import type { JsonObject } from '../../../src/core/base/json';
import { DEPLOYMENT, SERVICE } from './features';

/** An Application over folders of its own; every object lives in one namespace, and its names start with the case's letter. */
export interface ArgoCase {
  readonly name: string;
  /** Beside `repoURL` and `targetRevision`. */
  readonly sources: readonly JsonObject[];
  /** By path below the repository's root. */
  readonly files: Readonly<Record<string, string>>;
}

const map = (name: string, data: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\ndata: {${data}}\n`;
const web = (letter: string, more = ''): Readonly<Record<string, string>> => ({ [`${letter}/kustomization.yaml`]: `resources: [web.yaml, service.yaml]\n${more}`, [`${letter}/web.yaml`]: DEPLOYMENT.replaceAll('web', `${letter}-web`), [`${letter}/service.yaml`]: SERVICE.replaceAll('web', `${letter}-web`) });
const component = (label: string): string => `apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nlabels: [{pairs: {${label}: "1"}}]\n`;

/** What Argo CD has kustomize build, each way of its own. */
export const ARGO_CASES: readonly ArgoCase[] = [
  {
    name: 'found',
    sources: [{ path: 'over' }],
    files: { ...web('a'), 'over/kustomization.yaml': 'resources: [../a]\nnameSuffix: -x\nconfigMapGenerator: [{name: a-settings, literals: [level=info]}]\n' },
  },
  { name: 'names', sources: [{ path: 'b', kustomize: { namePrefix: 'pre-', nameSuffix: '-post', namespace: 'NS' } }], files: web('b', 'namePrefix: gone-\n') },
  { name: 'images', sources: [{ path: 'c', kustomize: { images: ['nginx=registry.example:5000/nginx:*', 'other:2', 'busybox=mirror/busybox@sha256:0123456789012345678901234567890123456789012345678901234567890123'] } }], files: web('c', 'images: [{name: nginx, newTag: "1.28"}]\n') },
  { name: 'replicas', sources: [{ path: 'd', kustomize: { replicas: [{ name: 'd-web', count: '4' }] } }], files: web('d', 'replicas: [{name: d-web, count: 7}]\n') },
  {
    name: 'patches',
    sources: [{ path: 'e', kustomize: { patches: [{ target: { kind: 'Deployment' }, patch: '- {op: replace, path: /spec/replicas, value: 5}\n' }, { path: 'patch.yaml' }] } }],
    files: { ...web('e', 'patches: [{target: {kind: Deployment}, patch: "- {op: add, path: /metadata/labels, value: {first: own}}"}]\n'), 'e/patch.yaml': 'apiVersion: v1\nkind: Service\nmetadata: {name: e-web, annotations: {note: patched}}\n' },
  },
  { name: 'marks', sources: [{ path: 'f', kustomize: { commonLabels: { team: 'shop', tier: 'web' }, forceCommonLabels: true, commonAnnotations: { note: 'a:b', more: 'yes' }, forceCommonAnnotations: true } }], files: web('f', 'commonLabels: {team: other}\ncommonAnnotations: {note: old}\n') },
  { name: 'labels', sources: [{ path: 'g', kustomize: { commonLabels: { team: 'shop', tier: 'web' }, labelWithoutSelector: true, labelIncludeTemplates: true } }], files: web('g', 'labels: [{pairs: {own: "1"}}, {pairs: {both: "1"}, includeTemplates: true}]\n') },
  {
    name: 'components',
    sources: [{ path: 'h', kustomize: { components: ['../absent', '../one', '../two'], ignoreMissingComponents: true } }],
    files: { ...web('h'), 'one/kustomization.yaml': component('one'), 'two/kustomization.yaml': component('two') },
  },
  { name: 'more-components', sources: [{ path: 'i', kustomize: { components: ['../one', '../two'] } }], files: web('i', 'components: [../two]\n') },
  { name: 'overridden', sources: [{ path: 'j', kustomize: { images: ['nginx:1'], nameSuffix: '-s' } }], files: { ...web('j'), 'j/.argocd-source.yaml': 'kustomize: {images: ["nginx:2"]}\n', 'j/.argocd-source-overridden.yaml': 'kustomize: {images: ["nginx:3"], nameSuffix: null}\n' } },
  { name: 'plain-all-the-same', sources: [{ path: 'k', directory: { exclude: 'kustomization.yaml' } }], files: { 'k/kustomization.yaml': 'namePrefix: never-\nresources: [map.yaml]\n', 'k/map.yaml': map('k-map', 'a: b') } },
  {
    name: 'several',
    sources: [{ path: 'l/plain' }, { ref: 'values' }, { path: 'l/built', kustomize: { nameSuffix: '-two' } }],
    files: { 'l/plain/map.yaml': map('l-one', 'a: b'), 'l/built/kustomization.yaml': 'resources: [map.yaml]\n', 'l/built/map.yaml': map('l-map', 'a: b') },
  },
];
