import { posix } from 'node:path';
import type { Range } from '../manifests/document';
import { resolveIn, topKey } from './kustomization';
import { NOWHERE, textOf, type Reach, type ReachedKustomization, type RenderProblem } from './reach';

/**
 * Where to look for what kustomize complains about: it follows the files that the message names on its way down, and stops at the
 * last one it can find; in a broken YAML file at the line it names.
 */
export function placeError(message: string, root: string, { files, kustomizations }: Pick<Reach, 'files' | 'kustomizations'>): RenderProblem {
  const top = inFolder(kustomizations, root);
  if (!top) return { file: root, range: NOWHERE, message: sentence(message) };
  let here: Here = top;
  let place: Place = { file: here.file, range: firstKey(here.kustomization) };
  for (const [, quoted, broken] of message.matchAll(/'([^'\n]+)'|in File: ([^\s]+)/g)) {
    const text = quoted ?? broken ?? '';
    const { folder, references }: ReachedKustomization = here.kustomization;
    const reference = references.find(candidate => candidate.text === text || resolveIn(folder, candidate.text) === text.replace(/^\//, ''));
    if (!reference) continue;
    const path = resolveIn(folder, reference.text);
    place = { file: here.file, range: reference.range };
    const next = path === undefined ? undefined : inFolder(kustomizations, path);
    if (next) {
      here = next;
      place = { file: here.file, range: firstKey(here.kustomization) };
    } else if (path !== undefined && files.has(path)) {
      const line = /\bline (\d+)\b/.exec(message)?.[1];
      if (line !== undefined) place = { file: path, range: lineRange(textOf(files.get(path) ?? new Uint8Array()), Number(line)) };
    }
  }
  const unknown = /unknown field "([^"]+)"/.exec(message)?.[1];
  const key = unknown === undefined ? undefined : topKey(here.kustomization.root, unknown);
  if (key) place = { file: here.file, range: key };
  return { ...place, message: sentence(message) };
}

interface Place {
  readonly file: string;
  readonly range: Range;
}

interface Here {
  readonly file: string;
  readonly kustomization: ReachedKustomization;
}

function inFolder(kustomizations: ReadonlyMap<string, ReachedKustomization>, folder: string): Here | undefined {
  for (const [file, kustomization] of kustomizations) if ((posix.dirname(file) === '.' ? '' : posix.dirname(file)) === folder) return { file, kustomization };
  return undefined;
}

const firstKey = ({ root }: ReachedKustomization): Range => root?.pairs[0]?.keyRange ?? NOWHERE;

/** The characters of a 1-based line, without its indentation; the last line where the text has fewer. */
function lineRange(text: string, line: number): Range {
  const lines = text.split('\n');
  const index = Math.max(0, Math.min(line, lines.length) - 1);
  const start = lines.slice(0, index).reduce((total, { length }) => total + length + 1, 0);
  const content = lines[index] ?? '';
  const indent = content.length - content.trimStart().length;
  return { start: start + indent, end: start + content.trimEnd().length };
}

/** Long enough for the chain of files, short enough for a list of problems. */
const MAX_LENGTH = 1_000;

/** The innermost cause stands at the end of kustomize's chain: it is said first. */
function sentence(message: string): string {
  const text = message.replaceAll(/\s+/g, ' ').trim();
  return `kustomize: ${text.length > MAX_LENGTH ? `… ${text.slice(-MAX_LENGTH)}` : text}`;
}
