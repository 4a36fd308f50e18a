import assert from 'node:assert/strict';
import type { Clock } from '../../src/core/base/clock';
import { Paced } from '../../src/views/paced';

/** Time that moves when told to. */
class Steps implements Clock {
  #now = 0;
  #due: { at: number; run: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  after(ms: number, run: () => void): { dispose(): void } {
    const entry = { at: this.#now + ms, run };
    this.#due.push(entry);
    return { dispose: () => void (this.#due = this.#due.filter(other => other !== entry)) };
  }

  go(ms: number): void {
    this.#now += ms;
    const due = this.#due.filter(({ at }) => at <= this.#now);
    this.#due = this.#due.filter(entry => !due.includes(entry));
    for (const { run } of due) run();
  }
}

describe('Pacing of refreshes', () => {
  it('runs at once when it was quiet, and not more than five times a second', () => {
    const clock = new Steps();
    const runs: number[] = [];
    const paced = new Paced(clock, 200, () => runs.push(clock.now()));
    paced.request();
    assert.equal(runs.length, 1);
    for (let i = 0; i < 100; i++) {
      paced.request();
      clock.go(10);
    }
    assert.deepEqual(runs, [0, 200, 400, 600, 800, 1000]);
  });

  it('runs once more for the last request of a burst, and not after it ended', () => {
    const clock = new Steps();
    const runs: number[] = [];
    const paced = new Paced(clock, 200, () => runs.push(clock.now()));
    paced.request();
    paced.request();
    clock.go(200);
    assert.equal(runs.length, 2);
    paced.request();
    paced.dispose();
    clock.go(1000);
    assert.equal(runs.length, 2);
  });
});
