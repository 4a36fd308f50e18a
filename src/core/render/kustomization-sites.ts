import { isObject, listAt, member, textAt, type Json } from '../base/json';
import type { Guards } from './rounds';
import { patchSites, patchTexts, type SetBy, type Site, type Spot, type Steps, type Token } from './sites';

/** What a kustomization sets by itself: fields of its own, patches written in it, literals. `place` says where a field stands. */
export function* kustomizationSites(value: Json, guards: Guards, place: (path: Steps) => Spot): Generator<Site> {
  const text = (by: SetBy, path: Steps, given: Json | undefined, mark = append): Site[] => (isScalar(given) ? [{ by, round: 'value', spot: place(path), value: given, marked: mark(String(given)) }] : []);
  const map = (by: SetBy, path: Steps, given: Json | undefined): Site[] => Object.entries(isObject(given) ? given : {}).flatMap(([key, item]) => text(by, [...path, key], item));
  for (const key of ['namePrefix', 'nameSuffix', 'namespace', 'targetNamespace']) yield* text('transformer', [key], member(value, key));
  for (const key of ['commonLabels', 'commonAnnotations']) yield* map('transformer', [key], member(value, key));
  for (const [i, entry] of listAt(value, 'labels').entries()) yield* map('transformer', ['labels', i, 'pairs'], member(entry, 'pairs'));
  for (const [i, image] of listAt(value, 'images').entries()) for (const key of ['newName', 'newTag', 'digest', 'tagSuffix']) yield* text('images', ['images', i, key], member(image, key));
  for (const [i, entry] of listAt(value, 'replicas').entries()) {
    const count = member(entry, 'count');
    if (typeof count === 'number') yield { by: 'replicas', round: 'value', spot: place(['replicas', i, 'count']), value: count, marked: ({ number }) => number };
  }
  for (const [i, entry] of listAt(value, 'replacements').entries()) yield* text('replacement', ['replacements', i, 'sourceValue'], member(entry, 'sourceValue'));
  for (const key of ['labels', 'annotations']) yield* map('generator', ['generatorOptions', key], member(member(value, 'generatorOptions'), key));
  for (const generator of ['configMapGenerator', 'secretGenerator']) {
    for (const [i, entry] of listAt(value, generator).entries()) {
      for (const key of ['labels', 'annotations']) yield* map('generator', [generator, i, 'options', key], member(member(entry, 'options'), key));
      const name = textAt(entry, 'name');
      if (generator === 'secretGenerator') yield { by: 'generator', round: 'value', spot: place([generator, i, 'type']), value: textAt(entry, 'type') ?? 'Opaque', marked: append(textAt(entry, 'type') ?? 'Opaque') };
      if (name !== undefined) yield { by: 'generator', round: guards.names.has(name) ? 'named' : 'name', spot: place([generator, i, 'name']), value: name, marked: append(name) };
      for (const [j, literal] of listAt(entry, 'literals').entries()) if (typeof literal === 'string' && literal.includes('=')) yield { by: 'generator', round: 'value', spot: place([generator, i, 'literals', j]), value: unquoted(literal.slice(literal.indexOf('=') + 1)), marked: ({ text: mark }) => literal.replace(/(["']?)$/, `${mark}$1`) };
    }
  }
  for (const path of inlinePatches(value)) {
    const spot = place(path);
    if (spot.kind === 'yaml' || spot.kind === 'spec') yield* patchSites(patchTexts(textAt(value, ...path) ?? ''), guards, (document, inner) => ({ ...spot, inner: { document, path: inner } }));
  }
}

function* inlinePatches(value: Json): Generator<Steps> {
  for (const key of ['patches', 'patchesJson6902']) for (const [i, entry] of listAt(value, key).entries()) if (textAt(entry, 'patch') !== undefined) yield [key, i, 'patch'];
  for (const [i, entry] of listAt(value, 'patchesStrategicMerge').entries()) if (typeof entry === 'string' && entry.includes('\n')) yield ['patchesStrategicMerge', i];
}

/** The lines of an env file that give a value. */
export function* envSites(file: string, text: string): Generator<Site> {
  for (const { 0: line, index } of text.matchAll(/^[^#\s=][^=\r\n]*=[^\r\n]*/gm)) {
    const start = index + line.indexOf('=') + 1;
    yield { by: 'generator', round: 'value', spot: { kind: 'text', file, start, end: index + line.length }, value: line.slice(line.indexOf('=') + 1), marked: append(line.slice(line.indexOf('=') + 1)) };
  }
}

/** A file that is a value as a whole. */
export const fileSite = (file: string, text: string): Site => ({ by: 'generator', round: 'value', spot: { kind: 'text', file, start: 0, end: text.length }, value: text, marked: ({ text: mark }) => text.replace(/(\n*)$/, `${mark}$1`) });

const append =
  (plain: string): Site['marked'] =>
  ({ text }: Token) =>
    plain + text;

const isScalar = (value: Json | undefined): value is string | number | boolean | bigint => value !== undefined && value !== null && typeof value !== 'object';

/** kustomize takes quotes around a literal away. */
const unquoted = (value: string): string => /^(["'])([^]*)\1$/.exec(value)?.[2] ?? value;
