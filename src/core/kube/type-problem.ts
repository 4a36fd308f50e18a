import { isArray, isObject, type Json } from '../base/json';
import type { SchemaType } from './schema';

/**
 * Why the API server refuses this value at a place of this type, in plain words that never repeat the value. `merge`:
 * structured-merge-diff, which comes first and takes any scalar for an amount; `decode`: the kind's Go type, which then
 * refuses a boolean there.
 */
export function typeProblem(type: SchemaType, value: Json, by: 'merge' | 'decode'): string | undefined {
  if (value === null) return undefined;
  const expected = expectedOf(type, value);
  if (expected === undefined || (by === 'merge' && typeof value === 'boolean' && isAmount(type))) return undefined;
  return `expected ${expected}, got ${nameOf(value)}`;
}

const isAmount = (type: SchemaType): boolean => type.kind === 'scalar' && (type.scalar === 'quantity' || type.scalar === 'intOrString');

function expectedOf(type: SchemaType, value: Json): string | undefined {
  switch (type.kind) {
    case 'deduced':
      return undefined;
    case 'list':
      return isArray(value) ? undefined : 'list';
    case 'map':
      return isObject(value) ? undefined : 'map';
    case 'scalar':
      return scalarExpected(type.scalar, value);
  }
}

function scalarExpected(scalar: (SchemaType & { readonly kind: 'scalar' })['scalar'], value: Json): string | undefined {
  const isNumber = typeof value === 'number' || typeof value === 'bigint';
  switch (scalar) {
    case 'string':
    case 'time':
      return typeof value === 'string' ? undefined : 'string';
    case 'boolean':
      return typeof value === 'boolean' ? undefined : 'boolean';
    case 'numeric':
      return isNumber ? undefined : 'number';
    case 'intOrString':
    case 'quantity':
      return isNumber || typeof value === 'string' ? undefined : 'number or string';
    case 'untyped':
      return undefined;
  }
}

function nameOf(value: Json): string {
  if (isArray(value)) return 'list';
  if (isObject(value)) return 'map';
  return typeof value === 'bigint' ? 'number' : typeof value;
}
