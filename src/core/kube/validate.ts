import { isArray, isObject, type Json } from '../base/json';
import { isTooDeep } from './depth';
import { itemElement, itemKey, itemProblem } from './list-items';
import { field, formatPath, type Path } from './path';
import type { SchemaType } from './schema';
import { fieldType, shapeOf, UNTYPED, type ListShape, type MapShape } from './shape';
import { typeProblem } from './type-problem';

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
  const message = typeProblem(shape, value, 'merge');
  if (message !== undefined) return { path, message };
  if (shape.kind === 'list' && isArray(value)) return checkList(value, shape, duplicates, path);
  return shape.kind === 'map' && isObject(value) ? checkMap(value, shape, duplicates, path) : undefined;
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
