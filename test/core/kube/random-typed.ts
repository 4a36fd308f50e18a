import { fromEntries, isArray, isObject, type Json, type JsonObject } from '../../../src/core/base/json';
import type { ListKey, SchemaType } from '../../../src/core/kube/schema';

/** Seeded numbers (mulberry32): a failing case is found again by its seed. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = Math.imul(seed + 1, 0x9e3779b1) >>> 0;
  }

  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * limit;
  }

  int(limit: number): number {
    return Math.floor(this.below(limit));
  }

  chance(percent: number): boolean {
    return this.below(100) < percent;
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.int(items.length)];
    if (item === undefined) throw new Error('nothing to pick from');
    return item;
  }
}

export const DEDUCED: SchemaType = { kind: 'deduced' };
const UNTYPED: SchemaType = { kind: 'scalar', scalar: 'untyped' };
const SCALARS = ['string', 'boolean', 'numeric', 'quantity'] as const;
const NAMES = ['a', 'b', 'c', 'd', '__proto__', 'constructor'] as const;

export function randomSchema(random: Random): SchemaType {
  return randomMap(random, 3, false);
}

function randomType(random: Random, depth: number): SchemaType {
  if (depth <= 0 || random.chance(30)) return random.chance(12) ? DEDUCED : random.chance(12) ? UNTYPED : { kind: 'scalar', scalar: random.pick(SCALARS) };
  return random.chance(45) ? randomList(random, depth) : randomMap(random, depth, random.chance(15));
}

function randomMap(random: Random, depth: number, atomic: boolean): SchemaType {
  const fields = new Map<string, SchemaType>();
  if (random.chance(80)) for (const name of NAMES) if (random.chance(name.length > 1 ? 10 : 65)) fields.set(name, randomType(random, depth - 1));
  const open = fields.size === 0 || random.chance(25);
  return { kind: 'map', mode: atomic ? 'atomic' : 'granular', fields, element: open ? randomType(random, depth - 1) : undefined };
}

function randomList(random: Random, depth: number): SchemaType {
  const form = random.int(4);
  if (form === 0) return { kind: 'list', mode: 'atomic', element: randomType(random, depth - 1) };
  if (form === 1) return { kind: 'list', mode: 'set', element: { kind: 'scalar', scalar: random.pick(['string', 'numeric', 'boolean']) } };
  const item = randomMap(random, depth - 1, random.chance(10));
  const fields = new Map(item.kind === 'map' ? item.fields : []);
  const keys: ListKey[] = [];
  for (const name of random.chance(70) ? ['k'] : ['p', 'k']) {
    const numeric = random.chance(40);
    fields.set(name, { kind: 'scalar', scalar: numeric ? 'numeric' : 'string' });
    keys.push({ name, fallback: random.chance(30) ? (numeric ? 1 : 'x') : undefined });
  }
  return { kind: 'list', mode: 'map', keys, element: { kind: 'map', mode: item.kind === 'map' && item.mode === 'atomic' ? 'atomic' : 'granular', fields, element: item.kind === 'map' ? item.element : undefined } };
}

/** The schema as structured-merge-diff reads it: YAML, of which JSON is a part. */
export function schemaText(schema: SchemaType): string {
  const types = [
    { name: 'root', ...atomOf(schema, []) },
    { name: '__untyped_atomic_', scalar: 'untyped', list: { elementType: { namedType: '__untyped_atomic_' }, elementRelationship: 'atomic' }, map: { elementType: { namedType: '__untyped_atomic_' }, elementRelationship: 'atomic' } },
    { name: '__untyped_deduced_', scalar: 'untyped', list: { elementType: { namedType: '__untyped_atomic_' }, elementRelationship: 'atomic' }, map: { elementType: { namedType: '__untyped_deduced_' }, elementRelationship: 'separable' } },
  ];
  return JSON.stringify({ types });
}

function atomOf(type: SchemaType, keys: readonly ListKey[]): object {
  switch (type.kind) {
    case 'deduced':
      return { namedType: '__untyped_deduced_' };
    case 'scalar':
      if (type.scalar === 'untyped') return { namedType: '__untyped_atomic_' };
      return { scalar: type.scalar === 'string' || type.scalar === 'boolean' || type.scalar === 'numeric' ? type.scalar : 'untyped' };
    case 'list':
      return {
        list: {
          elementType: atomOf(type.element, type.mode === 'map' ? type.keys : []),
          elementRelationship: type.mode === 'atomic' ? 'atomic' : 'associative',
          ...(type.mode === 'map' ? { keys: type.keys.map(({ name }) => name) } : {}),
        },
      };
    case 'map':
      return {
        map: {
          fields: [...type.fields].map(([name, field]) => {
            const fallback = keys.find(key => key.name === name)?.fallback;
            return { name, type: atomOf(field, []), ...(fallback === undefined ? {} : { default: fallback }) };
          }),
          ...(type.element === undefined ? {} : { elementType: atomOf(type.element, []) }),
          ...(type.mode === 'atomic' ? { elementRelationship: 'atomic' } : {}),
        },
      };
  }
}

export interface Disorder {
  /** Per cent of list items that repeat a key. */
  readonly duplicates: number;
  /** Per cent of values that are not of their type. */
  readonly wrong: number;
  /** Per cent of values that are null. */
  readonly nulls: number;
}

export function randomValue(random: Random, type: SchemaType, disorder: Disorder, depth = 0): Json {
  if (random.chance(disorder.nulls)) return null;
  if (random.chance(disorder.wrong)) return random.pick<Json>(['wrong', 7, true, [], {}, ['w'], { w: 1 }]);
  switch (type.kind) {
    case 'deduced':
      return randomAny(random, 3 - depth);
    case 'scalar':
      return randomScalar(random, type.scalar);
    case 'list':
      return randomItems(random, type, disorder, depth);
    case 'map':
      return randomMembers(random, type, disorder, depth);
  }
}

