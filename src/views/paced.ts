import type { Clock } from '../core/base/clock';
import type { Disposable } from '../core/base/lifetime';

/** Runs the latest wish at once when it has been quiet, else when `gap` milliseconds have passed since the last run. */
export class Paced implements Disposable {
  readonly #clock: Clock;
  readonly #gap: number;
  readonly #run: () => void;
  #last = Number.NEGATIVE_INFINITY;
  #timer: Disposable | undefined;

  constructor(clock: Clock, gap: number, run: () => void) {
    this.#clock = clock;
    this.#gap = gap;
    this.#run = run;
  }

  request(): void {
    if (this.#timer) return;
    const wait = this.#last + this.#gap - this.#clock.now();
    if (wait <= 0) {
      this.#now();
      return;
    }
    this.#timer = this.#clock.after(wait, () => {
      this.#timer = undefined;
      this.#now();
    });
  }

  dispose(): void {
    this.#timer?.dispose();
    this.#timer = undefined;
  }

  #now(): void {
    this.#last = this.#clock.now();
    this.#run();
  }
}
