import assert from 'node:assert/strict';
import { at, isArray, isObject, scalarText, withMember, type Json, type JsonObject } from '../../../src/core/base/json';
import { stringifyJson } from '../../../src/core/base/json-text';
import { systemClock } from '../../../src/core/base/clock';
import { formatPath } from '../../../src/core/kube/path';
import { FluxRenderer } from '../../../src/core/render/flux-root';
import { KustomizeRenderer } from '../../../src/core/render/kustomize';
import { RootRenderer } from '../../../src/core/render/kustomize-root';
import type { RootObjects } from '../../../src/core/render/root-objects';
import { Sandbox } from '../../../src/core/render/sandbox';
import type { SetPlace, Traced } from '../../../src/core/render/trace';
import { sandboxFiles } from '../../bench/sandbox';
import { ARGO_CASES } from './argo-corpus';
import { FLUX_CASES } from './flux-corpus';
import type { Case } from './features';
import { memoryTree } from './memory-tree';

/** A folder, and what a controller's object adds to it. */
interface Asked {
  readonly name: string;
  readonly tool: 'argo' | 'flux';
  readonly folder: string;
  readonly added: JsonObject;
  readonly files: Case['files'];
}

const asObject = (value: Json | undefined): JsonObject => (isObject(value) ? value : {});

/** Folders that more than one case builds upon. */
const COMPONENTS = ARGO_CASES.find(({ name }) => name === 'components')?.files ?? {};
const IMAGES = { tag: 'nginx:1.28', name: 'busybox=mirror.example:5000/box:*' };
const ASKED: readonly Asked[] = [
  ...ARGO_CASES.flatMap(({ name, sources, files }) => sources.flatMap((source, i): Asked[] => (source['kustomize'] ? [{ name: `Argo CD: ${name}${i > 0 ? ` ${i}` : ''}`, tool: 'argo', folder: scalarText(source['path']), added: asObject(source['kustomize']), files: { ...COMPONENTS, ...files } }] : []))),
  { name: 'Argo CD: images in two ways', tool: 'argo', folder: 'c', added: { images: [IMAGES.name, IMAGES.tag] }, files: ARGO_CASES.find(({ name }) => name === 'images')?.files ?? {} },
  ...FLUX_CASES.filter(({ name }) => ['patched', 'images-win', 'named'].includes(name)).map(({ name, spec, files }): Asked => ({ name: `Flux: ${name}`, tool: 'flux', folder: 'f', added: spec, files: Object.fromEntries(Object.entries(files).map(([path, text]) => [`f/${path}`, text])) })),
];

interface Field {
  readonly path: string;
  readonly value: string;
  readonly traced: Traced;
}

/** What a name is made of changes with what it is made of. */
const plain = (path: string): boolean => !/\.(?:name|namespace|serviceName)$/.test(path);
const where = (place: SetPlace): string => (place.kind === 'spec' ? `spec${formatPath(place.path)}` : place.kind === 'file' ? `${place.file}: ${place.text.slice(place.range.start, place.range.end)}` : place.name);

/** Another value at a place of the object; in a patch in place of the value that it sets. */
function changed(object: JsonObject, path: readonly (string | number)[], value: string): JsonObject {
  const step = path[0] ?? '';
  const here = at(object, step);
  if (path.length > 1 && isArray(here)) {
    const index = Number(path[1]);
    return withMember(object, String(step), here.map((item, i) => (i !== index ? item : path.length === 2 ? other(item, value, false) : changed(asObject(item), path.slice(2), value))));
  }
  return withMember(object, String(step), path.length === 1 ? other(here, value, step === 'patch') : changed(asObject(here), path.slice(1), value));
}

function other(here: Json | undefined, value: string, patch: boolean): Json {
  if (typeof here === 'number') return here + 1;
  const text = scalarText(here);
  const scalar = value.replaceAll('"', '');
  if (patch) return text.replace(new RegExp(`${scalar}(?![^]*\\b${scalar}\\b)`), `${scalar}1`);
  return text.endsWith('*') ? text.replace(/:\*$/, '1:*') : `${text}1`;
}

