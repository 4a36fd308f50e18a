import { sleep, type Clock } from '../base/clock';
import { Backoff } from './backoff';
import { isClusterError } from './errors';
import type { Rest } from './rest';

/** Milliseconds; a server that comes back is noticed within this, at twice the price when unlucky. */
const LONGEST_PAUSE = 8_000;
const PROBE_TIMEOUT = 10_000;

/**
 * Whether the server can be reached at all. While it cannot, one probe asks for everybody; a hundred watches do not
 * knock one by one, and all of them go on in the moment it answers.
 */
export class Reach {
  readonly #rest: Rest;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #signal: AbortSignal;
  readonly #onChange: () => void;
  #lost: { readonly since: number; readonly reason: string } | undefined;
  #back: Promise<void> | undefined;
  /** Some watch has shown a bookmark, so every watch of this server shows one about once a minute. */
  bookmarks = false;

  constructor(rest: Rest, more: { readonly clock: Clock; readonly random: () => number; readonly signal: AbortSignal; readonly onChange: () => void }) {
    this.#rest = rest;
    this.#clock = more.clock;
    this.#random = more.random;
    this.#signal = more.signal;
    this.#onChange = more.onChange;
  }

  get lost(): { readonly since: number; readonly reason: string } | undefined {
    return this.#lost;
  }

  /** A connection failed. */
  report(reason: string): void {
    if (this.#lost) return;
    this.#lost = { since: this.#rest.heardAt, reason };
    this.#onChange();
    this.#back = this.#probe();
    // Ends by abort only, which ends those who wait as well.
    this.#back.catch(() => undefined);
  }

  /** Fulfilled at once while the server is reachable; rejects when the session ends. */
  back(): Promise<void> {
    return this.#back ?? Promise.resolve();
  }

  /** One short question. Rejects with `ClusterError` `offline` when there is no answer of any kind. */
  async ask(): Promise<void> {
    try {
      await this.#rest.json({ path: '/version', what: 'the version of the API server', timeout: PROBE_TIMEOUT }, this.#signal);
    } catch (error) {
      if (!isClusterError(error) || (error.status === undefined && error.kind !== 'invalid')) throw error;
    }
  }

  async #probe(): Promise<void> {
    const backoff = new Backoff(this.#random, 500, LONGEST_PAUSE);
    for (;;) {
      await sleep(this.#clock, backoff.next(), this.#signal);
      try {
        await this.ask();
        break;
      } catch {
        this.#signal.throwIfAborted();
      }
    }
    this.#lost = undefined;
    this.#back = undefined;
    this.#onChange();
  }
}
