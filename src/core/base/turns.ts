/**
 * Shares one thread: whoever works long asks after each small piece whether to let others go on. All who use the same
 * turns count as one: together they take no more than a slice before the event loop turns, and then go on one by one,
 * each for a slice.
 */
export class Turns {
  readonly #sliceMs: number;
  #since = performance.now();
  readonly #waiting: (() => void)[] = [];

  /** Milliseconds of work after which others get a turn; every extension of an editor shares its thread. */
  constructor(sliceMs = 8) {
    this.#sliceMs = sliceMs;
  }

  /** `undefined` while the slice lasts, so that asking costs nothing. */
  pause(): Promise<void> | undefined {
    if (this.#waiting.length === 0 && performance.now() - this.#since < this.#sliceMs) return undefined;
    return new Promise(resolve => {
      this.#waiting.push(resolve);
      if (this.#waiting.length === 1) this.#turn();
    });
  }

  /** Does a piece of work that can be interrupted wherever it yields. Rejects with the signal's reason once that is aborted. */
  async finish<T>(work: Generator<undefined, T, undefined>, signal: AbortSignal): Promise<T> {
    for (;;) {
      const step = work.next();
      if (step.done === true) return step.value;
      const pause = this.pause();
      if (pause) await pause;
      signal.throwIfAborted();
    }
  }

  #turn(): void {
    setImmediate(() => {
      this.#since = performance.now();
      this.#waiting.shift()?.();
      if (this.#waiting.length > 0) this.#turn();
    });
  }
}
