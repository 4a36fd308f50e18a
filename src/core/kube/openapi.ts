import { at, isArray, isObject, listAt, member, textAt, type Json, type JsonObject } from '../base/json';
import { MAX_DEPTH } from './depth';
import type { ListKey, SchemaType } from './schema';
import { DEDUCED, UNTYPED } from './shape';

/**
 * The types of one group-version, from its document under `/openapi/v3` (kube-openapi, `schemaconv`). A kind is read
 * when it is first asked for. What the document leaves open, or says in a way that no API server does, is deduced.
 */
export class GroupVersionSchemas {
  readonly #components: Json | undefined;
  readonly #types = new Map<string, SchemaType>();
  #kinds: ReadonlyMap<string, string> | undefined;

  constructor(openapi: JsonObject) {
    this.#components = at(openapi, 'components', 'schemas');
  }

  /** `undefined` when the document does not describe the kind: its objects are then judged by the deduced type. */
  typeOf(kind: string, group: string, version: string): SchemaType | undefined {
    this.#kinds ??= kindsIn(this.#components);
    const name = this.#kinds.get(kindKey(kind, group, version));
    return name === undefined ? undefined : this.#named(name, undefined, 0);
  }

  #named(name: string, mode: MapMode | undefined, depth: number): SchemaType {
    const key = mode === undefined ? name : `${name} ${mode}`;
    const known = this.#types.get(key);
    if (known !== undefined) return known;
    const register = (type: SchemaType): SchemaType => {
      this.#types.set(key, type);
      return type;
    };
    const schema = member(this.#components, name);
    if (name === QUANTITY) return register({ kind: 'scalar', scalar: 'quantity' });
    if (name === RAW_EXTENSION) return register(UNTYPED);
    if (!isObject(schema) || textAt(schema, '$ref') !== undefined) return register(DEDUCED);
    return this.#build(schema, { preserve: false, mode, depth, register });
  }

