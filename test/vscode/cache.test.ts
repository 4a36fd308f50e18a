import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cached, cacheRoot } from './cache';

const quiet = (): void => undefined;

describe('The cache of test programs', () => {
  let root = '';
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'plumbline-cache-'));
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  for (const [name, env, expected] of [
    ['PLUMBLINE_CACHE names it', { PLUMBLINE_CACHE: '/a', XDG_CACHE_HOME: '/b' }, '/a'],
    ['else it lies in XDG_CACHE_HOME', { XDG_CACHE_HOME: '/b' }, '/b/plumbline'],
  ] as const) {
    it(name, () => assert.equal(cacheRoot(env), expected));
  }

  it('makes a folder once, however many ask for it at the same time', async () => {
    let made = 0;
    const make = async (folder: string): Promise<void> => {
      made++;
      await writeFile(join(folder, 'program'), 'x');
    };
    const folders = await Promise.all([1, 2, 3].map(() => cached(root, 'a', quiet, make)));
    assert.deepEqual([made, new Set(folders).size], [1, 1]);
    assert.equal(await readFile(join(root, 'a', 'program'), 'utf8'), 'x');
  });

  it('keeps nothing of a folder that could not be made, and makes it the next time', async () => {
    await assert.rejects(cached(root, 'a', quiet, async folder => {
      await writeFile(join(folder, 'half'), 'x');
      throw new Error('no network');
    }), /no network/);
    await cached(root, 'a', quiet, folder => writeFile(join(folder, 'whole'), 'x'));
    assert.deepEqual(await readdir(join(root, 'a')), ['whole']);
  });

  it('takes over the lock of a process that has died', async () => {
    await mkdir(join(root, 'a.lock'));
    // Above the largest process id of Linux.
    await writeFile(join(root, 'a.lock', 'pid'), '99999999');
    await cached(root, 'a', quiet, folder => writeFile(join(folder, 'whole'), 'x'));
    assert.deepEqual(await readdir(root), ['a']);
  });
});
