import type { Clock } from '../base/clock';
import { Backoff } from './backoff';

/** Milliseconds. */
const PAUSE = { first: 10_000, cap: 60_000, timesAsLong: 5 } as const;

/**
 * Leaves alone what failed to log in: longer each time. What took long waited for a person, mostly with a window that it
 * opened, and nobody wants another of those a minute later.
 */
export class LoginPause {
  readonly #clock: Clock;
  readonly #backoff = new Backoff(() => 0, PAUSE.first, PAUSE.cap);
  #failed: { readonly error: unknown; readonly until: number } | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Rejects with what `attempt` failed with, now or not long ago. */
  async around<T>(attempt: () => Promise<T>): Promise<T> {
    const began = this.#clock.now();
    if (this.#failed && began < this.#failed.until) throw this.#failed.error;
    try {
      const result = await attempt();
      this.#failed = undefined;
      this.#backoff.reset();
      return result;
    } catch (error) {
      const ended = this.#clock.now();
      this.#failed = { error, until: ended + Math.max(this.#backoff.next(), PAUSE.timesAsLong * (ended - began)) };
      throw error;
    }
  }
}
