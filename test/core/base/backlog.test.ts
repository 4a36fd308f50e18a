import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { Backlog, type Job } from '../../../src/core/base/backlog';
import { systemClock } from '../../../src/core/base/clock';

const { signal: NEVER } = new AbortController();

/** Jobs that end when they are told to. */
class Scene {
  readonly began: string[] = [];
  readonly done: number[] = [];
  readonly ranks = new Map<string, number>();
  readonly ends = new Map<string, (error?: Error) => void>();
  readonly backlog: Backlog;

  constructor(most: number) {
    this.backlog = new Backlog(most, systemClock, rank => this.done.push(rank));
  }

  add(name: string, rank: number): Job<string> {
    this.ranks.set(name, rank);
    return this.backlog.add({
      rank: () => this.ranks.get(name) ?? 0,
      work: () =>
        new Promise((resolve, reject) => {
          this.began.push(name);
          this.ends.set(name, error => (error ? reject(error) : resolve(name)));
        }),
    });
  }

  async end(name: string, error?: Error): Promise<void> {
    this.ends.get(name)?.(error);
    await turn();
  }
}

describe('what is done in the background', () => {
  it('so many at a time, those first that matter most when there is room', async () => {
    const scene = new Scene(2);
    for (const [name, rank] of [['a', 3], ['b', 3], ['c', 3], ['d', 1], ['e', 3]] as const) scene.add(name, rank);
    await turn();
    assert.deepEqual(scene.began, ['d', 'a']);
    scene.ranks.set('e', 0);
    await scene.end('a');
    assert.deepEqual(scene.began, ['d', 'a', 'e']);
    await scene.end('d');
    await scene.end('e');
    assert.deepEqual(scene.began, ['d', 'a', 'e', 'b', 'c']);
    assert.deepEqual(scene.done, [3, 1, 0]);
  });

  it('what matters little waits until it is known what else there is', async () => {
    const scene = new Scene(2);
    scene.backlog.holdFrom(3);
    scene.add('a', 3);
    scene.add('b', 2);
    await turn();
    assert.deepEqual(scene.began, ['b']);
    scene.backlog.holdFrom(Infinity);
    await turn();
    assert.deepEqual(scene.began, ['b', 'a']);
  });

  it('what is taken back is not begun, and where it had begun says nothing any more', async () => {
    const scene = new Scene(1);
    const [first, second, third] = [scene.add('a', 0), scene.add('b', 0), scene.add('c', 0)];
    await turn();
    second.dispose();
    first.dispose();
    await turn();
    assert.deepEqual(scene.began, ['a', 'c']);
    await scene.end('a');
    assert.deepEqual([first.state.kind, scene.done], ['pending', []]);
    await scene.end('c', new Error('broken'));
    assert.deepEqual([third.state.kind, scene.done, scene.backlog.size], ['failed', [0], 0]);
  });

  it('can be waited for: until nothing is left that counts, for a while, or until nobody wants to know', async () => {
    const scene = new Scene(2);
    scene.add('a', 0);
    scene.add('b', 3);
    await turn();
    let over = false;
    const waiting = scene.backlog.idle(rank => rank === 0, undefined, NEVER).then(() => (over = true));
    await turn();
    assert.equal(over, false);
    await scene.end('a');
    await waiting;
    await scene.backlog.idle(() => true, 5, NEVER);
    const stop = new AbortController();
    const broken = scene.backlog.idle(() => true, undefined, stop.signal);
    stop.abort(new Error('enough'));
    await assert.rejects(broken, /enough/);
    await scene.end('b');
    await scene.backlog.idle(() => true, undefined, NEVER);
  });
});