function randomScalar(random: Random, scalar: (SchemaType & { readonly kind: 'scalar' })['scalar']): Json {
  switch (scalar) {
    case 'string':
    case 'time':
      return random.pick(['x', 'y', 'z', '', 'é"\\']);
    case 'boolean':
      return random.chance(50);
    case 'numeric':
      return random.pick([0, 1, 2, 1.5, -3, 9_007_199_254_740_993n]);
    case 'quantity':
    case 'intOrString':
      return random.pick<Json>([1, '1', '500m', 0.5, 'x']);
    case 'untyped':
      return random.pick<Json>([1, 'x', { a: 1 }, ['x', 1], {}, [], true]);
  }
}

function randomItems(random: Random, list: SchemaType & { readonly kind: 'list' }, disorder: Disorder, depth: number): Json {
  const items = Array.from({ length: random.int(4) }, () => randomValue(random, list.element, { ...disorder, nulls: list.mode === 'atomic' ? disorder.nulls : disorder.nulls / 8 }, depth + 1));
  if (list.mode === 'atomic' || random.chance(disorder.duplicates)) return items;
  const seen = new Set<string>();
  return items.filter(item => {
    const key = list.mode === 'map' ? JSON.stringify(list.keys.map(({ name, fallback }) => text(isObject(item) ? (Object.hasOwn(item, name) ? item[name] : fallback) : item))) : text(item);
    return !seen.has(key) && Boolean(seen.add(key));
  });
}

const text = (value: Json | undefined): string => (typeof value === 'bigint' ? value.toString() : JSON.stringify(value ?? null));

function randomMembers(random: Random, map: SchemaType & { readonly kind: 'map' }, disorder: Disorder, depth: number): Json {
  const out: [string, Json][] = [];
  for (const [name, type] of map.fields) {
    const likely = name === 'k' || name === 'p' ? 92 : 55;
    if (random.chance(likely)) out.push([name, randomValue(random, type, name === 'k' ? { ...disorder, nulls: disorder.nulls / 8 } : disorder, depth + 1)]);
  }
  const element = map.element ?? (random.chance(disorder.wrong) ? DEDUCED : undefined);
  if (element !== undefined) for (const name of ['m', 'n', '__proto__']) if (random.chance(name.length > 1 ? 6 : 45)) out.push([name, randomValue(random, element, disorder, depth + 1)]);
  return fromEntries(shuffled(random, out));
}

function randomAny(random: Random, depth: number): Json {
  const form = random.int(depth <= 0 ? 4 : 7);
  if (form < 4) return random.pick<Json>(['x', 'y', 1, 2.5, true, null]);
  if (form === 4) return Array.from({ length: random.int(3) }, () => randomAny(random, depth - 1));
  return fromEntries(NAMES.filter(name => random.chance(name.length > 1 ? 5 : 40)).map(name => [name, randomAny(random, depth - 1)]));
}

function shuffled<T>(random: Random, items: readonly T[]): T[] {
  const out = [...items];
  for (let i = out.length - 1; i > 0; i--) {
    const j = random.int(i + 1);
    const [a, b] = [out[i], out[j]];
    if (a !== undefined && b !== undefined) [out[i], out[j]] = [b, a];
  }
  return out;
}

/** A value with a few changes: members and items go, come, move or change. */
export function mutated(random: Random, value: Json, type: SchemaType, disorder: Disorder, depth = 0): Json {
  if (random.chance(8)) return randomValue(random, type, disorder, depth);
  if (isArray(value) && type.kind === 'list') {
    const kept = value.filter(() => random.chance(85)).map(item => mutated(random, item, type.element, disorder, depth + 1));
    return random.chance(25) ? shuffled(random, kept) : kept;
  }
  if (isObject(value) && type.kind === 'map') {
    const fresh = randomMembers(random, type, disorder, depth);
    const kept = Object.entries(value).filter(() => random.chance(85)).map(([name, item]): [string, Json] => [name, mutated(random, item, type.fields.get(name) ?? type.element ?? DEDUCED, disorder, depth + 1)]);
    const added = isObject(fresh) ? Object.entries(fresh).filter(([name]) => random.chance(20) && !Object.hasOwn(value, name)) : [];
    return fromEntries([...kept, ...added]);
  }
  return value;
}

export interface Step {
  readonly op: 'apply' | 'update';
  readonly manager: string;
  readonly force: boolean;
  readonly object: JsonObject;
}

/** The next step of a history: an apply of something like what was applied before, or an update of what is live. */
export function randomStep(random: Random, schema: SchemaType, live: Json, applied: Map<string, JsonObject>): Step {
  const disorder: Disorder = { duplicates: random.chance(10) ? 60 : 0, wrong: random.chance(4) ? 8 : 0, nulls: random.chance(30) ? 8 : 0 };
  const manager = random.pick(['one', 'two', 'three']);
  const op = random.chance(60) ? 'apply' : 'update';
  const before = op === 'update' ? live : (applied.get(manager) ?? [...applied.values()][0]);
  const value = before !== undefined && random.chance(70) ? mutated(random, before, schema, disorder) : randomValue(random, schema, { ...disorder, wrong: disorder.wrong / 4, nulls: 0 });
  const object = isObject(value) ? value : {};
  if (op === 'apply') applied.set(manager, object);
  return { op, manager, force: random.chance(60), object };
}
