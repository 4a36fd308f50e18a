import { fromEntries, isArray, type Json, type JsonArray } from '../base/json';
import { itemKey } from './list-items';
import type { SchemaType } from './schema';
import { fieldType, isAtomic, isEmptyObject, membersOf, shapeOf, UNTYPED, type ListShape, type MapShape } from './shape';

type Side = Json | undefined;

/**
 * The live object with the applied configuration laid over it (structured-merge-diff, `Merge`): nothing is removed, the
 * configuration wins on leaves, lists with keys take the order of the configuration where it says anything. Both sides
 * must have passed `validate`.
 */
export function mergeValues(live: Side, config: Side, type: SchemaType): Side {
  // With values of different makes the configuration's make decides; `null` takes the make of a map.
  const shape = shapeOf(type, config === undefined ? live : config);
  if (shape.kind === 'scalar') return config === undefined ? live : config;
  return shape.kind === 'list' ? mergeLists(live, config, shape) : mergeMaps(live, config, shape);
}

function mergeMaps(live: Side, config: Side, map: MapShape): Side {
  const before = membersOf(live);
  const after = membersOf(config);
  if (isAtomic(map) || ((before === undefined || isEmptyObject(before)) && (after === undefined || isEmptyObject(after)))) return config === undefined ? live : config;
  const out: [string, Json][] = [];
  const put = (name: string, left: Side, right: Side): void => {
    const merged = mergeValues(left, right, fieldType(map, name) ?? UNTYPED);
    if (merged !== undefined) out.push([name, merged]);
  };
  for (const name of Object.keys(before ?? {})) put(name, before?.[name], after !== undefined && Object.hasOwn(after, name) ? after[name] : undefined);
  for (const name of Object.keys(after ?? {})) if (before === undefined || !Object.hasOwn(before, name)) put(name, undefined, after?.[name]);
  return out.length === 0 ? undefined : fromEntries(out);
}

function mergeLists(live: Side, config: Side, list: ListShape): Side {
  const before = isArray(live) ? live : [];
  const after = isArray(config) ? config : [];
  if (isAtomic(list) || (before.length === 0 && after.length === 0)) return config === undefined ? live : config;
  const out = new ListMerge(list, before, after).run();
  return out.length === 0 ? undefined : out;
}

/** One list with keys, as `visitListItems` of structured-merge-diff weaves it. */
class ListMerge {
  readonly #list: ListShape;
  readonly #live: JsonArray;
  readonly #liveKeys: readonly string[];
  readonly #configKeys: readonly string[];
  /** By key; `null` where the live list has the key more than once: such items are not merged into. */
  readonly #liveItems = new Map<string, Json>();
  readonly #configItems = new Map<string, Json>();
  readonly #shared: readonly string[];
  readonly #merged = new Set<string>();
  readonly #out: Json[] = [];
  #nextShared = 0;

  constructor(list: ListShape, live: JsonArray, config: JsonArray) {
    this.#list = list;
    this.#live = live;
    this.#liveKeys = live.map(item => itemKey(list, item) ?? '');
    this.#configKeys = config.map(item => itemKey(list, item) ?? '');
    for (const [i, key] of this.#liveKeys.entries()) this.#liveItems.set(key, this.#liveItems.has(key) ? null : (live[i] ?? null));
    for (const [i, key] of this.#configKeys.entries()) this.#configItems.set(key, config[i] ?? null);
    this.#shared = this.#configKeys.filter(key => this.#liveItems.has(key));
  }

  run(): Json[] {
    let l = 0;
    let c = 0;
    while (l < this.#liveKeys.length || c < this.#configKeys.length) {
      const liveKey = this.#liveKeys[l];
      const configKey = this.#configKeys[c];
      if (liveKey !== undefined && liveKey === configKey) {
        this.#take(liveKey, this.#liveItems.get(liveKey), this.#configItems.get(liveKey));
        this.#nextShared++;
        l++;
        c++;
        continue;
      }
      if (liveKey !== undefined && configKey !== undefined && this.#waits(liveKey)) {
        l++;
        continue;
      }
      if (liveKey !== undefined) {
        if (!this.#configItems.has(liveKey)) {
          this.#put(this.#live[l], undefined);
          l++;
          continue;
        }
        if (this.#merged.has(liveKey)) l++;
      }
      if (configKey !== undefined) {
        this.#take(configKey, this.#liveItems.get(configKey), this.#configItems.get(configKey));
        if (this.#shared[this.#nextShared] === configKey) this.#nextShared++;
        c++;
      }
    }
    return this.#out;
  }

  /** A shared item, but not the one whose turn it is: the configuration's order decides when it comes. */
  #waits(liveKey: string): boolean {
    const next = this.#shared[this.#nextShared];
    return next !== undefined && next !== liveKey && this.#configItems.has(liveKey);
  }

  #take(key: string, live: Side, config: Side): void {
    this.#merged.add(key);
    this.#put(live, config);
  }

  #put(live: Side, config: Side): void {
    const merged = mergeValues(live, config, this.#list.element);
    if (merged !== undefined) this.#out.push(merged);
  }
}
