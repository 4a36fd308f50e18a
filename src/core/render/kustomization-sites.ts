import { isObject, listAt, member, textAt, type Json } from '../base/json';
import type { Guards } from './rounds';
import { patchSites, patchTexts, within, type Place, type SetBy, type Site, type Steps, type Token } from './sites';
import { LOOSE_TOKEN } from './tokens';

/**
 * What a kustomization sets by itself, or an object of a controller that has the same fields: fields of its own, patches written in
 * it, literals.
 */
export function* kustomizationSites(value: Json, guards: Guards, place: Place): Generator<Site> {
  for (const key of ['namePrefix', 'nameSuffix', 'namespace', 'targetNamespace']) yield* textSites('transformer', [key], member(value, key), place);
  for (const key of ['commonLabels', 'commonAnnotations']) yield* mapSites('transformer', [key], member(value, key), place);
  for (const [i, entry] of listAt(value, 'labels').entries()) yield* mapSites('transformer', ['labels', i, 'pairs'], member(entry, 'pairs'), place);
  for (const key of ['images', 'imageTags']) for (const [i, image] of listAt(value, key).entries()) yield* imageSites([key, i], image, place);
  for (const [i, entry] of listAt(value, 'replicas').entries()) yield* replicaSites(['replicas', i], entry, place);
  for (const [i, entry] of listAt(value, 'replacements').entries()) yield* replacementSites(['replacements', i], entry, place);
  for (const key of ['labels', 'annotations']) yield* mapSites('generator', ['generatorOptions', key], member(member(value, 'generatorOptions'), key), place);
  for (const generator of ['configMapGenerator', 'secretGenerator']) {
    for (const [i, entry] of listAt(value, generator).entries()) yield* generatorSites([generator, i], entry, { guards, place, secret: generator === 'secretGenerator' });
  }
  for (const path of inlinePatches(value)) yield* patchTextSites(path, textAt(value, ...path) ?? '', guards, place);
}

export function* inlinePatches(value: Json): Generator<Steps> {
  for (const key of ['patches', 'patchesJson6902']) for (const [i, entry] of listAt(value, key).entries()) if (textAt(entry, 'patch') !== undefined) yield [key, i, 'patch'];
  for (const [i, entry] of listAt(value, 'patchesStrategicMerge').entries()) if (typeof entry === 'string' && entry.includes('\n')) yield ['patchesStrategicMerge', i];
}

export function* textSites(by: SetBy, path: Steps, given: Json | undefined, place: Place, more: Partial<Site> = {}): Generator<Site> {
  if (isScalar(given)) yield { by, round: 'value', spot: place(path), value: given, marked: append(String(given)), ...more };
}

export function* mapSites(by: SetBy, path: Steps, given: Json | undefined, place: Place): Generator<Site> {
  for (const [key, item] of Object.entries(isObject(given) ? given : {})) yield* textSites(by, [...path, key], item, place);
}

/** An entry, or as Argo CD has it a text. */
export function* imageSites(path: Steps, image: Json, place: Place): Generator<Site> {
  if (typeof image === 'string') {
    yield* imageTextSites(path, image, place);
    return;
  }
  yield* textSites('images', [...path, 'newName'], member(image, 'newName'), place, { image: 'name' });
  for (const key of ['newTag', 'digest', 'tagSuffix']) yield* textSites('images', [...path, key], member(image, key), place, { image: 'version' });
  const name = textAt(image, 'name');
  if (name !== undefined && isPlainName(name)) yield { by: 'images', round: 'loosened', spot: place([...path, 'name']), value: name, marked: () => name + LOOSE_TOKEN };
}

/** `name=new/name:tag@digest`, where `*` keeps a part; or without what stands before the `=`. */
function* imageTextSites(path: Steps, image: string, place: Place): Generator<Site> {
  const equals = image.indexOf('=') + 1;
  const version = /[:@][^/]*$/.exec(image.slice(equals))?.[0] ?? '';
  const given = image.slice(equals, image.length - version.length);
  const name = equals === 0 ? given : image.slice(0, equals - 1);
  if (!isPlainName(name)) return;
  const loose = (newName: string, tag: string): string => (equals === 0 ? `${name}${LOOSE_TOKEN}${tag}` : `${name}${LOOSE_TOKEN}=${newName}${tag}`);
  const mark = ({ text }: Token): string => loose(given === '*' ? given : given + text, version.endsWith('*') ? version : version === '' ? '' : version + text);
  const part = equals === 0 ? 'version' : /^$|\*$/.test(version) ? 'name' : undefined;
  yield { by: 'images', round: 'value', spot: place(path), value: image, marked: mark, ...(part && { image: part }) };
  yield { by: 'images', round: 'loosened', spot: place(path), value: image, marked: () => loose(given, version) };
}

