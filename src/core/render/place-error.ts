import { posix } from 'node:path';
import { listAt, textAt } from '../base/json';
import { field } from '../kube/path';
import type { Range, SourceNode } from '../manifests/document';
import { readDocuments } from '../manifests/documents';
import { locate } from '../manifests/locate';
import { resolveIn, topKey, type Reference } from './kustomization';
import { NOWHERE, textOf, type Reach, type ReachedKustomization, type RenderProblem } from './reach';

/**
 * Where to look for what kustomize complains about: it follows the folders that the message names on its way down, and then marks
 * the entry it names; in a broken YAML file the place where reading stops.
 */
export function placeError(message: string, root: string, { files, kustomizations }: Pick<Reach, 'files' | 'kustomizations'>): RenderProblem {
  const worded = sentence(message);
  let here = inFolder(kustomizations, root);
  if (!here) return { file: root, range: NOWHERE, message: worded };
  for (let cursor = 0; ; ) {
    const { file, kustomization }: Here = here;
    const expression = message.includes('panicked') ? brokenExpression(kustomizations) : undefined;
    if (expression) return expression;
    const own = kustomization.root ? undefined : troubleIn(files.get(file));
    if (own) return { file, range: own, message: worded };
    const mention = firstMention(message, cursor, kustomization);
    const entry = mention?.reference ?? unmatchedPatch(message, kustomization, files);
    if (!entry) return { file, range: aboutKey(message, kustomization), message: worded };
    const path = resolveIn(kustomization.folder, entry.text);
    const next = path === undefined ? undefined : inFolder(kustomizations, path);
    const descent = next && path !== undefined ? message.indexOf(`path '/${path}'`, mention?.at ?? 0) : -1;
    if (next && descent >= 0) {
      here = next;
      cursor = descent + (path?.length ?? 0);
      continue;
    }
    const broken = path === undefined ? undefined : troubleIn(files.get(path));
    return broken && path !== undefined && message.includes('YAML') ? { file: path, range: broken, message: worded } : { file, range: entry.range, message: worded };
  }
}

/** Where reading stops in a file that is no YAML. */
const troubleIn = (bytes: Uint8Array | undefined): Range | undefined => bytes && readDocuments(textOf(bytes), 'K3').find(({ trouble }) => trouble)?.trouble?.range;

/** kustomize takes the names of images for regular expressions, and does not look whether they are (api/internal/image `IsImageMatched`). */
function brokenExpression(kustomizations: Reach['kustomizations']): RenderProblem | undefined {
  for (const [file, { root }] of kustomizations) {
    for (const [i, image] of listAt(root?.value, 'images').entries()) {
      const name = textAt(image, 'name') ?? '';
      if (root && !isExpression(name)) return { file, range: locate(root, [field('images'), { kind: 'index', index: i }, field('name')]).range, message: `kustomize takes the name of an image for a regular expression, and breaks off at this one, which is none: ${name}` };
    }
  }
  return undefined;
}

function isExpression(text: string): boolean {
  try {
    new RegExp(text);
    return true;
  } catch {
    return false;
  }
}

/** The same for what Flux drops of the root's kustomization, which it builds all the same (fluxcd/pkg/kustomize `GenerateManifest`). */
export function placeDropped(message: string, root: string, { kustomizations }: Pick<Reach, 'kustomizations'>): RenderProblem {
  const here = inFolder(kustomizations, root);
  const reason = message.replace(/^invalid Kustomization: (?:json: )?/, '');
  return { file: here?.file ?? root, range: here ? aboutKey(message, here.kustomization) : NOWHERE, message: `Flux leaves out what it does not know here, and applies the rest; kustomize build refuses it: ${reason}.` };
}

interface Here {
  readonly file: string;
  readonly kustomization: ReachedKustomization;
}

function inFolder(kustomizations: ReadonlyMap<string, ReachedKustomization>, folder: string): Here | undefined {
  for (const [file, kustomization] of kustomizations) if (kustomization.folder === folder || posix.dirname(file) === folder) return { file, kustomization };
  return undefined;
}

/** The entry that the message names first, as it is written or by its path. */
function firstMention(message: string, from: number, { folder, references }: ReachedKustomization): { readonly reference: Reference; readonly at: number } | undefined {
  let best: { readonly reference: Reference; readonly at: number } | undefined;
  for (const reference of references) {
    const { text } = reference;
    const forms = [`'${text}'`, `"${text}"`, `path: ${text} `, `path: ${text}\n`, `'/${resolveIn(folder, text) ?? ''}'`];
    for (const form of forms) {
      const at = message.indexOf(form, from);
      if (at >= 0 && (best === undefined || at < best.at)) best = { reference, at };
    }
  }
  return best;
}

/** `no matches for Id Service.v1.[noGrp]/web.[noNs]`: the patch file that is for such an object. */
function unmatchedPatch(message: string, { folder, references }: ReachedKustomization, files: ReadonlyMap<string, Uint8Array>): Reference | undefined {
  const [, kind, name] = /for patch (\w+)\.[^/]*\/(.+?)\.(?:\[noNs\]|[\w-]+)/.exec(message) ?? [];
  if (kind === undefined || name === undefined) return undefined;
  return references.find(({ text }) => {
    const bytes = files.get(resolveIn(folder, text) ?? '');
    return bytes !== undefined && new RegExp(`kind"?: *"?${kind}\\b`).test(textOf(bytes)) && textOf(bytes).includes(name);
  });
}

/** The field that the message is about, as far as it says; else the first one. */
function aboutKey(message: string, { root }: ReachedKustomization): Range {
  const unknown = /unknown field "([^"]+)"/.exec(message)?.[1];
  const named = root?.pairs.find(({ key }) => message.includes(key.replace(/e?s$/, '')))?.key;
  return topKey(root, unknown ?? '') ?? keyBelow(root, unknown ?? '') ?? topKey(root, /patch/i.test(message) ? 'patches' : /nothing selected by|replacement/.test(message) ? 'replacements' : '') ?? topKey(root, named ?? '') ?? root?.pairs[0]?.keyRange ?? NOWHERE;
}

/** The first key of this name, at any depth. */
function keyBelow(node: SourceNode | undefined, name: string): Range | undefined {
  if (node?.kind === 'list') for (const item of node.items) {
    const found = keyBelow(item, name);
    if (found) return found;
  }
  if (node?.kind === 'map') for (const { key, keyRange, node: value } of node.pairs) {
    const found = key === name ? keyRange : keyBelow(value, name);
    if (found) return found;
  }
  return undefined;
}

/** Long enough for the chain of files, short enough for a list of problems. */
const MAX_LENGTH = 1_000;

/** The cause stands at the end of kustomize's chain: that end is kept. */
function sentence(message: string): string {
  const text = message.replaceAll(/\s+/g, ' ').trim();
  return `kustomize: ${text.length > MAX_LENGTH ? `… ${text.slice(-MAX_LENGTH)}` : text}`;
}
