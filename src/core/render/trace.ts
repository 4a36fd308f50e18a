import { join } from 'node:path';
import { isArray, isObject, sameJson, type Json } from '../base/json';
import type { Path } from '../kube/path';
import type { Manifest, Range, SourceNode } from '../manifests/document';
import { commonKeyFallback } from '../manifests/locate';
import { leaves, type Inner, type Part, type SetBy, type Site, type Spot, type Steps } from './sites';
import { pathOf, spotRange } from './spot-range';
import { keyOf, type RootEffects } from './tracer';

/** A place that sets a value, or part of it. */
export type SetPlace =
  | { readonly kind: 'file'; readonly by: SetBy; /** Absolute path. */ readonly file: string; readonly range: Range; /** What the range counts in. */ readonly text: string }
  /** In the controller's own object: a field below `spec`, in the API server's notation, or what stands in its text. */
  | { readonly kind: 'spec'; readonly by: SetBy; readonly path: Path; readonly inner?: Inner; readonly part?: Part }
  /** A variable of the controller's, whoever gives its value. */
  | { readonly kind: 'variable'; readonly by: SetBy; readonly name: string };

export interface Traced {
  /** The first is the one to look at. */
  readonly places: readonly SetPlace[];
  /** Proven: a change of each place changes the value, and nothing else gives it. */
  readonly certain: boolean;
  /** The value stands at the first place as it is, and nowhere else. */
  readonly whole: boolean;
  /** Where it cannot be told: the files that may set it. */
  readonly oneOf: readonly string[];
}

/** The places that set the values of one rendered object. */
export interface ObjectTrace {
  /** `undefined` for a path that the rendered object does not have. `live` chooses the line of a text of several. */
  at(path: Path, live?: Json): Traced | undefined;
  /** Every value, in order. */
  all(): Iterable<readonly [Path, Traced]>;
}

/** The file's text, and where the object that was rendered is written. */
export interface TraceSources {
  readonly effects: RootEffects;
  readonly index: number;
  /** As rendered; `root`, `file` and `document` are those of its origin. */
  readonly manifest: Manifest;
  /** The origin's file, from the top of the tree. */
  readonly file: string;
  readonly textOf: (file: string) => string;
  /** Absolute path of the tree. */
  readonly top: string;
  /** Where that of the controller's object which is built with stands below `spec`. */
  readonly at: Steps;
}

interface Ranked {
  readonly site: Site;
  readonly by: SetBy;
}

export class RenderedTrace implements ObjectTrace {
  readonly #from: TraceSources;

  constructor(from: TraceSources) {
    this.#from = from;
  }

  at(path: Path, live?: Json): Traced | undefined {
    const { object } = this.#from.manifest;
    const steps = stepsTo(object, path);
    if (!steps) return undefined;
    const value = steps.reduce<Json | undefined>((here, step) => (typeof step === 'number' ? (isArray(here) ? here[step] : undefined) : isObject(here) ? here[step] : undefined), object);
    if (value === undefined) return undefined;
    const below = [...leaves(value, steps)];
    const [only] = below;
    if (below.length === 1 && only?.[0].length === steps.length) return this.#leaf(steps, value, live);
    return this.#container(steps, below);
  }

