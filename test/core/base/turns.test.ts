import assert from 'node:assert/strict';
import { Turns } from '../../../src/core/base/turns';

/** Keeps the thread for this long. */
function work(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

describe('turns', () => {
  it('let the event loop run between slices, and those who share them go on one by one', async () => {
    const turns = new Turns(2);
    const order: string[] = [];
    let loops = 0;
    let done = false;
    const loop = (): void => {
      loops++;
      if (!done) setImmediate(loop);
    };
    const worker = async (name: string): Promise<void> => {
      for (let i = 0; i < 5; i++) {
        work(3);
        order.push(name);
        await turns.pause();
      }
    };
    setImmediate(loop);
    await Promise.all([worker('a'), worker('b'), worker('c')]);
    done = true;
    assert.deepEqual(order, ['a', 'b', 'c', 'a', 'b', 'c', 'a', 'b', 'c', 'a', 'b', 'c', 'a', 'b', 'c']);
    assert.ok(loops >= 12, `the event loop turned ${loops} times`);
  });

  it('cost nothing while the slice lasts', () => {
    assert.equal(new Turns(60_000).pause(), undefined);
  });
});
