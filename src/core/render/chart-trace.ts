import { join, posix } from 'node:path';
import { at, fromEntries, isArray, isObject, sameJson, scalarText, type Json, type JsonObject } from '../base/json';
import { stringifyJson } from '../base/json-text';
import type { Path } from '../kube/path';
import type { Manifest, SourceNode } from '../manifests/document';
import { readDocuments } from '../manifests/documents';
import type { ChartObjects, ChartRequest } from './helm-chart';
import { textOf } from './reach';
import { leaves, type Steps } from './sites';
import { pathOf, spotRange } from './spot-range';
import { stepsTo, type ObjectTrace, type SetPlace, type Traced } from './trace';
import { keyOf } from './tracer';
import { mergedMaps } from './value-maps';

/** Values that are changed at once; of larger charts the first ones. */
const MOST = 5_000;
/** Values that are changed one by one where all at once renders something else. */
const MOST_ALONE = 20;

export interface ChartTraceParts {
  readonly request: ChartRequest;
  /** Everything that was given to Helm, by path from the top of the tree. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Value files that together take the place of the chart's own. */
  readonly defaults: readonly string[];
  /** Where a value that is given in no file stands, below `spec` of the controller's own object; `undefined`: nowhere. */
  readonly given: (steps: Steps) => Path | undefined;
  readonly manifests: readonly Manifest[];
  /** Absolute path of the tree. */
  readonly top: string;
  /** Renders the same chart with these values over all others. */
  readonly render: (request: ChartRequest) => Promise<ChartObjects>;
}

/** A value that is given to the chart, and where. The last that gives it counts. */
interface Given {
  readonly steps: Steps;
  readonly value: string | number;
  readonly place: SetPlace;
}

interface Marked extends Given {
  /** What stands in its place. */
  readonly mark: string | number;
  /** What of it is looked for in what comes out. */
  readonly token: string;
}

/**
 * Which value sets which field: each is changed to something that nothing else is, the chart is rendered again, and where that comes
 * out, it sets the field. What comes out nowhere (truths, sizes, what is only compared) is told at the template, as before.
 */
export async function chartTrace(parts: ChartTraceParts): Promise<ReadonlyMap<Manifest, ObjectTrace>> {
  const { manifests } = parts;
  const [given, values] = givenValues(parts);
  const before = manifests.map(({ object }) => stringifyJson(object)).join('\n');
  const marked = given.slice(0, MOST).map((one, i): Marked => ({ ...one, ...markOf(one.value, i, before) }));
  const found = manifests.map(() => new Map<string, Marked[]>());
  if (!(await look(parts, values, marked, found))) for (const one of marked.slice(0, MOST_ALONE)) await look(parts, values, [one], found);
  return new Map(manifests.map((manifest, i) => [manifest, new ChartObjectTrace(manifest.object, found[i] ?? new Map<string, Marked[]>())]));
}

/** A number stays one, of the length at which Go does not write it with an exponent. */
function markOf(value: string | number, i: number, before: string): Pick<Marked, 'mark' | 'token'> {
  if (typeof value === 'string') return { mark: `${value}zq${i}qz`, token: `zq${i}qz` };
  let mark = 700_001 + i;
  while (before.includes(String(mark))) mark += MOST;
  return { mark, token: String(mark) };
}

const TOKENS = /zq\d+qz|\d{6}/g;

/** False: with these changed other objects come out. */
async function look({ request, manifests, render }: ChartTraceParts, values: JsonObject, marked: readonly Marked[], found: readonly Map<string, Marked[]>[]): Promise<boolean> {
  if (marked.length === 0) return true;
  const own = new Set(marked.map(({ steps }) => steps.join('.')));
  const over = withMarks(values, new Map(marked.map(({ steps, mark }) => [keyOf(steps), mark])), []);
  const again = await render({ ...request, skipSchema: true, set: request.set.filter(({ name }) => !own.has(name)), values: [...request.values, { kind: 'text', text: stringifyJson(over) }] });
  if (again.kind === 'failed' || again.manifests.length !== manifests.length || again.manifests.some(({ ref }, i) => ref.kind !== manifests[i]?.ref.kind)) return false;
  const byToken = new Map(marked.map(one => [one.token, one]));
  for (const [i, manifest] of again.manifests.entries()) {
    for (const [steps, leaf] of leaves(manifest.object)) {
      // The end of a text is what changes most: of an image its version.
      const setters = [...scalarText(leaf).matchAll(TOKENS)].flatMap(([token]) => byToken.get(token) ?? []).reverse();
      const key = keyOf(steps);
      if (setters.length > 0 && at(manifests[i]?.object, ...steps) !== undefined) found[i]?.set(key, [...new Set([...setters, ...(found[i].get(key) ?? [])])]);
    }
  }
  return true;
}

function withMarks(value: Json, marks: ReadonlyMap<string, Json>, steps: Steps): Json {
  const mark = marks.get(keyOf(steps));
  if (mark !== undefined) return mark;
  if (isArray(value)) return value.map((item, i) => withMarks(item, marks, [...steps, i]));
  return isObject(value) ? fromEntries(Object.entries(value).map(([key, item]) => [key, withMarks(item, marks, [...steps, key])])) : value;
}

interface Layer {
  readonly values: JsonObject;
  readonly placeOf: (steps: Steps) => SetPlace | undefined;
}

