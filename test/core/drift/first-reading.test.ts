import assert from 'node:assert/strict';
import { FirstReading } from '../../../src/core/drift/first-reading';
import { FakeClock } from '../../fake/clock';

const NEVER = new AbortController().signal;

/** A reading of which each call of `settled` waits until it is told how much there was. */
function begun(waits = false): { readonly clock: FakeClock; readonly first: FirstReading; readonly answer: (count: number) => void; readonly wait: (signal?: AbortSignal) => { readonly result: () => boolean | undefined } } {
  const clock = new FakeClock();
  let answer: (count: number) => void = () => undefined;
  const first = new FirstReading({ clock, settled: () => new Promise(resolve => (answer = resolve)), waits: () => waits });
  const wait = (signal = NEVER): { readonly result: () => boolean | undefined } => {
    let result: boolean | undefined;
    void first.wait(10, signal).then(found => (result = found));
    return { result: () => result };
  };
  return { clock, first, answer: count => answer(count), wait };
}

const turn = (): Promise<void> => new Promise(resolve => setImmediate(resolve));

describe('the first reading of a cluster', () => {
  it('is looked at again for as long as more is wanted of what was read', async () => {
    const { first, answer, wait } = begun();
    const results: (boolean | undefined)[] = [];
    for (const count of [2, 5, 5]) {
      const { result } = wait();
      answer(count);
      await turn();
      results.push(result());
    }
    assert.deepEqual([results, first.settled], [[true, true, false], 5]);
  });

  it('is waited for a second while objects come, and not once a quarter of it is silent', async () => {
    const busy = begun();
    const { result } = busy.wait();
    for (let ms = 0; ms < 900; ms += 100) {
      busy.first.came();
      busy.clock.advance(100);
      await turn();
    }
    assert.equal(result(), undefined);
    busy.first.came();
    busy.clock.advance(100);
    await turn();
    assert.deepEqual([result(), busy.first.settled], [false, undefined]);
    const silent = begun();
    const other = silent.wait();
    silent.clock.advance(249);
    await turn();
    assert.equal(other.result(), undefined);
    silent.clock.advance(1);
    await turn();
    assert.equal(other.result(), false);
  });

  it('the second is for all of it, however often more is wanted', async () => {
    const { clock, first, answer, wait } = begun();
    for (const count of [1, 2, 3]) {
      const { result } = wait();
      first.came();
      clock.advance(240);
      answer(count);
      await turn();
      assert.equal(result(), true);
    }
    const last = wait();
    first.came();
    clock.advance(279);
    await turn();
    assert.equal(last.result(), undefined);
    clock.advance(1);
    await turn();
    assert.equal(last.result(), false);
  });

  it('nothing is waited for where there is more than can be read within it', async () => {
    const { clock, first } = begun();
    assert.equal(await first.wait(50_000, NEVER), false);
    assert.equal(clock.pending, 0);
  });

  it('whoever wants the whole answer waits for it', async () => {
    const { clock, answer, wait } = begun(true);
    const { result } = wait();
    for (let i = 0; i < 40; i++) {
      clock.advance(250);
      await turn();
    }
    assert.equal(result(), undefined);
    answer(1);
    await turn();
    assert.equal(result(), true);
  });

  it('ends with the run, and leaves no timer behind', async () => {
    const { clock, first, answer, wait } = begun();
    const ended = new AbortController();
    const waiting = first.wait(10, ended.signal);
    ended.abort(new Error('over'));
    await assert.rejects(waiting, /over/);
    wait();
    answer(1);
    await turn();
    assert.equal(clock.pending, 0);
  });
});
