import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

const GUARD = join(__dirname, 'guard.cjs');
/** Starts a program that starts another one in a session of its own, and tells both ids; neither listens to SIGTERM. */
const STUBBORN = `
  const { spawn } = require('node:child_process');
  process.on('SIGTERM', () => undefined);
  if (process.argv[1]) setInterval(() => undefined, 1000);
  else {
    const child = spawn(process.execPath, ['-e', process.env.STUBBORN, 'leaf'], { detached: true, stdio: 'ignore' });
    require('node:fs').writeFileSync(process.env.PIDS, process.pid + ' ' + child.pid);
    setInterval(() => undefined, 1000);
  }`;
/** Holds a guard's stdin open, as the launchers do. */
const ASKER = `
  require('node:child_process').spawn(process.execPath, [process.env.GUARD, process.execPath, '-e', process.env.STUBBORN], { stdio: ['pipe', 'ignore', 'ignore'] });
  setInterval(() => undefined, 1000);`;

const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

async function within(ms: number, what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + ms; !(await holds()); ) {
    if (Date.now() > end) assert.fail(what);
    await wait(50);
  }
}

describe('The guard', () => {
  it('ends a program and its stray child, and removes its folder, when the asker is killed outright', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'plumbline-guard-'));
    const data = join(folder, 'data');
    await mkdir(data);
    const pids = join(folder, 'pids');
    const env = { ...process.env, GUARD, STUBBORN, PIDS: pids, PLUMBLINE_GUARD_REMOVE: JSON.stringify([data]) };
    const asker = spawn(process.execPath, ['-e', ASKER], { env, stdio: 'ignore' });
    let started: number[] = [];
    await within(10_000, 'the programs did not start', async () => {
      started = (await readFile(pids, 'utf8').catch(() => '')).split(' ').filter(Boolean).map(Number);
      return started.length === 2;
    });
    assert.deepEqual(started.map(alive), [true, true]);
    asker.kill('SIGKILL');
    await within(10_000, `left behind: ${started.filter(alive).join(', ')}`, () => !started.some(alive));
    await within(2_000, 'the folder is left behind', async () => (await stat(data).catch(() => undefined)) === undefined);
    await rm(folder, { recursive: true });
  });
});
