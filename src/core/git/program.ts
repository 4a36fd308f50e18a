import { constants } from 'node:fs';
import { access, realpath, stat } from 'node:fs/promises';
import { delimiter, isAbsolute, join, relative, sep } from 'node:path';

/** What decides which program runs and what it inherits. */
export interface ProgramSettings {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Folders whose contents others may have chosen (the workspace): no program is taken from below them, nor from the current folder. */
  readonly untrusted: readonly string[];
}

export const findGit = (settings: ProgramSettings): Promise<string | undefined> => findProgram('git', settings);

/**
 * The first program of this name on PATH, as an absolute path; `undefined` when there is none. Relative PATH entries are skipped: they mean
 * the current folder, which a repository may be (`reference/robustness.md` C3 row 31).
 */
export async function findProgram(name: string, { env, untrusted }: ProgramSettings): Promise<string | undefined> {
  const path = Object.entries(env).find(([key]) => key.toUpperCase() === 'PATH')?.[1] ?? '';
  const forbidden = await Promise.all([...untrusted, process.cwd()].map(realFolder));
  for (const folder of path.split(delimiter)) {
    if (!isAbsolute(folder)) continue;
    const file = join(folder, process.platform === 'win32' ? `${name}.exe` : name);
    if ((await isProgram(file)) && !forbidden.some(root => root !== undefined && isWithin(root, folder)) && !(await leadsInto(file, forbidden))) return file;
  }
  return undefined;
}

async function isProgram(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
}

async function leadsInto(file: string, forbidden: readonly (string | undefined)[]): Promise<boolean> {
  const real = await realFolder(file);
  return real === undefined || forbidden.some(root => root !== undefined && isWithin(root, real));
}

async function realFolder(path: string): Promise<string | undefined> {
  try {
    return await realpath(path);
  } catch {
    return undefined;
  }
}

function isWithin(root: string, path: string): boolean {
  // The file system's root is nobody's workspace: a window or a shell that stands there forbids nothing.
  if (root === join(root, '..')) return false;
  const inside = relative(root, path);
  return inside === '' || (inside !== '..' && !inside.startsWith(`..${sep}`) && !isAbsolute(inside));
}
