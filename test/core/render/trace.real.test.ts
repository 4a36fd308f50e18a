import assert from 'node:assert/strict';
import { isObject, member, textAt, type Json, type JsonObject } from '../../../src/core/base/json';
import { stringifyJson } from '../../../src/core/base/json-text';
import { systemClock } from '../../../src/core/base/clock';
import { formatPath } from '../../../src/core/kube/path';
import { parseManifests } from '../../../src/core/manifests/parse';
import { KustomizeRenderer } from '../../../src/core/render/kustomize';
import { Foresight } from '../../../src/core/render/foresight';
import { printedObjects, toldSource, type Attributed } from '../../../src/core/render/provenance';
import { textOf } from '../../../src/core/render/reach';
import { Attribution } from '../../../src/core/render/root-objects';
import { Sandbox } from '../../../src/core/render/sandbox';
import { leaves } from '../../../src/core/render/sites';
import { Sources } from '../../../src/core/render/sources';
import { pathOf } from '../../../src/core/render/spot-range';
import { RenderedTrace, type SetPlace, type Traced } from '../../../src/core/render/trace';
import { sandboxFiles } from '../../bench/sandbox';
import { FEATURES, type Case } from './features';
import { memoryTree } from './memory-tree';
import { randomRoot } from './random-roots';

/** The last ones copy a prefix into a value. */
const SEEDS = [0, 1, 2, 3, 4, 5, 6, 7, 1002, 1015];
/** Where more than prefixes and suffixes may have changed what a thing is called. */
const LEFT_TO_KUSTOMIZE = ['patch: name and kind may change', 'patch: an object takes the name of one that is deleted', 'builtin generators and transformers as files, inline and in a folder', 'transformers of every kind, each in a file of its own', 'a patch in a transformer in the kustomization, and one below a folder of folders', 'transformers that a patch changes first', 'generators as files: a Secret and a ConfigMap, of files, lines and literals', 'a field in two spellings'];
const ORIGIN_SEEDS = 40;
/** The value is compared by a patch, and was another one. */
const TESTED = /testing (?:path|value) \S+ failed/;
const { signal } = new AbortController();

type Place = Extract<SetPlace, { readonly kind: 'file' }>;

interface Field {
  readonly object: string;
  /** Of the object, among those that are rendered. */
  readonly index: number;
  readonly path: string;
  readonly value: string;
  readonly traced: Traced;
}

/** A name without the hash that its content gives it. */
const unhashed = (name: string): string => name.replace(/-[a-z0-9]{10}$/, '');
const nameOf = (object: Json): string => stringifyJson([textAt(object, 'apiVersion') ?? '', textAt(object, 'kind') ?? '', textAt(object, 'metadata', 'namespace') ?? '', unhashed(textAt(object, 'metadata', 'name') ?? '')]);

/** Names things are called by, which no drift is ever about: changing one makes another object, or another item. */
const isName = (path: readonly (string | number)[]): boolean =>
  (path.length === 1 && (path[0] === 'kind' || path[0] === 'apiVersion')) ||
  (path[0] === 'metadata' && path.length === 2 && (path[1] === 'name' || path[1] === 'namespace')) ||
  (typeof path.at(-2) === 'number' && /^(?:name|port|protocol|containerPort|mountPath|kind|namespace)$/.test(String(path.at(-1))));
/** What kustomize writes about itself. */
const isRecord = (path: readonly (string | number)[]): boolean => /^(?:config|alpha\.config|kustomize\.config)\.k|managed-by/.test(String(path[2] ?? ''));

