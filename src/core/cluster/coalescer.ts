import type { Clock } from '../base/clock';
import type { Disposable } from '../base/lifetime';

/** Milliseconds between two events at least; the first of a burst goes out at once. */
const INTERVAL_MS = 100;

/** Gathers changed ids, or `all`, and tells of them at most once in an interval. */
export class Coalescer implements Disposable {
  readonly #clock: Clock;
  readonly #flush: (changed: ReadonlySet<string> | 'all') => void;
  #changed: Set<string> | 'all' | undefined;
  #timer: Disposable | undefined;
  #last = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, flush: (changed: ReadonlySet<string> | 'all') => void) {
    this.#clock = clock;
    this.#flush = flush;
  }

  touch(what: string): void {
    if (this.#changed === undefined) this.#changed = new Set([what]);
    else if (this.#changed !== 'all') this.#changed.add(what);
    this.#arm();
  }

  touchAll(): void {
    this.#changed = 'all';
    this.#arm();
  }

  dispose(): void {
    this.#timer?.dispose();
    this.#changed = undefined;
  }

  #arm(): void {
    this.#timer ??= this.#clock.after(Math.max(0, this.#last + INTERVAL_MS - this.#clock.now()), () => {
      this.#timer = undefined;
      this.#last = this.#clock.now();
      const changed = this.#changed;
      this.#changed = undefined;
      if (changed !== undefined) this.#flush(changed);
    });
  }
}
