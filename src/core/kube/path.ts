import { sameJson, type Json } from '../base/json';
import { stringifyJson } from '../base/json-text';

/** One step into an object, in the terms of FieldsV1: a field, a list item by its key fields, a set item by value, an item by index. */
export type PathElement =
  | { readonly kind: 'field'; readonly name: string }
  | { readonly kind: 'key'; readonly fields: readonly (readonly [string, Json])[] }
  | { readonly kind: 'value'; readonly value: Json }
  | { readonly kind: 'index'; readonly index: number };

export type Path = readonly PathElement[];

export const field = (name: string): PathElement => ({ kind: 'field', name });

/** The API server's own notation, as in conflict messages: `.spec.containers[name="web"].image`. Ambiguous for keys with dots: for people, not for parsing. */
export function formatPath(path: Path): string {
  return path.map(formatElement).join('');
}

function formatElement(element: PathElement): string {
  switch (element.kind) {
    case 'field':
      return `.${element.name}`;
    case 'key':
      return `[${element.fields.map(([name, value]) => `${name}=${stringifyJson(value)}`).join(',')}]`;
    case 'value':
      return `[=${stringifyJson(element.value)}]`;
    case 'index':
      return `[${element.index}]`;
  }
}

export function sameElement(a: PathElement, b: PathElement): boolean {
  if (a.kind === 'field') return b.kind === 'field' && a.name === b.name;
  if (a.kind === 'index') return b.kind === 'index' && a.index === b.index;
  if (a.kind === 'value') return b.kind === 'value' && sameJson(a.value, b.value);
  return b.kind === 'key' && a.fields.length === b.fields.length && a.fields.every(([name, value]) => b.fields.some(([other, theirs]) => other === name && sameJson(value, theirs)));
}
