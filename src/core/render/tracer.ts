import { isArray, isObject, sameJson, scalarText, type Json, type JsonObject } from '../base/json';
import { marked } from './marking';
import { rootSites, type RootSites } from './root-sites';
import type { Round } from './rounds';
import type { RootRequest } from './root-request';
import type { Site, Steps } from './sites';
import { tokenOf, tokensIn, withoutTokens } from './tokens';

/** What changing places one by one, or many at once, has shown of one rendered object. */
export interface Effects {
  /** By path of a leaf (`keyOf`): the places that its value is made from. */
  readonly sites: ReadonlyMap<string, readonly Site[]>;
  /** Places of which it is not known what they do to this object. */
  readonly untested: readonly Site[];
}

export interface RootEffects {
  /** One for each rendered object, in order. */
  readonly objects: readonly Effects[];
  readonly root: RootSites;
}

export const keyOf = (path: Steps): string => JSON.stringify(path);

/** Builds for one root, beyond which what is not known stays so. */
const MAX_BUILDS = 40;
const ROUNDS: readonly Round[] = ['value', 'key', 'name'];

/** Builds once more; `undefined`: kustomize would not. */
type Build = (request: RootRequest) => Promise<readonly JsonObject[] | undefined>;

/**
 * Which places set which values, by changing the places in memory and building again: a value that comes out changed was made
 * there. Places that decide nothing are changed all at once, each to a text of its own; where the build then goes another way,
 * fewer at a time. `objects` are what the request builds.
 */
export async function effectsOf(request: RootRequest, from: Parameters<typeof rootSites>[0], objects: readonly JsonObject[], build: Build): Promise<RootEffects> {
  const root = rootSites(from, request);
  const trial = new Trial(request, root, objects, build);
  for (const round of ROUNDS) await trial.change(root.sites.filter(site => site.round === round), new Set(objects.keys()));
  const never = root.sites.filter(({ round }) => round === 'named');
  return { objects: trial.found.map((sites, i) => ({ sites, untested: [...never, ...(trial.open[i] ?? [])] })), root };
}

class Trial {
  readonly found: readonly Map<string, Site[]>[];
  /** By object: places that were changed in vain. */
  readonly open: readonly Site[][];
  readonly #request: RootRequest;
  readonly #root: RootSites;
  readonly #objects: readonly JsonObject[];
  readonly #build: Build;
  readonly #names: ReadonlyMap<string, number>;
  #left = MAX_BUILDS;

  constructor(request: RootRequest, root: RootSites, objects: readonly JsonObject[], build: Build) {
    this.#request = request;
    this.#root = root;
    this.#objects = objects;
    this.#build = build;
    this.#names = namesOf(objects);
    this.found = objects.map(() => new Map());
    this.open = objects.map(() => []);
  }

  /** Looks at `wanted` objects only: of the others these places have shown what they do. */
  async change(sites: readonly Site[], wanted: ReadonlySet<number>): Promise<void> {
    if (sites.length === 0) return;
    if (this.#left === 0) {
      this.#leave(sites, wanted);
      return;
    }
    this.#left--;
    const built = await this.#build(marked(this.#request, this.#root, sites.map((site, i) => [site, tokenOf(i)] as const)));
    const open = built ? this.#compare(built, sites, wanted) : wanted;
    if (open.size === 0) return;
    if (sites.length === 1) {
      this.#leave(sites, open);
      return;
    }
    const middle = sites.length >> 1;
    await this.change(sites.slice(0, middle), open);
    await this.change(sites.slice(middle), open);
  }

  #leave(sites: readonly Site[], objects: ReadonlySet<number>): void {
    for (const i of objects) this.open[i]?.push(...sites);
  }

  /** The objects that came out with another shape, or not at all: what changed in them cannot be told. */
  #compare(built: readonly JsonObject[], sites: readonly Site[], wanted: ReadonlySet<number>): ReadonlySet<number> {
    const open = new Set(wanted);
    const names = namesOf(built);
    for (const [name, i] of this.#names) {
      const other = built[names.get(name) ?? -1];
      const object = this.#objects[i];
      const seen = wanted.has(i) && object && other ? differences(object, other) : undefined;
      if (!seen) continue;
      open.delete(i);
      for (const [path, tokens] of seen) {
        const here = this.found[i]?.get(path) ?? [];
        for (const token of tokens) {
          const site = sites[token];
          if (site && !here.includes(site)) here.push(site);
        }
        if (here.length > 0) this.found[i]?.set(path, here);
      }
    }
    return open;
  }
}

/** The tokens in each leaf that differs; `undefined` where the two do not have the same leaves. */
function differences(object: JsonObject, other: JsonObject): ReadonlyMap<string, readonly number[]> | undefined {
  const found = new Map<string, readonly number[]>();
  const same = (a: Json, b: Json | undefined, path: Steps): boolean => {
    if (isArray(a) && a.length > 0) return isArray(b) && a.length === b.length && a.every((item, i) => same(item, b[i], [...path, i]));
    if (isObject(a) && Object.keys(a).length > 0) return isObject(b) && Object.keys(b).length === Object.keys(a).length && Object.entries(a).every(([key, item]) => Object.hasOwn(b, key) && same(item, b[key], [...path, key]));
    if (b === undefined) return false;
    const tokens = sameJson(a, b) ? [] : tokensIn(b);
    // A container in place of a value, or the other way round, unless it is one of ours.
    if (tokens.length === 0 && isContainer(a) !== isContainer(b)) return false;
    if (tokens.length > 0) found.set(keyOf(path), tokens);
    return true;
  };
  return same(object, other, []) ? found : undefined;
}

const isContainer = (value: Json): boolean => typeof value === 'object' && value !== null;

/** Objects by what they are called, tokens and hashes aside; none of those that share a name. */
function namesOf(objects: readonly JsonObject[]): ReadonlyMap<string, number> {
  const all = new Map<string, number[]>();
  for (const [i, object] of objects.entries()) {
    const metadata = isObject(object['metadata']) ? object['metadata'] : {};
    const name = withoutTokens(scalarText(metadata['name']));
    const plain = object['kind'] === 'ConfigMap' || object['kind'] === 'Secret' ? name.replace(/-[a-z0-9]{10}$/, '') : name;
    const key = JSON.stringify([object['apiVersion'], object['kind'], withoutTokens(scalarText(metadata['namespace'])), plain]);
    all.set(key, [...(all.get(key) ?? []), i]);
  }
  return new Map([...all].flatMap(([key, [i, ...more]]): [string, number][] => (i === undefined || more.length > 0 ? [] : [[key, i]])));
}
