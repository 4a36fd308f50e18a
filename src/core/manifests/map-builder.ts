import type { Json, JsonObject } from '../base/json';
import type { Dialect, MapNode, Pair, Range, SourceNode } from './document';
import { EARLIER_LINE, Trouble } from './trouble';

/** Members that `<<` may bring into one document, all maps together. */
export const MAX_MERGED = 50_000;

export interface MergeBudget {
  left: number;
}

/** Collects the pairs of one map in source order and settles which of them count. */
export class MapBuilder {
  readonly #dialect: Dialect;
  readonly #budget: MergeBudget;
  readonly #pairs: (Pair | undefined)[] = [];
  readonly #places = new Map<string, number>();
  /** What `<<` brings in, kept until the end for kustomize. */
  #late: readonly Pair[] | undefined;
  #key: string | undefined;
  #keyRange: Range = { start: 0, end: 0 };
  #isMerge = false;
  readonly warnings: Trouble[] = [];

  constructor(dialect: Dialect, budget: MergeBudget) {
    this.#dialect = dialect;
    this.#budget = budget;
  }

  get expectsKey(): boolean {
    return this.#key === undefined;
  }

  key(key: string, range: Range, isMerge: boolean): void {
    this.#key = key;
    this.#keyRange = range;
    this.#isMerge = isMerge;
  }

  value(node: SourceNode): void {
    const key = this.#key ?? '';
    this.#key = undefined;
    if (this.#isMerge) this.#merge(node);
    else this.#set({ key, keyRange: this.#keyRange, node });
  }

  /** A later key wins for kubectl, and is refused by kustomize. */
  #set(pair: Pair): void {
    const place = this.#places.get(pair.key);
    const earlier = place === undefined ? undefined : this.#pairs[place];
    if (place !== undefined && earlier) {
      if (!earlier.merged && !pair.merged) {
        const { start, end } = pair.keyRange;
        const what = `the key "${pair.key}" is already set on line ${EARLIER_LINE}`;
        if (this.#dialect === 'K3') throw new Trouble(`${what}; kustomize refuses the file`, start, end, earlier.keyRange.start);
        this.warnings.push(new Trouble(`${what}; this one counts`, start, end, earlier.keyRange.start));
      }
      this.#pairs[place] = undefined;
    }
    this.#places.set(pair.key, this.#pairs.length);
    this.#pairs.push(pair);
  }

  /** Where `<<` stands matters to kubectl (it overrides what is above); for kustomize an explicit key always wins. */
  #merge(node: SourceNode): void {
    if (this.#late) throw new Trouble('"<<" is written twice; kustomize refuses the file', this.#keyRange.start, this.#keyRange.end);
    const pairs = mergedPairs(node, this.#budget);
    if (this.#dialect === 'K3') this.#late = pairs;
    else for (const pair of pairs) this.#set(pair);
  }

  build(range: Range, flow: boolean): MapNode {
    for (const pair of this.#late ?? []) if (!this.#places.has(pair.key)) this.#set(pair);
    const pairs = this.#pairs.length === this.#places.size ? (this.#pairs as Pair[]) : this.#pairs.filter(pair => pair !== undefined);
    return { kind: 'map', range, value: objectOf(pairs), flow, pairs };
  }
}

/** The members that `<<: node` brings in; of a list of maps the first that has a key gives it. */
function mergedPairs(node: SourceNode, budget: MergeBudget): readonly Pair[] {
  const target = node.kind === 'alias' ? node.target : node;
  const sources = target.kind === 'list' ? target.items : [node];
  const found = new Map<string, Pair>();
  for (const source of sources) {
    const map = source.kind === 'alias' ? source.target : source;
    if (map.kind !== 'map') throw new Trouble('"<<" takes a map, or a list of maps', node.range.start, Math.max(node.range.end, node.range.start + 1));
    budget.left -= map.pairs.length + 1;
    if (budget.left < 0) throw new Trouble(`its "<<" bring in more than ${MAX_MERGED.toLocaleString('en')} members; it is not read`, node.range.start, node.range.end);
    // What an alias to a list brings in stands at that alias, whatever its items are.
    const at = node.kind === 'alias' ? node.range : source.range;
    for (const pair of map.pairs) if (!found.has(pair.key)) found.set(pair.key, { ...pair, merged: at });
  }
  return [...found.values()];
}

/** A key `__proto__` becomes a member like any other. */
function objectOf(pairs: readonly Pair[]): JsonObject {
  const object: Record<string, Json> = {};
  for (const { key, node } of pairs) {
    if (key === '__proto__') Object.defineProperty(object, key, { value: node.value, enumerable: true, configurable: true, writable: true });
    else object[key] = node.value;
  }
  return object;
}
