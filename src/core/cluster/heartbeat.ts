import type { Clock } from '../base/clock';
import type { Disposable } from '../base/lifetime';

const LOOK_MS = 30_000;
const SILENCE_MS = 150_000;

/**
 * A server sends a bookmark about once a minute (KEP-956, in every server since 1.17); a watch that says nothing for
 * long is on a connection that has died without a word, or something in between collects what it says.
 */
export class Heartbeat implements Disposable {
  readonly #clock: Clock;
  readonly #onSilence: () => void;
  #last: number;
  #timer: Disposable;

  constructor(clock: Clock, onSilence: () => void) {
    this.#clock = clock;
    this.#onSilence = onSilence;
    this.#last = clock.now();
    this.#timer = this.#arm();
  }

  beat(): void {
    this.#last = this.#clock.now();
  }

  dispose(): void {
    this.#timer.dispose();
  }

  #arm(): Disposable {
    return this.#clock.after(LOOK_MS, () => {
      this.#timer = this.#arm();
      if (this.#clock.now() - this.#last > SILENCE_MS) this.#onSilence();
    });
  }
}