/** Every text and number that the chart is given, with the last place that gives it, and all values as Helm merges them. */
function givenValues({ request, files, defaults, given, top }: ChartTraceParts): readonly [readonly Given[], JsonObject] {
  const { folder } = request;
  const fileLayer = (file: string, below: Steps = []): Layer[] => {
    const text = textOf(files.get(file) ?? new Uint8Array());
    const root: SourceNode | undefined = readDocuments(text, 'K2')[0]?.root;
    const values = root?.value;
    if (!root || !isObject(values)) return [];
    const placeOf = (steps: Steps): SetPlace => ({ kind: 'file', by: 'values', file: join(top, file), range: spotRange({ kind: 'yaml', file, document: 0, path: steps.slice(below.length) }, [root], text, undefined), text });
    return [{ values: below.reduceRight<JsonObject>((inner, step) => ({ [String(step)]: inner }), values), placeOf }];
  };
  const outside = (steps: Steps): SetPlace | undefined => {
    const path = given(steps);
    return path && { kind: 'spec', by: 'values', path };
  };
  const charts = posix.join(folder, 'charts/');
  const inside = [...files.keys()].flatMap(file => (file.startsWith(charts) && /^[^/]+\/values\.yaml$/.test(file.slice(charts.length)) ? fileLayer(file, [file.slice(charts.length).split('/')[0] ?? '']) : []));
  const own = defaults.length > 0 ? defaults.flatMap(file => fileLayer(file)) : fileLayer(posix.join(folder, 'values.yaml'));
  const later = request.values.flatMap((value): Layer[] => {
    if (value.kind === 'file') return fileLayer(value.path);
    const values = readDocuments(value.text, 'K2')[0]?.root?.value;
    return isObject(values) ? [{ values, placeOf: outside }] : [];
  });
  const last = new Map<string, Layer>();
  let merged: JsonObject = {};
  for (const layer of [...inside, ...own, ...later]) {
    merged = mergedMaps(merged, layer.values);
    for (const [steps] of leaves(layer.values)) last.set(keyOf(steps), layer);
  }
  const set = new Set(request.set.map(({ name }) => name));
  for (const { name, value, asText } of request.set) {
    // Indexes and escapes have rules of their own.
    if (PLAIN_NAME.test(name)) merged = mergedMaps(merged, name.split('.').reduceRight<JsonObject>((inner, step, i, all) => ({ [step]: i === all.length - 1 ? (asText || !/^[1-9]\d*$/.test(value) ? value : Number(value)) : inner }), {}));
  }
  const found = [...leaves(merged)].flatMap(([steps, value]): Given[] => {
    if ((typeof value !== 'string' && typeof value !== 'number') || value === '') return [];
    const layer = last.get(keyOf(steps));
    const place = set.has(steps.join('.')) ? outside(steps) : layer?.placeOf(steps);
    return place ? [{ steps, value, place }] : [];
  });
  return [found, merged];
}

const PLAIN_NAME = /^[\w-]+(?:\.[\w-]+)*$/;

class ChartObjectTrace implements ObjectTrace {
  readonly #object: JsonObject;
  /** By path of a leaf (`keyOf`). */
  readonly #found: ReadonlyMap<string, readonly Marked[]>;

  constructor(object: JsonObject, found: ReadonlyMap<string, readonly Marked[]>) {
    this.#object = object;
    this.#found = found;
  }

  at(path: Path): Traced | undefined {
    const steps = stepsTo(this.#object, path);
    const value = steps && at(this.#object, ...steps);
    if (!steps || value === undefined) return undefined;
    const parts = [...leaves(value, steps)].map(([below, leaf]) => this.#leaf(below, leaf));
    const [first] = parts;
    if (parts.length === 1) return first;
    const known = parts.flatMap(part => part ?? []);
    const places = known.flatMap(part => part.places);
    return places.length === 0 ? undefined : { places, certain: known.length === parts.length, whole: false, oneOf: [] };
  }

  *all(): Iterable<readonly [Path, Traced]> {
    for (const [steps, value] of leaves(this.#object)) {
      const traced = this.#leaf(steps, value);
      if (traced) yield [pathOf(steps), traced];
    }
  }

  #leaf(steps: Steps, value: Json): Traced | undefined {
    const found = this.#found.get(keyOf(steps));
    const [first] = found ?? [];
    return found && first && { places: found.map(({ place }) => place), certain: true, whole: found.length === 1 && sameJson(first.value, value), oneOf: [] };
  }
}

/** The same of objects that something was done to afterwards (`made` of `from`, by `idOf`): what it changed is set by that. */
export function afterwards(traces: ReadonlyMap<Manifest, ObjectTrace>, from: readonly Manifest[], made: readonly Manifest[], idOf: (manifest: Manifest) => string): ReadonlyMap<Manifest, ObjectTrace> {
  const before = new Map(from.map(manifest => [idOf(manifest), manifest]));
  return new Map(made.flatMap(manifest => {
    const origin = before.get(idOf(manifest));
    const trace = origin && traces.get(origin);
    if (!trace) return [];
    const same = (path: Path): boolean => {
      const [own, its] = [stepsTo(manifest.object, path), stepsTo(origin.object, path)];
      return own !== undefined && its !== undefined && sameJson(at(manifest.object, ...own), at(origin.object, ...its));
    };
    return [[manifest, { at: (path: Path) => (same(path) ? trace.at(path) : undefined), all: () => [...trace.all()].filter(([path]) => same(path)) }] as const];
  }));
}
