import assert from 'node:assert/strict';
import { isObject, member, textAt, type Json, type JsonObject } from '../../../src/core/base/json';
import { stringifyJson } from '../../../src/core/base/json-text';
import { systemClock } from '../../../src/core/base/clock';
import { formatPath } from '../../../src/core/kube/path';
import { parseManifests } from '../../../src/core/manifests/parse';
import { KustomizeRenderer } from '../../../src/core/render/kustomize';
import { Foresight } from '../../../src/core/render/foresight';
import { printedObjects, toldSource } from '../../../src/core/render/provenance';
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

const SEEDS = 8;
/** Where more than prefixes and suffixes may have changed what a thing is called. */
const LEFT_TO_KUSTOMIZE = ['patch: name and kind may change', 'patch: an object takes the name of one that is deleted', 'builtin generators and transformers as files, inline and in a folder'];
const ORIGIN_SEEDS = 40;
const { signal } = new AbortController();

type Place = Extract<SetPlace, { readonly kind: 'file' }>;

interface Field {
  readonly object: string;
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

  const objectsOf = async ({ files, root }: Case): Promise<readonly JsonObject[] | undefined> => {
    const rendered = await renderer.render(memoryTree(files), root, {}, signal);
    return rendered.kind === 'rendered' ? parseManifests('', rendered.yaml, 'K2').manifests.map(({ object }) => object) : undefined;
  };

  async function fieldsOf(one: Case): Promise<readonly Field[]> {
    const rendered = await renderer.render(memoryTree(one.files), one.root, {}, signal);
    if (rendered.kind === 'failed') return [];
    const effects = await renderer.effects(rendered, signal);
    return (await attribution.of(rendered, '', signal)).flatMap(from => {
      const trace = new RenderedTrace({ ...from, effects, textOf: file => textOf(rendered.request.files.get(file) ?? new Uint8Array()), top: '' });
      return [...leaves(from.manifest.object)].filter(([path]) => !isName(path) && !isRecord(path)).map(([path, value]): Field => {
        const traced = trace.at(pathOf(path));
        assert.ok(traced, `${one.name}: ${from.manifest.ref.name} ${formatPath(pathOf(path))}`);
        return { object: nameOf(from.manifest.object), path: stringifyJson(path), value: stringifyJson(value), traced };
      });
    });
  }

  /** What is wrong with the claim that this place sets those fields; empty: it is true. */
  async function refuted(one: Case, fields: readonly Field[], place: Place, of: readonly Field[]): Promise<readonly string[]> {
    const content = one.files[place.file] ?? '';
    const text = typeof content === 'string' ? content : textOf(content);
    const objects = await objectsOf({ ...one, files: { ...one.files, [place.file]: edited(text, place.range) } });
    if (!objects) return ['it cannot be built any more'];
    const after = new Map(objects.map(object => [nameOf(object), object]));
    const generated = new Set(objects.filter(({ kind }) => kind === 'ConfigMap' || kind === 'Secret').map(object => unhashed(textAt(object, 'metadata', 'name') ?? '')));
    return fields.flatMap(({ object, path, value, traced }) => {
      const now = (JSON.parse(path) as (string | number)[]).reduce<Json | undefined>((here, step) => (Array.isArray(here) ? (here as readonly Json[])[Number(step)] : isObject(here) ? member(here, String(step)) : undefined), after.get(object));
      const text2 = now === undefined ? '' : stringifyJson(now);
      const claimed = traced.places.some(other => other.kind === 'file' && other.file === place.file && other.range.start === place.range.start && other.range.end === place.range.end);
      const follows = generated.has(unhashed(value.slice(1, -1)));
      // A reference is looked up by its kind, too: with another kind its name is no longer completed.
      const refers = path.endsWith('"name"]') && of.some(other => other.object === object && /"(?:kind|apiGroup)"\]$/.test(other.path) && other.path.replace(/"\w+"\]$/, '') === path.replace(/"\w+"\]$/, ''));
      if (claimed && traced.certain && text2 === value) return [`${object} ${path} did not change`];
      return !claimed && text2 !== value && !follows && !refers ? [`${object} ${path} changed, too: ${value} to ${text2}`] : [];
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

  it('a change of the place changes that field and no other one', async function () {
    this.timeout(10 * 60_000);
    let [all, proven] = [0, 0];
    const wrong: string[] = [];
    for (const one of [...FEATURES, ...Array.from({ length: SEEDS }, (_, seed) => randomRoot(seed))]) {
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
