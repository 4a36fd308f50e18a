import { isArray, isObject, member, sameJson, textAt, type Json, type JsonObject } from '../base/json';
import { isSecret, splitApiVersion } from '../kube/identity';
import type { Path } from '../kube/path';
import { sameScalar as sameMeaning } from '../kube/equality';
import type { SchemaType } from '../kube/schema';
import { isBuiltIn } from './empty-values';

/** `equivalent`: written differently with one meaning (`reference/drift.md` 2.4). */
export type Relation = 'equal' | 'equivalent' | 'differ';

/** How two values at one path stand to each other. `owner` is the object they belong to: its kind decides what its fields mean. */
export function relate(type: SchemaType, a: Json, b: Json, path: Path, owner: JsonObject): Relation {
  if (sameJson(a, b)) return 'equal';
  return isEquivalent(type, a, b, path, owner) ? 'equivalent' : 'differ';
}

function isEquivalent(type: SchemaType, a: Json, b: Json, path: Path, owner: JsonObject): boolean {
  if (isNothing(a) && isNothing(b) && (isArray(a) || isArray(b) || isObject(a) || isObject(b))) return type.kind !== 'deduced';
  if (isArray(a) || isArray(b)) return isArray(a) && isArray(b) && a.length === b.length && a.every((item, i) => isSameOrEquivalent(elementOf(type), item, b[i], path, owner));
  if (isObject(a) || isObject(b)) return isObject(a) && isObject(b) && sameMembers(type, a, b, path, owner);
  return sameScalar(type, a, b, path, owner);
}

const isNothing = (value: Json): boolean => value === null || (isArray(value) && value.length === 0) || (isObject(value) && Object.keys(value).length === 0);

export const elementOf = (type: SchemaType): SchemaType => (type.kind === 'list' ? type.element : { kind: 'deduced' });

function isSameOrEquivalent(type: SchemaType, a: Json | undefined, b: Json | undefined, path: Path, owner: JsonObject): boolean {
  if (a === undefined || a === null || b === undefined || b === null) return (a ?? null) === (b ?? null);
  return sameJson(a, b) || isEquivalent(type, a, b, path, owner);
}

function sameMembers(type: SchemaType, a: JsonObject, b: JsonObject, path: Path, owner: JsonObject): boolean {
  for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
    const below = memberOf(type, key);
    const inner: Path = [...path, { kind: 'field', name: key }];
    if (!isSameOrEquivalent(below, member(a, key), member(b, key), inner, owner)) return false;
  }
  return true;
}

export const memberOf = (type: SchemaType, name: string): SchemaType => (type.kind === 'map' ? (type.fields.get(name) ?? type.element ?? DEDUCED) : DEDUCED);

const DEDUCED: SchemaType = { kind: 'deduced' };

function sameScalar(type: SchemaType, a: Json, b: Json, path: Path, owner: JsonObject): boolean {
  if ((a === null && b === '') || (a === '' && b === null)) return true;
  const builtIn = isBuiltIn(splitApiVersion(textAt(owner, 'apiVersion') ?? '').group);
  const isAmount = (type.kind === 'scalar' && type.scalar === 'quantity') || (hasNoType(type) && isResourcePath(path, builtIn));
  return sameMeaning(a, b, isAmount ? QUANTITY : type, {
    resourceList: isAmount && builtIn && isResourcePath(path, true),
    secretData: path[0]?.kind === 'field' && path[0].name === 'data' && isSecret(owner),
  });
}

const QUANTITY: SchemaType = { kind: 'scalar', scalar: 'quantity' };

const hasNoType = (type: SchemaType): boolean => type.kind === 'deduced' || (type.kind === 'scalar' && (type.scalar === 'untyped' || type.scalar === 'intOrString'));

const RESOURCES = /^(?:limits|requests)$/;
const BUILT_IN_RESOURCES = /^(?:limits|requests|hard|capacity|default|defaultRequest|min|max|overhead|podFixed)$/;

/** Where a map of resource amounts stands: known by its name where the schema does not say. */
function isResourcePath(path: Path, builtIn: boolean): boolean {
  const parent = path.at(-2);
  return parent?.kind === 'field' && (builtIn ? BUILT_IN_RESOURCES : RESOURCES).test(parent.name);
}
