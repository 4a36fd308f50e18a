import { at, listAt, member, textAt, type Json } from '../base/json';
import type { SourceNode } from '../manifests/document';
import { kustomizationAmong, resolveIn } from './kustomization';
import { generatorSites, imageSites, mapSites, patchTextSites, replacementSites, replicaSites, textSites } from './kustomization-sites';
import type { Reach } from './reach';
import type { Guards } from './rounds';
import { patchTexts, within, type Place, type Site } from './sites';

/** One configuration of a generator or a transformer: a document of its own, or a text in the kustomization. */
export interface Config {
  readonly value: Json;
  /** What it names is relative to this folder. */
  readonly folder: string;
  readonly place: Place;
  /** `undefined`: in the kustomization. */
  readonly file: string | undefined;
}

/** What `generators` and `transformers` of these kustomizations hold; `read` gives the documents of a file. */
export function* configsOf({ files, kustomizations }: Pick<Reach, 'files' | 'kustomizations'>, read: (file: string) => readonly SourceNode[]): Generator<Config> {
  for (const [kustomization, { folder, root }] of kustomizations) {
    for (const key of ['generators', 'transformers']) {
      for (const [i, entry] of listAt(root?.value, key).entries()) {
        if (typeof entry !== 'string') continue;
        const inline = entry.includes('\n') ? patchTexts(entry) : [];
        for (const [document, { value }] of inline.entries()) yield { value, folder, place: within({ kind: 'yaml', file: kustomization, document: 0, path: [key, i] }, document), file: undefined };
        const path = inline.length > 0 ? undefined : resolveIn(folder, entry);
        for (const file of path === undefined ? [] : filesAt(path, { files, kustomizations })) {
          for (const [document, { value }] of read(file).entries()) yield { value, folder, place: steps => ({ kind: 'yaml', file, document, path: steps }), file };
        }
      }
    }
  }
}

/** The file; of a folder those that its kustomization lists, and so on. */
function filesAt(path: string, reached: Pick<Reach, 'files' | 'kustomizations'>, seen: ReadonlySet<string> = new Set()): readonly string[] {
  if (reached.files.has(path)) return [path];
  const kustomization = seen.has(path) ? undefined : kustomizationAmong(path, reached.files);
  const root = kustomization === undefined ? undefined : reached.kustomizations.get(kustomization)?.root;
  return listAt(root?.value, 'resources').flatMap(entry => {
    const next = typeof entry === 'string' ? resolveIn(path, entry) : undefined;
    return next === undefined ? [] : filesAt(next, reached, new Set([...seen, path]));
  });
}

/** What a configuration sets, by its kind (kustomize api/internal/builtins); of other kinds nothing. */
export function* configSites({ value, place }: Config, guards: Guards): Generator<Site> {
  switch (textAt(value, 'kind')) {
    case 'AnnotationsTransformer':
      yield* mapSites('transformer', ['annotations'], member(value, 'annotations'), place);
      return;
    case 'LabelTransformer':
      yield* mapSites('transformer', ['labels'], member(value, 'labels'), place);
      return;
    case 'NamespaceTransformer':
      yield* textSites('transformer', ['metadata', 'namespace'], at(value, 'metadata', 'namespace'), place);
      return;
    case 'PrefixTransformer':
    case 'SuffixTransformer':
    case 'PrefixSuffixTransformer':
      for (const key of ['prefix', 'suffix']) yield* textSites('transformer', [key], member(value, key), place);
      return;
    case 'ValueAddTransformer':
      yield* textSites('transformer', ['value'], member(value, 'value'), place);
      return;
    case 'ImageTagTransformer':
      yield* imageSites(['imageTag'], member(value, 'imageTag') ?? null, place);
      return;
    case 'ReplicaCountTransformer':
      yield* replicaSites(['replica'], member(value, 'replica') ?? null, place);
      return;
    case 'ReplacementTransformer':
      for (const [i, entry] of listAt(value, 'replacements').entries()) yield* replacementSites(['replacements', i], entry, place);
      return;
    case 'PatchTransformer':
    case 'PatchStrategicMergeTransformer':
    case 'PatchJson6902Transformer':
      for (const key of ['patch', 'patches', 'jsonOp']) yield* patchTextSites([key], textAt(value, key) ?? '', guards, place);
      return;
    case 'ConfigMapGenerator':
    case 'SecretGenerator':
      yield* generatorSites([], value, { guards, place, secret: textAt(value, 'kind') === 'SecretGenerator' });
  }
}

