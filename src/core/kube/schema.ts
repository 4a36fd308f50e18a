import type { Json } from '../base/json';

/**
 * A type as structured-merge-diff sees it (`reference/drift.md` 1.1), read from OpenAPI v3.
 * `deduced`: no schema; maps are granular, lists atomic, scalars untyped.
 */
export type SchemaType =
  | { readonly kind: 'scalar'; readonly scalar: 'string' | 'boolean' | 'numeric' | 'untyped' | 'quantity' | 'intOrString' | 'time' }
  | { readonly kind: 'list'; readonly mode: 'atomic' | 'set'; readonly element: SchemaType }
  | { readonly kind: 'list'; readonly mode: 'map'; readonly keys: readonly ListKey[]; readonly element: SchemaType }
  | { readonly kind: 'map'; readonly mode: 'granular' | 'atomic'; readonly fields: ReadonlyMap<string, SchemaType>; readonly element: SchemaType | undefined; /** What the server puts where a field is left out, as far as the schema says. */ readonly defaults?: ReadonlyMap<string, Json> }
  | { readonly kind: 'deduced' };

/** A key field of an associative list; `fallback` is the value of an item that leaves it out. */
export interface ListKey {
  readonly name: string;
  readonly fallback: string | number | boolean | undefined;
}
