import { nameMatches, namePattern, type NamePattern } from './go-match';

/** Whether Flux leaves the file (`/`-separated from the source's root) out of its artifact. */
export type SourceIgnore = (file: string) => boolean;

/** Left out in any case, unless a later rule brings it back (fluxcd/pkg/sourceignore). */
const VERSION_CONTROL = ['.git/', '.gitignore', '.gitmodules', '.gitattributes'].join('\n');
/** Left out as well where neither a `.sourceignore` nor `spec.ignore` has any rule. */
const DEFAULTS = [
  '*.jpg', '*.jpeg', '*.gif', '*.png', '*.wmv', '*.flv', '*.tar.gz', '*.zip',
  '.github/', '.circleci/', '.travis.yml', '.gitlab-ci.yml', 'appveyor.yml', '.drone.yml', 'cloudbuild.yaml', 'codeship-services.yml',
  'codeship-steps.yml', '**/.goreleaser.yml', '**/.sops.yaml', '**/.flux.yaml',
].join('\n');

/**
 * `.sourceignore` files by the folder they stand in (`''` the root), and `spec.ignore` of the source. The syntax is that of
 * `.gitignore` as Flux reads it: each file is asked about by itself, so that a file may come back below a folder that is left
 * out; the last rule that matches decides (fluxcd/pkg/sourceignore/gitignore, `SourceIgnoreFilter` of fluxcd/pkg/artifact).
 */
export function sourceIgnore(ignoreFiles: ReadonlyMap<string, string>, specIgnore: string | undefined): SourceIgnore {
  const own = [...[...ignoreFiles].sort(([a], [b]) => a.length - b.length).flatMap(([folder, text]) => parse(text, folder)), ...parse(specIgnore ?? '', '')];
  const rules = [...parse(VERSION_CONTROL, ''), ...(own.length === 0 ? parse(DEFAULTS, '') : own)];
  return file => {
    const path = file.split('/');
    return rules.findLast(rule => matches(rule, path))?.excludes ?? false;
  };
}

interface Rule {
  /** Segments of the folder whose file it stands in. */
  readonly folder: readonly string[];
  /** `any`: any number of folders; `undefined`: can match nothing. */
  readonly segments: readonly (NamePattern | 'any' | 'empty' | undefined)[];
  /** One name at any depth, in place of a path from the folder. */
  readonly anywhere: boolean;
  readonly excludes: boolean;
  readonly folderOnly: boolean;
}

function parse(text: string, folder: string): Rule[] {
  return text.split(/\r?\n/).flatMap(line => {
    if (line.startsWith('#') || line.trim() === '') return [];
    const excludes = !line.startsWith('!');
    const written = excludes ? line : line.slice(1);
    const pattern = written.endsWith('\\ ') ? written : written.replace(/ +$/, '');
    const folderOnly = pattern.endsWith('/');
    const body = folderOnly ? pattern.slice(0, -1) : pattern;
    const anywhere = !body.includes('/');
    const segments = body.split('/').map(segment => {
      if (anywhere) return namePattern(segment);
      if (segment === '') return 'empty';
      if (segment === '**') return 'any';
      return segment.includes('**') ? undefined : namePattern(segment);
    });
    return [{ folder: folder === '' ? [] : folder.split('/'), segments, anywhere, excludes, folderOnly }];
  });
}

/** Whether the rule is about this file, or about a folder above it. */
function matches({ folder, segments, anywhere, folderOnly }: Rule, file: readonly string[]): boolean {
  if (file.length <= folder.length || folder.some((segment, i) => segment !== file[i])) return false;
  const path = file.slice(folder.length);
  if (!anywhere) return matchesPath(segments, path, folderOnly);
  const [name] = segments;
  if (name === undefined || name === 'any' || name === 'empty') return false;
  const found = path.findIndex(segment => nameMatches(name, segment));
  return found >= 0 && !(folderOnly && found === path.length - 1);
}

/** Two stars take as few folders as they can, and do not try again with more, as in Flux. */
function matchesPath(segments: Rule['segments'], path: readonly string[], folderOnly: boolean): boolean {
  let at = 0;
  let matched = false;
  let crosses = false;
  for (const [i, segment] of segments.entries()) {
    if (segment === 'empty') {
      crosses = false;
      continue;
    }
    if (segment === 'any') {
      if (i === segments.length - 1) break;
      crosses = true;
      continue;
    }
    if (segment === undefined || at >= path.length) return false;
    const next = path.slice(at, crosses ? undefined : at + 1).findIndex(name => nameMatches(segment, name));
    if (next < 0 && !crosses) return false;
    matched = next >= 0;
    at = matched ? at + next + 1 : path.length;
    crosses = false;
  }
  return matched && !(folderOnly && at === path.length);
}