describe('what a controller adds to a kustomization, traced to its own object', () => {
  let sandbox: Sandbox;
  let roots: RootRenderer;
  let flux: FluxRenderer;
  const { signal } = new AbortController();

  before(async function () {
    this.timeout(20 * 60_000);
    sandbox = new Sandbox(await sandboxFiles(), systemClock);
    const kustomize = new KustomizeRenderer(sandbox);
    [roots, flux] = [new RootRenderer(kustomize), new FluxRenderer(kustomize)];
  });
  after(() => sandbox.dispose());

  const AT = ['source', 'kustomize'];
  const render = ({ tool, folder, added, files }: Asked): Promise<RootObjects> => {
    const resources = Object.keys(files).filter(path => path.startsWith(`${folder}/`) && path.endsWith('.yaml') && !path.includes('..'));
    if (tool === 'flux') return flux.render(memoryTree(files), { folder, resources, build: { spec: added }, variablesUnknown: false, top: '' }, signal);
    return roots.render(memoryTree(files), { folder, options: added, at: AT, overrides: ['.argocd-source.yaml', '.argocd-source-overridden.yaml'], top: '' }, signal);
  };
  async function fieldsOf(asked: Asked): Promise<readonly Field[]> {
    const done = await render(asked);
    if (done.kind === 'failed') throw new Error(done.problems.map(({ message }) => message).join('\n'));
    const traces = await done.trace?.(signal);
    return done.manifests.flatMap((manifest, i) => [...(traces?.get(manifest)?.all() ?? [])].map(([path, traced]): Field => {
      const steps = path.map(step => (step.kind === 'field' ? step.name : step.kind === 'index' ? step.index : ''));
      return { path: `${manifest.ref.kind} ${i}${formatPath(path)}`, value: stringifyJson(at(manifest.object, ...steps) ?? null), traced };
    }));
  }

  for (const asked of ASKED) {
    it(`${asked.name}: a change there changes what is said to be set there, and nothing else`, async function () {
      this.timeout(120_000);
      const fields = await fieldsOf(asked);
      const places = new Map<string, { readonly path: readonly (string | number)[]; readonly value: string }>();
      for (const { traced: { places: [first], certain }, value, path } of fields.filter(field => plain(field.path))) {
        assert.ok(certain || /\.(?:kind|apiVersion)$/.test(path) || /\[\d+\]\.(?:name|port|containerPort)$/.test(path), `${path} is not certain`);
        if (first?.kind === 'spec') places.set(`${where(first)} ${formatPath(first.path).endsWith('.patch') ? value : ''}`, { path: first.path.map(step => (step.kind === 'field' ? step.name : step.kind === 'index' ? step.index : '')), value });
      }
      for (const [key, { path, value }] of places) {
        const text = key.slice(0, key.indexOf(' '));
        const inside = asked.tool === 'argo' ? path.slice(AT.length) : path;
        const now = await fieldsOf({ ...asked, added: changed(asked.added, inside, value) });
        const after = new Map(now.map(field => [field.path, field.value]));
        for (const field of fields.filter(({ path: own }) => plain(own))) {
          const claims = field.traced.places.some(place => where(place) === text) && (!text.endsWith('.patch') || field.value === value);
          assert.equal(after.get(field.path) !== field.value, claims, `${key}: ${field.path}, ${field.value} to ${after.get(field.path) ?? 'nothing'}`);
        }
      }
    });
  }

  const PLACES: readonly (readonly [name: string, path: string, places: readonly string[]])[] = [
    ['Argo CD: images', 'Deployment 1.spec.template.spec.containers[0].image', ['c/kustomization.yaml: "1.28"', 'spec.source.kustomize.images[0]']],
    ['Argo CD: images', 'Deployment 1.spec.template.spec.containers[1].image', ['spec.source.kustomize.images[2]']],
    ['Argo CD: images in two ways', 'Deployment 1.spec.template.spec.containers[0].image', ['spec.source.kustomize.images[1]', 'c/web.yaml: nginx']],
    ['Argo CD: replicas', 'Deployment 1.spec.replicas', ['spec.source.kustomize.replicas[0].count']],
    ['Argo CD: patches', 'Deployment 1.spec.replicas', ['spec.source.kustomize.patches[0].patch']],
    ['Argo CD: patches', 'Deployment 1.metadata.labels.first', ['e/kustomization.yaml: own']],
    ['Argo CD: patches', 'Service 0.metadata.annotations.note', ['e/patch.yaml: patched']],
    ['Argo CD: marks', 'Service 0.metadata.labels.team', ['spec.source.kustomize.commonLabels.team']],
    ['Argo CD: marks', 'Service 0.metadata.annotations.note', ['spec.source.kustomize.commonAnnotations.note']],
    ['Argo CD: labels', 'Service 0.metadata.labels.tier', ['spec.source.kustomize.commonLabels.tier']],
    ['Argo CD: labels', 'Service 0.metadata.labels.own', ['g/kustomization.yaml: "1"']],
    ['Argo CD: names', 'Service 0.metadata.namespace', ['spec.source.kustomize.namespace']],
    ['Argo CD: components', 'Service 0.metadata.labels.one', ['one/kustomization.yaml: "1"']],
    ['Argo CD: overridden', 'Deployment 1.spec.template.spec.containers[0].image', ['j/.argocd-source-overridden.yaml: "nginx:3"', 'j/web.yaml: nginx']],
    ['Flux: patched', 'Deployment 0.spec.replicas', ['spec.patches[0].patch']],
    ['Flux: images-win', 'Deployment 0.spec.template.spec.containers[0].image', ['spec.images[0].newTag', 'f/kustomization.yaml: mirror/nginx']],
  ];
  for (const [name, path, places] of PLACES) {
    it(`${name}: ${path}`, async () => {
      const asked = ASKED.find(one => one.name === name);
      const fields = asked && (await fieldsOf(asked));
      const field = fields?.find(one => one.path === path);
      assert.deepEqual([field?.traced.certain, ...(field?.traced.places ?? []).map(where)], [true, ...places]);
    });
  }
});
