import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { lineTo, type Line } from '../../../src/core/cluster/thread';
import { eventually } from './open';

const LINGER = 300;

describe('the thread that all sessions share', () => {
  let folder = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'plumbline-thread-'));
  });
  after(() => rm(folder, { recursive: true }));

  /** A thread that says who it is, and ends when it is told to. */
  async function script(name: string): Promise<string> {
    const file = join(folder, `${name}.cjs`);
    await writeFile(file, "const own = Math.random();\nrequire('node:worker_threads').parentPort.on('message', ({ port, sets }) => port.on('message', () => process.exit()).postMessage([own, sets]));\n");
    return file;
  }
  async function introduced({ port }: Line): Promise<unknown> {
    const [[own, sets]] = (await once(port, 'message')) as [[number, number]];
    assert.equal(sets, 3);
    return own;
  }

  it('is one for all of them, and kept for a while after the last has gone', async () => {
    const file = await script('one');
    const ended: string[] = [];
    const open = (): Line => lineTo(file, 3, why => ended.push(why), LINGER);
    const [first, second] = [open(), open()];
    const own = await introduced(first);
    assert.equal(await introduced(second), own);
    first.close();
    // One is left.
    await wait(2 * LINGER);
    second.close();
    const third = open();
    assert.equal(await introduced(third), own);
    await wait(2 * LINGER);
    third.close();
    await wait(2 * LINGER);
    const fourth = open();
    assert.notEqual(await introduced(fourth), own);
    fourth.close();
    assert.deepEqual(ended, []);
  });

  it('tells all of them when it ends, and whoever comes then has another', async () => {
    const file = await script('two');
    const ended: string[] = [];
    const open = (name: string): Line => lineTo(file, 3, why => ended.push(`${name}: ${why}`), LINGER);
    const [first, second, third] = [open('first'), open('second'), open('third')];
    const own = await introduced(first);
    second.close();
    first.port.postMessage('end');
    await eventually('both are told', () => ended.length === 2);
    assert.deepEqual(ended.sort(), ['first: the thread ended', 'third: the thread ended']);
    const next = open('next');
    assert.notEqual(await introduced(next), own);
    for (const line of [first, third, next]) line.close();
  });
});
