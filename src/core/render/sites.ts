import { isArray, isObject, scalarText, type Json } from '../base/json';
import type { SourceNode } from '../manifests/document';
import { readDocuments } from '../manifests/documents';
import { roundOf, type Guards, type Round } from './rounds';

/** Keys and list indexes, from the root of a document. */
export type Steps = readonly (string | number)[];

/** What a kustomization, or a controller, does when it sets a value (`cli.md`, "render"). */
export type SetBy = 'document' | 'patch' | 'images' | 'replicas' | 'generator' | 'replacement' | 'transformer' | 'substitute';

/** A name that a rendered value gives away: whatever holds it was made from the place that was given it. */
export interface Token {
  readonly text: string;
  readonly number: number;
}

/** Where a value is written. */
export type Spot =
  /** A value of a YAML document; `inner`: of the YAML text that stands there. */
  | { readonly kind: 'yaml'; readonly file: string; readonly document: number; readonly path: Steps; readonly inner?: { readonly document: number; readonly path: Steps } }
  /** Part of a file that is no YAML: UTF-16 offsets. */
  | { readonly kind: 'text'; readonly file: string; readonly start: number; readonly end: number }
  /** A field of the controller's object, below `spec`. */
  | { readonly kind: 'spec'; readonly path: Steps; readonly inner?: { readonly document: number; readonly path: Steps } }
  | { readonly kind: 'variable'; readonly name: string };

/** One place that can set a value of a rendered object. */
export interface Site {
  readonly by: SetBy;
  /** Together with which others it can be changed without the build going another way. */
  readonly round: Round;
  readonly spot: Spot;
  /** The value that it gives. */
  readonly value: Json;
  /** What to write there in place of what is there. */
  readonly marked: (token: Token) => Json;
}

/** The values of a document that is applied. */
export function* documentSites(file: string, roots: readonly SourceNode[], guards: Guards): Generator<Site> {
  for (const [document, { value }] of roots.entries()) {
    for (const [path, leaf] of leaves(value)) {
      const round = roundOf(path, leaf, guards);
      if (round !== undefined) yield { by: 'document', round, spot: { kind: 'yaml', file, document, path }, value: leaf, marked: markedLeaf(path, leaf) };
    }
  }
}

/** The values of patches, strategic merge or JSON 6902; `place` says where each stands. */
export function* patchSites(roots: readonly Pick<SourceNode, 'value'>[], guards: Guards, place: (document: number, path: Steps) => Spot): Generator<Site> {
  for (const [document, { value }] of roots.entries()) {
    for (const { path, target, leaf } of isArray(value) ? operations(value) : merged(value)) {
      const round = roundOf(target, leaf, guards);
      if (leaf !== null && round !== undefined && round !== 'name') yield { by: 'patch', round, spot: place(document, path), value: leaf, marked: markedLeaf(target, leaf) };
    }
  }
}

/** The patches in a text that stands inside another document. */
export function patchTexts(text: string): readonly SourceNode[] {
  const documents = readDocuments(text, 'K3');
  return documents.some(({ trouble }) => trouble) ? [] : documents.flatMap(({ root }) => root ?? []);
}

interface PatchLeaf {
  readonly path: Steps;
  /** Where in the object it goes. */
  readonly target: Steps;
  readonly leaf: Json;
}

function* merged(value: Json): Generator<PatchLeaf> {
  for (const [path, leaf] of leaves(value)) if (!path.some(step => typeof step === 'string' && step.startsWith('$'))) yield { path, target: path, leaf };
}

function* operations(list: readonly Json[]): Generator<PatchLeaf> {
  for (const [i, operation] of list.entries()) {
    if (!isObject(operation) || (operation['op'] !== 'add' && operation['op'] !== 'replace') || typeof operation['path'] !== 'string' || operation['value'] === undefined) continue;
    const pointer = operation['path'].split('/').slice(1).map(step => (/^(?:\d+|-)$/.test(step) ? 0 : step.replaceAll('~1', '/').replaceAll('~0', '~')));
    for (const [path, leaf] of leaves(operation['value'])) yield { path: [i, 'value', ...path], target: [...pointer, ...path], leaf };
  }
}

/** Everything that is not further divided: scalars, and empty maps and lists. */
export function* leaves(value: Json, path: Steps = []): Generator<readonly [Steps, Json]> {
  if (isArray(value) && value.length > 0) for (const [i, item] of value.entries()) yield* leaves(item, [...path, i]);
  else if (isObject(value) && Object.keys(value).length > 0) for (const [key, item] of Object.entries(value)) yield* leaves(item, [...path, key]);
  else yield [path, value];
}

/** A text that says which place it came from, and that does everywhere what the value itself did. */
function markedLeaf(path: Steps, leaf: Json): (token: Token) => Json {
  return ({ text }) => {
    if (isArray(leaf)) return [text];
    if (isObject(leaf)) return { [text]: text };
    const plain = scalarText(leaf);
    // The name of an image decides what `images` does with it: only its tag is changed.
    return path.at(-1) === 'image' && !/[:@][^/]*$/.test(plain) ? `${plain}:${text}` : plain + text;
  };
}
