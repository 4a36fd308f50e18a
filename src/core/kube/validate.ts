import { isArray, isObject, type Json } from '../base/json';
import { isTooDeep } from './depth';
import { itemElement, itemKey, itemProblem } from './list-items';
import { field, formatPath, type Path } from './path';
import type { SchemaType } from './schema';
import { fieldType, shapeOf, UNTYPED, type ListShape, type MapShape, type ScalarShape } from './shape';

/** Why the API server refuses an object: where, and in words that never repeat a value. */
export interface TypeProblem {
  readonly path: Path;
  readonly message: string;
}

/** The first thing that is not as the schema has it (structured-merge-diff, `Validate`). Duplicate list items are refused in what is applied and tolerated in what is live. */
export function validate(value: Json, type: SchemaType, duplicates: 'refused' | 'tolerated'): TypeProblem | undefined {
  if (isTooDeep(value)) return { path: [], message: 'nested too deeply' };
  return check(value, type, duplicates, []);
}

function check(value: Json, type: SchemaType, duplicates: 'refused' | 'tolerated', path: Path): TypeProblem | undefined {
  if (value === null) return undefined;
  const shape = shapeOf(type, value);
  switch (shape.kind) {
    case 'scalar':
      return checkScalar(value, shape, path);
    case 'list':
      return isArray(value) ? checkList(value, shape, duplicates, path) : { path, message: 'expected list' };
    case 'map':
      return isObject(value) ? checkMap(value, shape, duplicates, path) : { path, message: 'expected map' };
  }
}

function checkScalar(value: Json, { scalar }: ScalarShape, path: Path): TypeProblem | undefined {
  const expected = expectedOf(scalar, value);
  return expected === undefined ? undefined : { path, message: `expected ${expected}` };
}

function expectedOf(scalar: ScalarShape['scalar'], value: Json): string | undefined {
  switch (scalar) {
    case 'string':
    case 'time':
      return typeof value === 'string' ? undefined : 'string';
    case 'boolean':
      return typeof value === 'boolean' ? undefined : 'boolean';
    case 'numeric':
      return typeof value === 'number' || typeof value === 'bigint' ? undefined : 'numeric (int or float)';
    case 'quantity':
    case 'intOrString':
      return typeof value === 'object' ? 'any scalar' : undefined;
    case 'untyped':
      return undefined;
  }
}

function checkList(items: readonly Json[], list: ListShape, duplicates: 'refused' | 'tolerated', path: Path): TypeProblem | undefined {
  const seen = new Set<string>();
  for (const [index, item] of items.entries()) {
    const nameless = itemProblem(list, item);
    if (nameless !== undefined) return { path: [...path, { kind: 'index', index }], message: nameless };
    const here = [...path, itemElement(list, item, index) ?? ({ kind: 'index', index } as const)];
    const key = itemKey(list, item);
    if (key !== undefined && duplicates === 'refused') {
      if (seen.has(key)) return { path: here, message: `duplicate entries for key ${formatPath(here.slice(-1))}` };
      seen.add(key);
    }
    const problem = check(item, list.element, duplicates, here);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function checkMap(object: { readonly [key: string]: Json }, map: MapShape, duplicates: 'refused' | 'tolerated', path: Path): TypeProblem | undefined {
  for (const [name, value] of Object.entries(object)) {
    const type = fieldType(map, name);
    if (type === undefined) return { path: [...path, field(name)], message: 'field not declared in schema' };
    if (type === UNTYPED) continue;
    const problem = check(value, type, duplicates, [...path, field(name)]);
    if (problem !== undefined) return problem;
  }
  return undefined;
}