/** Another value in place of the one that stands there, of the same kind and quoting. */
function edited(text: string, { start, end }: Place['range']): string {
  const here = text.slice(start, end);
  // A generator's Secret is Opaque unless its entry has a type: it is added.
  if (here === 'name') return `${text.slice(0, start)}type: Other${text[start - 1] === '{' ? ', ' : `\n${' '.repeat(start - text.lastIndexOf('\n', start) - 1)}`}${text.slice(start)}`;
  const quote = /^["']/.test(here) && here.endsWith(here[0] ?? '') ? 1 : 0;
  const other = here === '{}' ? '{other: "1"}' : here === '[]' ? '[other]' : here === '~' || here === 'null' ? 'other1' : here.startsWith('*') ? '{other: "1"}' : `${here.slice(0, here.length - quote)}1${here.slice(here.length - quote)}`;
  return text.slice(0, start) + other + text.slice(end);
}

const COPIES = 'patch: JSON 6902 that copies, moves, tests and removes';
const CHAIN = 'images: a name that a base gave it, and only a tag for that';
const EVERY = 'transformers of every kind, each in a file of its own';

/** Fields that more than one place has a part in, and what does so from outside the usual files; of several the one to look at comes first. */
const PLACES: readonly (readonly [name: string, object: string, path: string, live: string | undefined, places: readonly string[]])[] = [
  [COPIES, 'Deployment web', '.spec.minReadySeconds', undefined, ['document base/web.yaml: 2', 'patch overlay/p.yaml: /spec/minReadySeconds']],
  [COPIES, 'Deployment web', '.spec.replicas', undefined, ['document base/web.yaml: 2']],
  [COPIES, 'Deployment web', '.spec.template.spec.containers[0].image', undefined, ['patch overlay/p.yaml: "nginx:1.29"']],
  [COPIES, 'Widget wheel', '.spec.settings', undefined, ['document base/custom.yaml: settings', 'patch overlay/kustomization.yaml: /spec/settings']],
  [COPIES, 'Widget wheel', '.spec.parts[1].weight', undefined, ['patch overlay/kustomization.yaml: 7']],
  [CHAIN, 'Deployment web', '.spec.template.spec.containers[0].image', undefined, ['images overlay/kustomization.yaml: "9"', 'images mid/kustomization.yaml: mirror.example:5000/nginx']],
  [CHAIN, 'Deployment web', '.spec.template.spec.containers[0].image', 'mirror.example:5000/nginx:8', ['images overlay/kustomization.yaml: "9"']],
  [CHAIN, 'Deployment web', '.spec.template.spec.containers[0].image', 'nginx:9', ['images mid/kustomization.yaml: mirror.example:5000/nginx']],
  [CHAIN, 'Deployment web', '.spec.template.spec.containers[0].image', 'nginx:8', ['images overlay/kustomization.yaml: "9"', 'images mid/kustomization.yaml: mirror.example:5000/nginx']],
  [CHAIN, 'Deployment web', '.spec.template.spec.containers[1].image', 'busybox:hotfix', ['images mid/kustomization.yaml: musl']],
  [CHAIN, 'Deployment web', '.spec.template.spec.containers[1].image', 'other/busybox:musl', ['document base/web.yaml: busybox']],
  ['images: a patched image, and one of an expression', 'Deployment web', '.spec.template.spec.containers[0].image', 'alpines:3', ['patch overlay/p.yaml: alpine']],
  ['patch: label selectors choose what is patched', 'Service web', '.metadata.labels.app', undefined, ['document base/s.yaml: web']],
  ['replacements: several in one file, and a value of its own', 'Service web', '.metadata.annotations.from', undefined, ['replacement overlay/r.yaml: fixed']],
  [EVERY, 'Deployment t-web', '.spec.replicas', undefined, ['replicas overlay/replicas.yaml: 8']],
  [EVERY, 'Deployment t-web', '.spec.template.spec.containers[0].image', undefined, ['images overlay/images.yaml: "3"', 'document base/web.yaml: nginx']],
  [EVERY, 'Service t-web', '.spec.type', undefined, ['patch overlay/patches.yaml: NodePort']],
  [EVERY, 'Service t-web', '.spec.clusterIP', undefined, ['patch overlay/fix.yaml: None']],
  [EVERY, 'Widget t-wheel', '.spec.colour', undefined, ['patch overlay/more.yaml: red']],
  [EVERY, 'Widget t-wheel', '.metadata.annotations.note', undefined, ['transformer overlay/annotations.yaml: "yes"']],
  [EVERY, 'Ingress t-web', '.spec.rules[0].host', undefined, ['patch overlay/json.yaml: "shop.example"']],
  ['a patch in a transformer in the kustomization, and one below a folder of folders', 'Service web', '.spec.type', undefined, ['patch overlay/kustomization.yaml: NodePort']],
  ['a patch in a transformer in the kustomization, and one below a folder of folders', 'Service web', '.metadata.annotations.deep', undefined, ['transformer deeper/a.yaml: "1"']],
  ['fields in other letters', 'Deployment p-web', '.spec.replicas', undefined, ['patch overlay/kustomization.yaml: 7']],
  ['fields in other letters', 'Deployment p-web', '.spec.template.spec.containers[0].image', undefined, ['images overlay/kustomization.yaml: "1.29"', 'document base/web.yaml: nginx']],
  ['fields in other letters', 'Service p-web', '.metadata.labels.Team', undefined, ['transformer overlay/kustomization.yaml: shop']],
  ['transformers that a patch changes first', 'Service web', '.metadata.annotations.deep', undefined, ['patch changed/kustomization.yaml: patched']],
];

function finished<T>(work: Generator<undefined, T, undefined>): T {
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
  }
}

