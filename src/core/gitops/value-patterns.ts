import { posix } from 'node:path';
import { nameMatches, namePattern, type NamePattern } from './go-match';
import type { ChartRequest } from '../render/helm-chart';

/** Whether Argo CD takes the name of a value file for a pattern (reposerver, `isGlobPath`). */
export const isPattern = (path: string): boolean => /[*?[]/.test(path);

/** Braces, escapes and `[!…]` are read otherwise than here. */
export const isComputed = (path: string): boolean => !isPattern(path) || !/[{}\\]|\[!/.test(path);

/** The folder below which a pattern finds files. */
export const folderOfPattern = (pattern: string): string => {
  const segments = pattern.split('/');
  return segments.slice(0, segments.findIndex(isPattern)).join('/');
};

type Values = ChartRequest['values'];

/**
 * The value files that Argo CD gives to Helm (reposerver, `getResolvedValueFiles`): a pattern stands for the files that it finds,
 * those of a folder before those of the folders in it, without those that are named by themselves; each once, where it comes first.
 * `files` are paths from the top. A text: the pattern that finds nothing, where that is an error.
 */
export function resolvedValues(values: Values, files: readonly string[], ignoreMissing: boolean): Values | string {
  const named = new Set(values.flatMap(value => (value.kind === 'file' && !isPattern(value.path) ? [value.path] : [])));
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
      const pattern = segmentsOf(value.path);
      const found = files.filter(file => pattern !== undefined && matches(pattern, file.split('/'))).sort(asFound);
      if (found.length === 0 && !ignoreMissing) return value.path;
      for (const file of found) if (!named.has(file)) add(file);
    }
  }
  return out;
}

const DEEP = 'any folders';

type Segment = NamePattern | typeof DEEP;

/** `undefined`: Go calls it a bad pattern, which finds nothing. */
function segmentsOf(pattern: string): readonly Segment[] | undefined {
  const segments = pattern.split('/').map(segment => (segment === '**' ? DEEP : namePattern(segment)));
  return segments.every(segment => segment !== undefined) ? segments : undefined;
}

function matches([first, ...rest]: readonly Segment[], names: readonly string[]): boolean {
  const [name, ...below] = names;
  if (first === undefined) return name === undefined;
  if (first === DEEP) return (rest.length === 0 ? name !== undefined : matches(rest, names)) || (name !== undefined && matches([first, ...rest], below));
  return name !== undefined && nameMatches(first, name) && matches(rest, below);
}

/** As the folders are walked. */
function asFound(a: string, b: string): number {
  const [from, to] = [posix.dirname(a).split('/'), posix.dirname(b).split('/')];
  for (const [i, name] of from.entries()) {
    const other = to[i];
    if (other === undefined) return 1;
    if (name !== other) return name === '.' || (other !== '.' && name < other) ? -1 : 1;
  }
  if (from.length < to.length) return -1;
  return a < b ? -1 : a > b ? 1 : 0;
}
