import { access } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { sameLines } from '../core/manifests/places';
import type { Target } from './target';

/**
 * Whether one of these manifest files differs from the commit, or a YAML file of the commit below the paths is gone. Asked
 * of Git's objects: `git status` would run what a repository's configuration names.
 */
export async function isDirty({ repository, paths }: Target, head: string, files: readonly string[], text: (file: string) => string | undefined): Promise<boolean> {
  if (!repository) return false;
  const inRepository = (file: string): string => relative(repository.root, file).split(sep).join('/');
  const committed = await repository.blobs(head, files.map(inRepository));
  for (const file of files) {
    const [now, then] = [text(file), committed.get(inRepository(file))];
    // What is no text, on either side, is not compared.
    if (now !== undefined && (then === undefined || !sameLines(now, then))) return true;
  }
  const present = new Set(files.map(inRepository));
  for (const path of paths) {
    const gone = (await repository.tree(head, inRepository(path))).filter(file => /\.ya?ml$/.test(file) && !present.has(file));
    for (const file of gone) if (!(await exists(join(repository.root, file)))) return true;
  }
  return false;
}

const exists = (file: string): Promise<boolean> => access(file).then(() => true, () => false);