describe('every value traced to the place that sets it', () => {
  let sandbox: Sandbox;
  let renderer: KustomizeRenderer;
  let attribution: Attribution;

  before(async function () {
    this.timeout(20 * 60_000);
    sandbox = new Sandbox(await sandboxFiles(), systemClock);
    renderer = new KustomizeRenderer(sandbox);
    attribution = new Attribution(renderer);
  });
  after(() => sandbox.dispose());

  /** A text: why they cannot be built. */
  const objectsOf = async ({ files, root }: Case): Promise<readonly JsonObject[] | string> => {
    const rendered = await renderer.render(memoryTree(files), root, {}, signal);
    return rendered.kind === 'rendered' ? parseManifests('', rendered.yaml, 'K2').manifests.map(({ object }) => object) : (rendered.problems[0]?.message ?? '');
  };

  async function tracesOf(one: Case): Promise<readonly { readonly from: Attributed; readonly trace: RenderedTrace }[]> {
    const rendered = await renderer.render(memoryTree(one.files), one.root, {}, signal);
    if (rendered.kind === 'failed') return [];
    const effects = await renderer.effects(rendered, signal);
    const textIn = (file: string): string => textOf(rendered.request.files.get(file) ?? new Uint8Array());
    return (await attribution.of(rendered, '')).map(from => ({ from, trace: new RenderedTrace({ ...from, effects, textOf: textIn, top: '', at: [] }) }));
  }

  async function fieldsOf(one: Case): Promise<readonly Field[]> {
    return (await tracesOf(one)).flatMap(({ from, trace }) =>
      [...leaves(from.manifest.object)].filter(([path]) => !isName(path) && !isRecord(path)).map(([path, value]): Field => {
        const traced = trace.at(pathOf(path));
        assert.ok(traced, `${one.name}: ${from.manifest.ref.name} ${formatPath(pathOf(path))}`);
        return { object: nameOf(from.manifest.object), index: from.index, path: stringifyJson(path), value: stringifyJson(value), traced };
      }),
    );
  }

  /** What is wrong with the claim that this place sets those fields; empty: it is true. */
  async function refuted(one: Case, fields: readonly Field[], place: Place, of: readonly Field[]): Promise<readonly string[]> {
    const content = one.files[place.file] ?? '';
    const text = typeof content === 'string' ? content : textOf(content);
    const changed = typeof content === 'string' ? edited(text, place.range) : Buffer.concat([content, Buffer.from('1')]);
    const objects = await objectsOf({ ...one, files: { ...one.files, [place.file]: changed } });
    if (typeof objects === 'string') return TESTED.test(objects) ? [] : [`it cannot be built any more: ${objects}`];
    const after = new Map(objects.map(object => [nameOf(object), object]));
    const generated = new Set(objects.filter(({ kind }) => kind === 'ConfigMap' || kind === 'Secret').map(object => unhashed(textAt(object, 'metadata', 'name') ?? '')));
    return fields.flatMap(({ object, index, path, value, traced }) => {
      // Where a prefix has part in a value, its change renames objects, too: they stay in their order.
      const renamed = objects[index]?.['kind'] === (JSON.parse(object) as string[])[1] ? objects[index] : undefined;
      const now = (JSON.parse(path) as (string | number)[]).reduce<Json | undefined>((here, step) => (Array.isArray(here) ? (here as readonly Json[])[Number(step)] : isObject(here) ? member(here, String(step)) : undefined), after.get(object) ?? renamed);
      const text2 = now === undefined ? '' : stringifyJson(now);
      const here = traced.places.filter(other => other.kind === 'file' && other.file === place.file && other.range.start <= place.range.end && place.range.start <= other.range.end);
      const claimed = here.some(other => other.kind === 'file' && other.range.start === place.range.start && other.range.end === place.range.end);
      const follows = generated.has(unhashed(value.slice(1, -1)));
      // A reference is looked up by its kind, too: with another kind its name is no longer completed.
      const refers = path.endsWith('"name"]') && of.some(other => other.object === object && /"(?:kind|apiGroup)"\]$/.test(other.path) && other.path.replace(/"\w+"\]$/, '') === path.replace(/"\w+"\]$/, ''));
      if (claimed && traced.certain && text2 === value) return [`${object} ${path} did not change`];
      // A label that a patch is chosen by decides what the patch does.
      const chooses = of.some(other => other.object === object && /^\["metadata","labels"/.test(other.path)) && Object.values(one.files).some(file => typeof file === 'string' && file.includes('labelSelector'));
      return here.length === 0 && text2 !== value && !follows && !refers && !chooses ? [`${object} ${path} changed, too: ${value} to ${text2}`] : [];
    });
  }

  it('names tell where an object comes from, as kustomize does', async function () {
    this.timeout(10 * 60_000);
    let alike = 0;
    const asked = new Set<string>();
    const wrong: string[] = [];
    for (const one of [...FEATURES, ...Array.from({ length: ORIGIN_SEEDS }, (_, seed) => randomRoot(seed))]) {
      const rendered = await renderer.render(memoryTree(one.files), one.root, {}, signal);
      if (rendered.kind === 'failed') continue;
      const sources = new Sources(rendered.reach);
      const foresight = new Foresight(sources, rendered.reach, rendered.request);
      const origins = await renderer.origins(rendered, signal);
      for (const manifest of finished(printedObjects(rendered.yaml))) {
        const [foreseen, told] = [foresight.of(manifest.ref), origins?.[manifest.document - 1]];
        if (!foreseen) asked.add(one.name);
        else if (foreseen === toldSource(sources, told, manifest, one.root)) alike++;
        else wrong.push(`${one.name}: ${manifest.ref.kind} ${manifest.ref.name} from ${foreseen.file}, document ${foreseen.document}; kustomize: ${JSON.stringify(told)}`);
      }
    }
    console.log(`      ${alike} objects`);
    assert.deepEqual(wrong, []);
    assert.deepEqual([...asked], LEFT_TO_KUSTOMIZE);
  });

  it('an object of a generator in a file of its own stands there, in its document', async () => {
    const one = FEATURES.find(({ name }) => name.startsWith('generators as files'));
    const placed = (one ? await tracesOf(one) : []).map(({ from: { manifest, file } }) => `${manifest.ref.kind} ${file} ${manifest.document}`);
    assert.deepEqual(placed.filter(text => /^(?:ConfigMap|Secret)/.test(text)), ['ConfigMap overlay/gen.yaml 2', 'Secret overlay/gen.yaml 1']);
  });

  for (const [name, object, path, live, places] of PLACES) {
    it(`${name}: ${object} ${path}${live === undefined ? '' : `, live ${live}`}`, async () => {
      const one = FEATURES.find(feature => feature.name === name);
      const traces = one && (await tracesOf(one));
      const found = traces?.find(({ from }) => `${from.manifest.ref.kind} ${from.manifest.ref.name}` === object);
      const steps = [...leaves(found?.from.manifest.object ?? null)].map(([own]) => pathOf(own)).find(own => formatPath(own) === path);
      const traced = steps && found?.trace.at(steps, live);
      assert.deepEqual([traced?.certain, ...(traced?.places ?? []).map(place => (place.kind === 'file' ? `${place.by} ${place.file}: ${place.text.slice(place.range.start, place.range.end)}` : place.kind))], [true, ...places]);
    });
  }

  it('what two places may set, of which neither can be changed alone, is said to be set by one of them', async () => {
    const one = FEATURES.find(({ name }) => name === 'patch: a label that a patch is chosen by is set twice');
    const [web] = one ? await tracesOf(one) : [];
    const traced = web?.trace.at(pathOf(['metadata', 'labels', 'app']));
    assert.deepEqual([traced?.certain, traced?.oneOf.includes('overlay/p.yaml')], [false, true]);
  });

  it('a change of the place changes that field and no other one', async function () {
    this.timeout(10 * 60_000);
    let [all, proven] = [0, 0];
    const wrong: string[] = [];
    for (const one of [...FEATURES, ...SEEDS.map(seed => randomRoot(seed))]) {
      const fields = await fieldsOf(one);
      const places = new Map<string, { readonly place: Place; readonly of: Field[] }>();
      all += fields.length;
      for (const field of fields) {
        const [place] = field.traced.places;
        if (!field.traced.certain || place?.kind !== 'file') continue;
        const key = stringifyJson([place.file, place.range.start, place.range.end]);
        const known = places.get(key) ?? { place, of: [] };
        known.of.push(field);
        places.set(key, known);
      }
      for (const { place, of } of places.values()) {
        const found = await refuted(one, fields, place, of);
        if (found.length === 0) proven += of.length;
        else wrong.push(`${one.name}: ${place.file} "${textOf(Buffer.from(one.files[place.file] ?? '')).slice(place.range.start, place.range.end)}" (${place.by}): ${found.join('; ')}`);
      }
    }
    console.log(`      ${proven} of ${all} values proven`);
    assert.deepEqual(wrong, []);
    assert.ok(proven / all >= 0.98, `${proven} of ${all}`);
  });
});
