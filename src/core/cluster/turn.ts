import { setImmediate } from 'node:timers/promises';

/** Milliseconds of work after which others get a turn; every extension of the editor shares this thread. */
const SLICE_MS = 8;

/** Lets the event loop turn whenever a slice of work is used up. */
export class Turns {
  #since = performance.now();

  /** `undefined` while the slice lasts, so that waiting costs nothing. */
  pause(): Promise<void> | undefined {
    return performance.now() - this.#since < SLICE_MS ? undefined : this.#turn();
  }

  async #turn(): Promise<void> {
    await setImmediate();
    this.#since = performance.now();
  }
}
