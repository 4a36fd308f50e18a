import { posix } from 'node:path';
import { wild } from './wild';

/** Whether Flux leaves the file (`/`-separated from the source's root) out of its artifact. */
export type SourceIgnore = (file: string) => boolean;

/** What source-controller leaves out unless `spec.ignore` replaces the list (fluxcd/pkg/sourceignore). */
const DEFAULTS = [
  '.git/', '.gitignore', '.gitmodules', '.gitattributes', '*.jpg', '*.jpeg', '*.gif', '*.png', '*.wmv', '*.flv', '*.tar.gz', '*.zip',
  '.github/', '.circleci/', '.travis.yml', '.gitlab-ci.yml', 'appveyor.yml', '.drone.yml', 'cloudbuild.yaml', 'codeship-services.yml',
  'codeship-steps.yml', '**/.goreleaser.yml', '**/.goreleaser.yaml', '**/.sops.yaml', '**/.flux.yaml',
].join('\n');

/**
 * `.sourceignore` files by the folder they stand in (`''` the root), and the GitRepository's `spec.ignore`. Syntax of `.gitignore`;
 * the last rule that matches decides, and nothing comes back below a folder that is left out.
 */
export function sourceIgnore(ignoreFiles: ReadonlyMap<string, string>, specIgnore: string | undefined): SourceIgnore {
  const rules = [
    ...parse(specIgnore === undefined ? DEFAULTS : '', ''),
    ...[...ignoreFiles].sort(([a], [b]) => a.length - b.length).flatMap(([folder, text]) => parse(text, folder)),
    ...parse(specIgnore ?? '', ''),
  ];
  const excluded = (path: string, isFolder: boolean): boolean => rules.findLast(rule => (isFolder || !rule.folderOnly) && matches(rule, path))?.excludes ?? false;
  return file => {
    const parts = file.split('/');
    return parts.some((_, i) => excluded(parts.slice(0, i + 1).join('/'), i < parts.length - 1));
  };
}

interface Rule {
  readonly folder: string;
  /** One entry per path segment; `**` stands for any number of them. */
  readonly segments: readonly string[];
  readonly excludes: boolean;
  readonly folderOnly: boolean;
}

function parse(text: string, folder: string): Rule[] {
  return text.split(/\r?\n/).flatMap(line => {
    const trimmed = line.replace(/(?<!\\)\s+$/, '');
    if (trimmed === '' || trimmed.startsWith('#')) return [];
    const excludes = !trimmed.startsWith('!');
    const pattern = (excludes ? trimmed : trimmed.slice(1)).replace(/^\\(?=[#!])/, '');
    const body = pattern.replace(/^\//, '').replace(/\/$/, '');
    // A slash anywhere but at the end ties the pattern to the folder of its file.
    const anchored = pattern.replace(/\/$/, '').includes('/');
    return body === '' ? [] : [{ folder, segments: [...(anchored ? [] : ['**']), ...body.split('/')], excludes, folderOnly: pattern.endsWith('/') }];
  });
}

function matches(rule: Rule, path: string): boolean {
  const inside = rule.folder === '' ? path : posix.relative(rule.folder, path);
  if (inside === '' || inside.startsWith('..')) return false;
  return wild(rule.segments, inside.split('/'), '**', (pattern, segment) => wild(Array.from(pattern), Array.from(segment), '*', (p, c) => p === '?' || p === c));
}
