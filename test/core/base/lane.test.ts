import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { sleep } from '../../../src/core/base/clock';
import { Emitter } from '../../../src/core/base/event';
import { Lane } from '../../../src/core/base/lane';
import { Lifetime } from '../../../src/core/base/lifetime';
import { FakeClock } from '../../fake/clock';

describe('a lane runs one job at a time', () => {
  it('a burst of requests costs two runs', async () => {
    let runs = 0;
    const lane = new Lane(async () => {
      await nextTurn();
      return ++runs;
    });
    assert.deepEqual(await Promise.all([lane.request(), lane.request(), lane.request()]), [1, 2, 2]);
    assert.equal(await lane.request(), 3);
  });

  it('much may listen for its end at a time without a warning of a leak', async () => {
    const warnings: Error[] = [];
    const note = (warning: Error): void => void warnings.push(warning);
    process.on('warning', note);
    try {
      await new Lane(async signal => {
        for (let i = 0; i < 40; i++) signal.addEventListener('abort', () => undefined);
        await nextTurn();
      }).request();
    } finally {
      process.off('warning', note);
    }
    assert.deepEqual(warnings, []);
  });

  it('a failed run does not poison the next', async () => {
    let runs = 0;
    const lane = new Lane(() => (runs++ === 0 ? Promise.reject(new Error('offline')) : Promise.resolve('ok')));
    const first = lane.request();
    const second = lane.request();
    await assert.rejects(first, /offline/);
    assert.equal(await second, 'ok');
  });

  it('a lane that ended refuses the queued run', async () => {
    let runs = 0;
    const lane = new Lane(async () => {
      runs++;
      await nextTurn();
    });
    const first = lane.request();
    const queued = lane.request();
    lane.dispose();
    await first;
    await assert.rejects(queued, { name: 'AbortError' });
    assert.equal(runs, 1);
  });
});

describe('events and lifetimes', () => {
  it('one failing listener does not starve the next', () => {
    const failures: unknown[] = [];
    const emitter = new Emitter<number>(error => failures.push(error));
    const seen: number[] = [];
    emitter.event(() => {
      throw new Error('x');
    });
    const listening = emitter.event(value => seen.push(value));
    emitter.fire(1);
    listening.dispose();
    emitter.fire(2);
    assert.deepEqual(seen, [1]);
    assert.equal(failures.length, 2);
  });

  it('what was acquired last goes first, and a latecomer goes at once', () => {
    const gone: string[] = [];
    const lifetime = new Lifetime();
    for (const name of ['a', 'b']) lifetime.add({ dispose: () => gone.push(name) });
    lifetime.dispose();
    lifetime.add({ dispose: () => gone.push('late') });
    lifetime.dispose();
    assert.deepEqual(gone, ['b', 'a', 'late']);
  });
});

describe('sleeping on a clock', () => {
  it('ends when the clock says so', async () => {
    const clock = new FakeClock();
    let awake = false;
    const sleeping = sleep(clock, 100).then(() => (awake = true));
    clock.advance(99);
    await nextTurn();
    assert.equal(awake, false);
    clock.advance(1);
    await sleeping;
    assert.equal(awake, true);
  });

  it('ends with the signal, and leaves no timer', async () => {
    const clock = new FakeClock();
    const abort = new AbortController();
    const sleeping = sleep(clock, 100, abort.signal);
    abort.abort(new Error('stop'));
    await assert.rejects(sleeping, /stop/);
    assert.equal(clock.pending, 0);
    await assert.rejects(sleep(clock, 100, abort.signal), /stop/);
    assert.equal(clock.pending, 0);
  });
});