  /** What a property, a list's items or a map's values are: a reference, alone or as the only `allOf`, or a type in place. */
  #typeAt(schema: Json | undefined, preserve: boolean, depth: number): SchemaType {
    if (!isObject(schema) || depth > MAX_DEPTH) return DEDUCED;
    const allOf = listAt(schema, 'allOf');
    const reference = textAt(schema, '$ref') ?? (allOf.length === 1 ? textAt(allOf[0], '$ref') : undefined);
    if (reference !== undefined) return this.#named(reference.slice(reference.lastIndexOf('/') + 1), mapMode(schema), depth + 1);
    return this.#build(schema, { preserve, mode: undefined, depth: depth + 1, register: type => type });
  }

  /** Registers a type before it looks below it: types may contain themselves. */
  #build(schema: JsonObject, { preserve, mode, depth, register }: BuildOptions): SchemaType {
    const keeps = preserve || member(schema, 'x-kubernetes-preserve-unknown-fields') === true;
    switch (typeName(schema)) {
      case 'object':
        return this.#map(schema, keeps, mode ?? mapMode(schema) ?? 'granular', depth, register);
      case 'array':
        return this.#list(schema, keeps, depth, register);
      case undefined:
        return isObject(member(schema, 'properties')) ? this.#map(schema, keeps, mode ?? mapMode(schema) ?? 'granular', depth, register) : register(anyType(schema));
      case 'string':
        return register({ kind: 'scalar', scalar: textAt(schema, 'format') === 'date-time' ? 'time' : 'string' });
      case 'integer':
      case 'number':
        return register({ kind: 'scalar', scalar: 'numeric' });
      case 'boolean':
        return register({ kind: 'scalar', scalar: 'boolean' });
      default:
        return register(UNTYPED);
    }
  }

  #map(schema: JsonObject, preserve: boolean, mode: MapMode, depth: number, register: Register): SchemaType {
    const fields = new Map<string, SchemaType>();
    const map: { kind: 'map'; mode: MapMode; fields: Map<string, SchemaType>; element: SchemaType | undefined; defaults?: Map<string, Json> } = { kind: 'map', mode, fields, element: undefined };
    register(map);
    const properties = member(schema, 'properties');
    for (const [name, property] of isObject(properties) ? Object.entries(properties) : []) {
      fields.set(name, this.#typeAt(property, preserve, depth));
      const fallback = member(property, 'default');
      if (fallback !== undefined) (map.defaults ??= new Map()).set(name, fallback);
    }
    const others = member(schema, 'additionalProperties');
    if (others === undefined || others === null) map.element = preserve || fields.size === 0 ? DEDUCED : undefined;
    else if (isObject(others)) map.element = this.#typeAt(others, preserve, depth);
    else map.element = others === true ? DEDUCED : undefined;
    return map;
  }

  #list(schema: JsonObject, preserve: boolean, depth: number, register: Register): SchemaType {
    const identity = listIdentity(schema);
    const items = member(schema, 'items');
    const base: { kind: 'list'; element: SchemaType } = { kind: 'list', element: UNTYPED };
    const list: SchemaType & { element: SchemaType } =
      typeof identity === 'string' ? { ...base, mode: identity } : { ...base, mode: 'map', keys: identity.map(name => ({ name, fallback: this.#fallback(items, name) }) satisfies ListKey) };
    register(list);
    if (items !== undefined) list.element = this.#typeAt(items, preserve, depth);
    return list;
  }

  /** The default of a key field, in the item's own type. */
  #fallback(items: Json | undefined, name: string): ListKey['fallback'] {
    const reference = textAt(items, '$ref') ?? textAt(items, 'allOf', 0, '$ref');
    const item = reference === undefined ? items : member(this.#components, reference.slice(reference.lastIndexOf('/') + 1));
    const value = at(item, 'properties', name, 'default');
    return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : undefined;
  }
}

type MapMode = 'granular' | 'atomic';
type Register = (type: SchemaType) => SchemaType;

interface BuildOptions {
  /** Inherited from above: fields that are not declared are kept. */
  readonly preserve: boolean;
  /** Given on the reference, it overrides what the type says of itself. */
  readonly mode: MapMode | undefined;
  readonly depth: number;
  readonly register: Register;
}

const QUANTITY = 'io.k8s.apimachinery.pkg.api.resource.Quantity';
const RAW_EXTENSION = 'io.k8s.apimachinery.pkg.runtime.RawExtension';

/** How controller-gen writes a quantity in a CRD, up to its exponent. */
const QUANTITY_PATTERN = '^(\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|';

function anyType(schema: JsonObject): SchemaType {
  if (textAt(schema, 'pattern')?.startsWith(QUANTITY_PATTERN) === true) return { kind: 'scalar', scalar: 'quantity' };
  const either = member(schema, 'x-kubernetes-int-or-string') === true || textAt(schema, 'format') === 'int-or-string';
  return either ? { kind: 'scalar', scalar: 'intOrString' } : DEDUCED;
}

function typeName(schema: JsonObject): string | undefined {
  const type = member(schema, 'type');
  const first = isArray(type) ? type[0] : type;
  return typeof first === 'string' && first !== '' ? first : undefined;
}

function mapMode(schema: JsonObject): MapMode | undefined {
  const mode = textAt(schema, 'x-kubernetes-map-type');
  return mode === 'atomic' || mode === 'granular' ? mode : undefined;
}

/** The key fields of a list of named items, or how else it is identified. */
function listIdentity(schema: JsonObject): 'atomic' | 'set' | readonly string[] {
  switch (textAt(schema, 'x-kubernetes-list-type')) {
    case 'set':
      return 'set';
    case 'map': {
      const keys = listAt(schema, 'x-kubernetes-list-map-keys').filter(key => typeof key === 'string');
      return keys.length === 0 ? 'atomic' : keys;
    }
    case undefined:
      return patchIdentity(schema);
    default:
      return 'atomic';
  }
}

/** Types that say only how a strategic merge patch treats them. */
function patchIdentity(schema: JsonObject): 'atomic' | 'set' | readonly string[] {
  const strategy = textAt(schema, 'x-kubernetes-patch-strategy');
  if (strategy !== 'merge' && strategy !== 'merge,retainKeys') return 'atomic';
  const key = textAt(schema, 'x-kubernetes-patch-merge-key');
  return key === undefined ? 'set' : [key];
}

function kindsIn(components: Json | undefined): ReadonlyMap<string, string> {
  const kinds = new Map<string, string>();
  for (const [name, schema] of isObject(components) ? Object.entries(components) : []) {
    for (const kind of listAt(schema, 'x-kubernetes-group-version-kind')) {
      kinds.set(kindKey(textAt(kind, 'kind') ?? '', textAt(kind, 'group') ?? '', textAt(kind, 'version') ?? ''), name);
    }
  }
  return kinds;
}

const kindKey = (kind: string, group: string, version: string): string => `${group}/${version}/${kind}`;