/** The name of an image is a regular expression to kustomize (api/internal/image `IsImageMatched`): it is left alone unless it means itself. */
const isPlainName = (name: string): boolean => /^[\w./:-]+$/.test(name);

export function* replicaSites(path: Steps, entry: Json, place: Place): Generator<Site> {
  const count = member(entry, 'count');
  // Argo CD takes it as a text, too.
  if (typeof count === 'number') yield { by: 'replicas', round: 'value', spot: place([...path, 'count']), value: count, marked: ({ number }) => number };
  else if (typeof count === 'string' && /^\d+$/.test(count)) yield { by: 'replicas', round: 'value', spot: place([...path, 'count']), value: Number(count), marked: ({ number }) => String(number) };
}

export const replacementSites = (path: Steps, entry: Json, place: Place): Generator<Site> => textSites('replacement', [...path, 'sourceValue'], member(entry, 'sourceValue'), place);

/** An entry of `configMapGenerator` or `secretGenerator`. */
export function* generatorSites(path: Steps, entry: Json, { guards, place, secret }: { readonly guards: Guards; readonly place: Place; readonly secret: boolean }): Generator<Site> {
  for (const key of ['labels', 'annotations']) yield* mapSites('generator', [...path, 'options', key], member(member(entry, 'options'), key), place);
  if (secret) yield* textSites('generator', [...path, 'type'], textAt(entry, 'type') ?? 'Opaque', place);
  const name = textAt(entry, 'name');
  if (name !== undefined) yield* textSites('generator', [...path, 'name'], name, place, { round: guards.names.has(name) ? 'named' : 'name' });
  for (const [j, literal] of listAt(entry, 'literals').entries()) {
    if (typeof literal === 'string' && literal.includes('=')) yield { by: 'generator', round: 'value', spot: place([...path, 'literals', j]), value: unquoted(literal.slice(literal.indexOf('=') + 1)), marked: ({ text: mark }) => literal.replace(/(["']?)$/, `${mark}$1`) };
  }
}

/** The patches in a text that stands at a path. */
export function* patchTextSites(path: Steps, text: string, guards: Guards, place: Place): Generator<Site> {
  for (const [document, { value }] of patchTexts(text).entries()) yield* patchSites(value, guards, within(place(path), document));
}

/** The lines of an env file that give a value. */
export function* envSites(file: string, text: string): Generator<Site> {
  for (const { 0: line, index } of text.matchAll(/^[^#\s=][^=\r\n]*=[^\r\n]*/gm)) {
    const start = index + line.indexOf('=') + 1;
    yield { by: 'generator', round: 'value', spot: { kind: 'text', file, start, end: index + line.length }, value: line.slice(line.indexOf('=') + 1), marked: append(line.slice(line.indexOf('=') + 1)) };
  }
}

/** A file that is a value as a whole; without `text` it is none. */
export function fileSite(file: string, text: string | undefined): Site {
  if (text === undefined) return { by: 'generator', round: 'value', spot: { kind: 'bytes', file }, value: null, marked: ({ text: mark }) => mark };
  return { by: 'generator', round: 'value', spot: { kind: 'text', file, start: 0, end: text.length }, value: text, marked: ({ text: mark }) => text.replace(/(\n*)$/, `${mark}$1`) };
}

const append =
  (plain: string): Site['marked'] =>
  ({ text }: Token) =>
    plain + text;

const isScalar = (value: Json | undefined): value is string | number | boolean | bigint => value !== undefined && value !== null && typeof value !== 'object';

/** kustomize takes quotes around a literal away. */
const unquoted = (value: string): string => /^(["'])([^]*)\1$/.exec(value)?.[2] ?? value;
