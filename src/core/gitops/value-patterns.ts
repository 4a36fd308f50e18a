import { posix } from 'node:path';
import { nameMatches, namePattern, type NamePattern } from './go-match';
import type { ChartRequest } from '../render/helm-chart';

/** Whether Argo CD takes the name of a value file for a pattern (reposerver, `isGlobPath`). */
export const isPattern = (path: string): boolean => /[*?[]/.test(path);

/** What it finds, and in which order, can be told; or it is no pattern. */
export const isComputed = (path: string): boolean => !isPattern(path) || segmentsOf(path) !== undefined;

/** The folder below which a pattern finds files. */
export const folderOfPattern = (pattern: string): string => {
  const segments = pattern.split('/');
  return segments.slice(0, segments.findIndex(segment => /[*?[{\\]/.test(segment))).join('/');
};

type Values = ChartRequest['values'];

/**
 * The value files that Argo CD gives to Helm (reposerver, `getResolvedValueFiles`): a pattern stands for the files that it finds,
 * without those that are named by themselves; each once, where it comes first.
 * `files` are paths from the top. A text: what Argo CD calls an error, in a few words.
 */
export function resolvedValues(values: Values, files: readonly string[], ignoreMissing: boolean): Values | string {
  const named = new Set(values.flatMap(value => (value.kind === 'file' && !isPattern(value.path) ? [value.path] : [])));
  const folders = foldersOf(files);
  const seen = new Set<string>();
  const out: Values[number][] = [];
  const add = (path: string): void => {
    if (!seen.has(path)) out.push({ kind: 'file', path });
    seen.add(path);
  };
  for (const value of values) {
    if (value.kind === 'text') {
      out.push(value);
    } else if (!isPattern(value.path)) {
      add(value.path);
    } else {
      const found = foundBy(segmentsOf(value.path) ?? [], folders);
      const folder = found.find(path => folders.has(path));
      if (folder !== undefined) return `${value.path} finds the folder ${folder}, which is no value file`;
      if (found.length === 0 && !ignoreMissing) return `no value file is found by ${value.path}`;
      for (const file of found) if (!named.has(file)) add(file);
    }
  }
  return out;
}

/** What each folder holds, in order; `''` is the top. */
function foldersOf(files: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, Set<string>>([['', new Set()]]);
  for (const file of files) {
    const names = file.split('/');
    for (const [i, name] of names.entries()) {
      const folder = names.slice(0, i).join('/');
      found.set(folder, (found.get(folder) ?? new Set()).add(name));
    }
  }
  return new Map([...found].map(([folder, names]) => [folder, [...names].sort(byText)]));
}

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const DEEP = 'any folders';

/** Alternatives for one name. */
type Segment = readonly NamePattern[] | typeof DEEP;

/** Names that braces may multiply into. */
const MAX_ALTERNATIVES = 256;
/** A class as it is read here: single letters and ranges. */
const CLASS = /\[[!^]?(?:[^\][\\{}!^-](?:-[^\][\\{}!^-])?)+\]/g;
/** Of what is left of a name: an escaped backslash, one at the end, a bracket that does not close or holds something odd. */
const ODD = /\\(?:\\|$)|[[\]]/;

/**
 * A pattern as doublestar reads it (github.com/bmatcuk/doublestar, `FilepathGlob`). `undefined` for what is left open: odd classes
 * and escapes, braces around a slash, and braces together with `**`, which are put in another order.
 */
function segmentsOf(pattern: string): readonly Segment[] | undefined {
  const written = pattern.split('/');
  if (written.includes('**') && /[{}]/.test(pattern)) return undefined;
  const segments = written.map(name => (name === '**' ? DEEP : alternativesOf(name)));
  return segments.every(segment => segment !== undefined) ? segments : undefined;
}

function alternativesOf(name: string): readonly NamePattern[] | undefined {
  if (ODD.test(name.replace(CLASS, ''))) return undefined;
  const all = expanded(name.replace(/(\\.)|\[!/g, (_, escape: string | undefined) => escape ?? '[^'));
  if (all?.every(one => one === name || !/^(?:|\.\.?|\*\*)$/.test(one)) !== true) return undefined;
  const patterns = all.map(namePattern);
  return patterns.every(one => one !== undefined) ? patterns : undefined;
}

/** A name for each choice of what stands in its braces; `undefined` for braces that do not close. */
function expanded(name: string): readonly string[] | undefined {
  const open = /(?<!\\)[{}]/.exec(name)?.index;
  if (open === undefined) return [name];
  const found = name[open] === '{' ? inBraces(name, open + 1) : undefined;
  const rest = found && expanded(name.slice(found.end));
  if (!rest) return undefined;
  const inside = found.parts.map(expanded);
  const all = inside.flatMap(parts => (parts ?? []).flatMap(part => rest.map(after => name.slice(0, open) + part + after)));
  return inside.every(parts => parts !== undefined) && all.length <= MAX_ALTERNATIVES ? all : undefined;
}

/** The alternatives from here on, and where what follows them begins. */
function inBraces(name: string, start: number): { readonly parts: readonly string[]; readonly end: number } | undefined {
  const parts: string[] = [];
  let [from, depth] = [start, 0];
  for (let i = start; i < name.length; i++) {
    const letter = name[i];
    if (letter === '\\') i++;
    else if (letter === '{') depth++;
    else if (letter === '}' && depth > 0) depth--;
    else if ((letter === ',' || letter === '}') && depth === 0) {
      parts.push(name.slice(from, i));
      from = i + 1;
      if (letter === '}') return { parts, end: from };
    }
  }
  return undefined;
}

/** As it walks: what is found for each folder that the pattern before finds, name by name. Folders are found, too. */
function foundBy(segments: readonly Segment[], folders: ReadonlyMap<string, readonly string[]>): readonly string[] {
  let found: readonly string[] = [''];
  for (const [i, segment] of segments.entries()) {
    const isLast = i === segments.length - 1;
    found = found.flatMap(folder => (segment === DEEP ? below(folder, folders, isLast) : inside(folder, folders).filter(path => segment.some(one => nameMatches(one, posix.basename(path))) && (isLast || folders.has(path)))));
  }
  return found;
}

const inside = (folder: string, folders: ReadonlyMap<string, readonly string[]>): readonly string[] => (folders.get(folder) ?? []).map(name => posix.join(folder, name));

/** The folder and those in it, with their files where these are asked for. */
const below = (folder: string, folders: ReadonlyMap<string, readonly string[]>, withFiles: boolean): readonly string[] => [folder, ...inside(folder, folders).flatMap(path => (folders.has(path) ? below(path, folders, withFiles) : withFiles ? [path] : []))];