  *all(): Iterable<readonly [Path, Traced]> {
    for (const [steps, value] of leaves(this.#from.manifest.object)) yield [pathOf(steps), this.#leaf(steps, value, undefined)];
  }

  #leaf(steps: Steps, value: Json, live: Json | undefined): Traced {
    const part = typeof value === 'string' && typeof live === 'string' ? otherPart(value, live) : undefined;
    const all = this.#sites(steps, part);
    // What gives only the part in which nothing differs has nothing to do with it.
    const having = all.filter(({ site: { image } }) => part === undefined || image === undefined || image === part);
    const ranked = having.length > 0 ? having : all;
    const [first] = ranked;
    if (!first) return this.#guess(steps, value, live);
    const whole = ranked.length === 1 && sameJson(first.site.value, value);
    return { places: [...ranked.map(({ site, by }) => this.#place(site.spot, by, live)), ...this.#copiesTo(steps, ranked)], certain: true, whole, oneOf: [] };
  }

  /** What put it there from elsewhere in the object. */
  #copiesTo(steps: Steps, ranked: readonly Ranked[]): SetPlace[] {
    if (ranked.every(({ site: { by, spot } }) => by !== 'document' || spot.kind !== 'yaml' || isAt(spot.path, steps))) return [];
    const names = namesIn(steps);
    return this.#from.effects.root.copies.filter(({ target }) => target.length > 0 && target.every((name, i) => names[i] === name)).map(({ spot }) => this.#place(spot, 'patch', undefined));
  }

  /** A map or list: its key where the first of what it holds is set, if all of it is in that file. */
  #container(steps: Steps, below: readonly (readonly [Steps, Json])[]): Traced {
    const parts = below.map(([path, value]) => this.#leaf(path, value, undefined));
    const inner = below[0]?.[0].slice(steps.length) ?? [];
    const main = parts[0]?.places[0];
    const spot = this.#sites(below[0]?.[0] ?? steps)[0]?.site.spot;
    const cut = spot?.kind === 'yaml' && main?.kind === 'file' ? without(spot, inner) : undefined;
    const first = cut && main ? this.#place(cut, main.by, undefined) : main;
    const others = parts.flatMap(({ places }) => places).filter(place => main !== undefined && !sameFile(place, main));
    const distinct = others.filter((place, i) => others.findIndex(other => sameFile(place, other)) === i);
    return { places: first ? [first, ...distinct] : [], certain: parts.every(({ certain }) => certain), whole: false, oneOf: [...new Set(parts.flatMap(({ oneOf }) => oneOf))] };
  }

  /** Of an image this part matters most. */
  #sites(steps: Steps, part: 'name' | 'version' = 'version'): Ranked[] {
    const sites = joined(this.#from.effects.objects[this.#from.index]?.sites.get(keyOf(steps)) ?? []);
    const substituted = sites.some(({ by }) => by === 'substitute');
    const order = (site: Site, by: SetBy): number => rank(site, by) - (site.image === part ? 50 : 0);
    return sites.map(site => ({ site, by: substituted ? 'substitute' : this.#by(site, steps) } as const)).sort((a, b) => order(a.site, a.by) - order(b.site, b.by));
  }

  /** A field of another object than the one it is written in was copied there. */
  #by({ by, spot }: Site, steps: Steps): SetBy {
    if (by !== 'document' || spot.kind !== 'yaml' || isAt(spot.path, steps)) return by;
    const names = namesIn(steps);
    return this.#from.effects.root.copies.some(({ target }) => target.every((name, i) => names[i] === name)) ? by : 'replacement';
  }

  /**
   * What was not found by changing places: the same value at the same place of the origin, which something may have passed over. It
   * is that place if nothing else is left that could be it.
   */
  #guess(steps: Steps, value: Json, live: Json | undefined): Traced {
    const { manifest, file, textOf, effects, top, index } = this.#from;
    const node = nodeAt(manifest.root, steps);
    const kind = steps.length === 1 && (steps[0] === 'kind' || steps[0] === 'apiVersion') && effects.root.kindsStay;
    const written = node !== undefined && sameJson(node.value, value);
    const untested = effects.objects[index]?.untested ?? [];
    const rivals = untested.filter(site => site.by !== 'document' && sameJson(site.value, value) && !isElsewhere(site, steps));
    const own = untested.some(({ by, spot }) => by === 'document' && spot.kind === 'yaml' && spot.file === file && isAt(spot.path, steps));
    const certain = written && (kind || (own && rivals.length === 0 && !effects.root.copying));
    const text = textOf(file);
    const range = spotRange({ kind: 'yaml', file, document: 0, path: steps }, [manifest.root], text, live);
    return { places: [{ kind: 'file', by: 'document', file: join(top, file), range, text }], certain, whole: false, oneOf: certain ? [] : effects.root.maySet.map(other => join(top, other)) };
  }

  #place(spot: Spot, by: SetBy, live: Json | undefined): SetPlace {
    if (spot.kind === 'spec') return { kind: 'spec', by, path: pathOf([...this.#from.at, ...spot.path]), ...(spot.inner && { inner: spot.inner }), ...(spot.part && { part: spot.part }) };
    if (spot.kind === 'variable') return { kind: 'variable', by, name: spot.name };
    const { effects, textOf, top } = this.#from;
    const text = textOf(spot.file);
    return { kind: 'file', by, file: join(top, spot.file), range: spotRange(spot, effects.root.documents.get(spot.file) ?? [], text, live), text };
  }
}

/** What is applied last is looked at first; a reference is set where it is written, whatever completes it. */
const ORDER: readonly SetBy[] = ['images', 'replicas', 'replacement', 'patch', 'substitute', 'generator', 'document', 'transformer'];

const rank = ({ spot }: Site, by: SetBy): number => ORDER.indexOf(by) + (spot.kind === 'variable' ? 100 : 0);

/** Both parts of one image are the whole. */
function joined(sites: readonly Site[]): readonly Site[] {
  const key = ({ spot }: Site): string => JSON.stringify(withoutPart(spot));
  const parts = new Map<string, Site[]>();
  for (const site of sites) parts.set(key(site), [...(parts.get(key(site)) ?? []), site]);
  return [...parts.values()].flatMap(([first, ...more]): Site[] => {
    if (!first || more.length === 0) return first ? [first] : [];
    const { by, round, value, marked } = first;
    return [{ by, round, value, marked, spot: withoutPart(first.spot) }];
  });
}

function withoutPart(spot: Spot): Spot {
  if ((spot.kind !== 'yaml' && spot.kind !== 'spec') || !spot.part) return spot;
  const { path, inner } = spot;
  const below = inner ? { inner } : {};
  return spot.kind === 'spec' ? { kind: 'spec', path, ...below } : { kind: 'yaml', file: spot.file, document: spot.document, path, ...below };
}

const namesIn = (path: Steps): readonly string[] => path.filter(step => typeof step === 'string');

/** A document, or an item of a list of them, has this path; list items are not told apart. */
function isAt(written: Steps, steps: Steps): boolean {
  const [own, other] = [namesIn(written), namesIn(steps)];
  return other.every((name, i) => own[own.length - other.length + i] === name);
}

/** A patch that is found by a name of its own: that stands at another field. */
function isElsewhere({ by, round, spot }: Site, steps: Steps): boolean {
  if (by !== 'patch' || round !== 'named' || spot.kind !== 'yaml') return false;
  const last = namesIn(spot.inner?.path ?? spot.path).at(-1);
  // The value of a JSON 6902 operation goes where its pointer says.
  return last !== 'value' && last !== namesIn(steps).at(-1);
}

/** The one part in which two images differ. */
function otherPart(image: string, other: string): 'name' | 'version' | undefined {
  const nameIn = (text: string): string => text.slice(0, text.length - (/[:@][^/]*$/.exec(text)?.[0].length ?? 0));
  const [own, its] = [nameIn(image), nameIn(other)];
  const same = image.slice(own.length) === other.slice(its.length);
  return (own === its) === same ? undefined : same ? 'name' : 'version';
}

/** The spot of the container, where what it holds is written in the same order of steps. */
function without<T extends Extract<Spot, { readonly kind: 'yaml' }>>(spot: T, inner: Steps): T | undefined {
  const path = spot.inner?.path ?? spot.path;
  const tail = path.slice(path.length - inner.length);
  if (path.length <= inner.length || !tail.every((step, i) => step === inner[i])) return undefined;
  const cut = path.slice(0, path.length - inner.length);
  return spot.inner ? { ...spot, inner: { ...spot.inner, path: cut } } : { ...spot, path: cut };
}

const sameFile = (a: SetPlace, b: SetPlace): boolean => (a.kind === 'file' ? b.kind === 'file' && a.file === b.file : a.kind === b.kind);

function nodeAt(root: SourceNode, steps: Steps): SourceNode | undefined {
  let here: SourceNode | undefined = root;
  for (const step of steps) {
    const node: SourceNode | undefined = here?.kind === 'alias' ? here.target : here;
    here = node?.kind === 'map' ? node.pairs.find(({ key }) => key === step)?.node : node?.kind === 'list' && typeof step === 'number' ? node.items[step] : undefined;
  }
  return here;
}

/** The same way with list items by their index; `undefined` where the object has no such place. */
export function stepsTo(object: Json, path: Path): Steps | undefined {
  const steps: (string | number)[] = [];
  let here: Json | undefined = object;
  for (const element of path) {
    if (element.kind === 'field') {
      if (!isObject(here) || !Object.hasOwn(here, element.name)) return undefined;
      steps.push(element.name);
      here = here[element.name];
      continue;
    }
    if (!isArray(here)) return undefined;
    const index = here.findIndex((item, i) => {
      if (element.kind === 'index') return i === element.index;
      if (element.kind === 'value') return sameJson(item, element.value);
      return element.fields.every(([name, wanted]) => sameJson((isObject(item) ? item[name] : undefined) ?? commonKeyFallback(name, []), wanted));
    });
    if (index < 0) return undefined;
    steps.push(index);
    here = here[index];
  }
  return steps;
}
