import { isArray, isObject, scalarText, textAt, type Json } from '../base/json';
import type { SourceNode } from '../manifests/document';
import { readDocuments } from '../manifests/documents';
import { roundOf, type Guards, type Round } from './rounds';

/** Keys and list indexes, from the root of a document. */
export type Steps = readonly (string | number)[];

/** What a kustomization, or a controller, does when it sets a value (`cli.md`, "render"). */
export type SetBy = 'document' | 'patch' | 'images' | 'replicas' | 'generator' | 'replacement' | 'transformer' | 'substitute' | 'values';

/** A name that a rendered value gives away: whatever holds it was made from the place that was given it. */
export interface Token {
  readonly text: string;
  readonly number: number;
}

/** A place in the YAML text that stands at another one. */
export interface Inner {
  readonly document: number;
  readonly path: Steps;
  readonly inner?: Inner | undefined;
}

/** Where a value is written. `part` is that of a text which counts: UTF-16 offsets. */
export type Spot =
  /** A value of a YAML document; `inner`: of the YAML text that stands there. */
  | { readonly kind: 'yaml'; readonly file: string; readonly document: number; readonly path: Steps; readonly inner?: Inner; readonly part?: Part }
  /** Part of a file that is no YAML: UTF-16 offsets. */
  | { readonly kind: 'text'; readonly file: string; readonly start: number; readonly end: number }
  /** A file that is no text. */
  | { readonly kind: 'bytes'; readonly file: string }
  /** A field of the controller's object, below what `RootRequest` has of it. */
  | { readonly kind: 'spec'; readonly path: Steps; readonly inner?: Inner; readonly part?: Part }
  | { readonly kind: 'variable'; readonly name: string };

export interface Part {
  readonly start: number;
  readonly end: number;
}

/** Says where a field of a document stands. */
export type Place = (path: Steps) => Spot;

/** Fields of the YAML text that stands at `spot`. */
export function within(spot: Spot, document: number): Place {
  const added = (inner: Inner | undefined, path: Steps): Inner => (inner ? { ...inner, inner: added(inner.inner, path) } : { document, path });
  return path => (spot.kind === 'yaml' || spot.kind === 'spec' ? { ...spot, inner: added(spot.inner, path) } : spot);
}

/** One place that can set a value of a rendered object. */
export interface Site {
  readonly by: SetBy;
  /** Together with which others it can be changed without the build going another way. */
  readonly round: Round;
  readonly spot: Spot;
  /** The value that it gives. */
  readonly value: Json;
  /** Of an image it gives this part only: its name, or its tag and digest. */
  readonly image?: 'name' | 'version';
  /** What to write there in place of what is there. */
  readonly marked: (token: Token) => Json;
}

/** The values of a document that is applied. */
export function* documentSites(value: Json, guards: Guards, place: Place): Generator<Site> {
  for (const [path, leaf] of leaves(value)) {
    const round = roundOf(path, leaf, guards);
    if (round !== undefined) yield* leafSites('document', round, place(path), { target: path, leaf, guards });
  }
}

/** The values of a patch, strategic merge or JSON 6902. */
export function* patchSites(value: Json, guards: Guards, place: Place): Generator<Site> {
  for (const { path, target, leaf } of isArray(value) ? operations(value) : merged(value)) {
    const round = roundOf(target, leaf, guards);
    if (leaf !== null && round !== undefined && round !== 'name') yield* leafSites('patch', round, place(path), { target, leaf, guards });
  }
  if (isArray(value)) yield* testSites(value, place);
}

/** A `test` compares what the places before it give: it is made one that always succeeds (evanphx/json-patch: nothing equals null). */
function* testSites(list: readonly Json[], place: Place): Generator<Site> {
  for (const [i, operation] of list.entries()) {
    if (textAt(operation, 'op') === 'test') yield { by: 'patch', round: 'loosened', spot: place([i]), value: operation, marked: () => ({ op: 'test', path: '/zqnothingqz', value: null }) };
  }
}

/** Where a JSON 6902 patch puts what stands elsewhere in the object; `target` by the names of its fields. */
export interface Copy {
  readonly target: readonly string[];
  readonly spot: Spot;
}

export function* patchCopies(value: Json, place: Place): Generator<Copy> {
  for (const [i, operation] of (isArray(value) ? value : []).entries()) {
    const op = textAt(operation, 'op');
    if (op === 'copy' || op === 'move') yield { target: pointer(textAt(operation, 'path') ?? '').filter(step => typeof step === 'string'), spot: place([i, 'path']) };
  }
}

/** One place, or of an image two: what changes images goes by its name and leaves the rest, or the other way round. */
function* leafSites(by: SetBy, round: Round, spot: Spot, { target, leaf, guards }: { readonly target: Steps; readonly leaf: Json; readonly guards: Guards }): Generator<Site> {
  const site: Site = { by, round, spot, value: leaf, marked: markedLeaf(target, leaf) };
  if (!guards.images || target.at(-1) !== 'image' || typeof leaf !== 'string') {
    yield site;
    return;
  }
  const cut = leaf.length - (VERSION.exec(leaf)?.[0].length ?? 0);
  const part = (start: number, end: number): Spot => ((spot.kind === 'yaml' || spot.kind === 'spec') && start < end ? { ...spot, part: { start, end } } : spot);
  yield { ...site, image: 'version', spot: part(cut + 1, leaf.length) };
  yield { ...site, image: 'name', round: 'key', spot: part(0, cut), marked: ({ text }) => leaf.slice(0, cut) + text + leaf.slice(cut) };
}

/** Tag and digest of an image, with the sign before them. */
const VERSION = /[:@][^/]*$/;

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
    const to = pointer(operation['path']);
    for (const [path, leaf] of leaves(operation['value'])) yield { path: [i, 'value', ...path], target: [...to, ...path], leaf };
  }
}

/** RFC 6901; list items are not told apart. */
const pointer = (text: string): Steps => text.split('/').slice(1).map(step => (/^(?:\d+|-)$/.test(step) ? 0 : step.replaceAll('~1', '/').replaceAll('~0', '~')));

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
    return path.at(-1) === 'image' && !VERSION.test(plain) ? `${plain}:${text}` : plain + text;
  };
}
