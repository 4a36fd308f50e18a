import { isArray, isObject, type Json, type JsonObject } from '../base/json';
import type { SchemaType } from './schema';

export type ScalarShape = SchemaType & { readonly kind: 'scalar' };
export type ListShape = SchemaType & { readonly kind: 'list' };
export type MapShape = SchemaType & { readonly kind: 'map' };

/** A type that is settled for one value: no longer `deduced`. */
export type Shape = ScalarShape | ListShape | MapShape;

export const DEDUCED: SchemaType = { kind: 'deduced' };

/** Any value, owned and compared as a whole: structured-merge-diff's `__untyped_atomic_`. */
export const UNTYPED: ScalarShape = { kind: 'scalar', scalar: 'untyped' };

const NO_FIELDS: ReadonlyMap<string, SchemaType> = new Map();
const DEDUCED_MAP: MapShape = { kind: 'map', mode: 'granular', fields: NO_FIELDS, element: DEDUCED };
const DEDUCED_LIST: ListShape = { kind: 'list', mode: 'atomic', element: UNTYPED };

/** A deduced type takes the shape of the value; for `null` and nothing at all that of a map, as in structured-merge-diff. */
export function shapeOf(type: SchemaType, value: Json | undefined): Shape {
  if (type.kind !== 'deduced') return type;
  if (value === null || value === undefined || isObject(value)) return DEDUCED_MAP;
  return isArray(value) ? DEDUCED_LIST : UNTYPED;
}

/** Whether two values of one type are of the same make, so that they are walked together. Always so for known types. */
export function sameMake(type: SchemaType, a: Json, b: Json): boolean {
  return type.kind !== 'deduced' || makeOf(a) === makeOf(b);
}

function makeOf(value: Json): 'null' | 'list' | 'map' | 'scalar' {
  if (value === null) return 'null';
  if (isArray(value)) return 'list';
  return isObject(value) ? 'map' : 'scalar';
}

/** The type of a member; `undefined` when the schema declares no such field. */
export const fieldType = (map: MapShape, name: string): SchemaType | undefined => map.fields.get(name) ?? map.element;

/** Whole in ownership and comparison: nothing below it is looked at. */
export const isAtomic = (shape: ListShape | MapShape): boolean => shape.mode === 'atomic';

/** The members of a value of map type; nothing for `null` and what is no map. */
export const membersOf = (value: Json | undefined): JsonObject | undefined => (isObject(value) ? value : undefined);

export function isEmptyObject(object: JsonObject): boolean {
  for (const key in object) if (Object.hasOwn(object, key)) return false;
  return true;
}
