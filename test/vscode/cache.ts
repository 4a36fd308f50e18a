import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

export type Log = (line: string) => void;

/** Where programs that tests need are kept between runs and between checkouts. */
export function cacheRoot(env: NodeJS.ProcessEnv = process.env): string {
  return env['PLUMBLINE_CACHE'] ?? join(env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'plumbline');
}

/**
 * The folder `root/name`, made by `make` in a temporary folder beside it the first time and renamed into place, so that
 * a half-made one is never seen. A second process waits for the first. `log` gets one line at the start and one at the end.
 */
export async function cached(root: string, name: string, log: Log, make: (folder: string) => Promise<void>): Promise<string> {
  const folder = join(root, name);
  if (await exists(folder)) return folder;
  await mkdir(dirname(folder), { recursive: true });
  const lock = `${folder}.lock`;
  await acquire(lock, log);
  try {
    if (await exists(folder)) return folder;
    const began = Date.now();
    log(`${name}: fetching`);
    const fresh = `${folder}.new`;
    await rm(fresh, { recursive: true, force: true });
    await mkdir(fresh, { recursive: true });
    await make(fresh);
    await rename(fresh, folder);
    log(`${name}: ready in ${Math.round((Date.now() - began) / 1000)} s`);
    return folder;
  } finally {
    await rm(lock, { recursive: true, force: true });
  }
}

/** A folder is the lock: making it is atomic everywhere. One whose process is gone is taken over. */
async function acquire(lock: string, log: Log): Promise<void> {
  for (let told = false; ; told = true) {
    try {
      await mkdir(lock);
      await writeFile(join(lock, 'pid'), String(process.pid));
      return;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
    if (await abandoned(lock)) await rm(lock, { recursive: true, force: true });
    else {
      if (!told) log(`waiting for another process that holds ${lock}`);
      await wait(500);
    }
  }
}

async function abandoned(lock: string): Promise<boolean> {
  try {
    const pid = Number(await readFile(join(lock, 'pid'), 'utf8'));
    return pid > 0 && !alive(pid);
  } catch {
    // Between making the folder and naming its holder lies an instant; after that, a lock without a name has no holder.
    const made = await stat(lock).catch(() => undefined);
    return made === undefined || Date.now() - made.mtimeMs > 5000;
  }
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
