import { sleep, type Clock } from '../base/clock';
import { Backoff } from './backoff';
import { isClusterError } from './errors';
import type { Rest } from './rest';

/** Milliseconds; a server that comes back is noticed within this, at twice the price when unlucky. */
const LONGEST_PAUSE = 8_000;
const PROBE_TIMEOUT = 10_000;
/** So long the server is believed to be the one it has just shown to be. */
const CONFIRMED_MS = 5_000;

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
  readonly #verify: () => Promise<void>;
  #confirmed: { readonly until: number; readonly answer: Promise<void> } | undefined;
  #lost: { readonly since: number; readonly reason: string } | undefined;
  /** A question that was asked since the connection was lost was not answered either. */
  #unanswered = false;
  #back: Promise<void> | undefined;
  #asking: Promise<void> | undefined;
  #heldBack = false;
  readonly #onHeldBack: (what: string) => void;
  /** Some watch has shown a bookmark, so every watch of this server shows one about once a minute. */
  bookmarks = false;

  constructor(rest: Rest, more: { readonly clock: Clock; readonly random: () => number; readonly signal: AbortSignal; readonly onChange: () => void; readonly verify: () => Promise<void>; readonly onHeldBack: (what: string) => void }) {
    this.#rest = rest;
    this.#clock = more.clock;
    this.#random = more.random;
    this.#signal = more.signal;
    this.#onChange = more.onChange;
    this.#verify = more.verify;
    // The session was opened on what the server had just said of itself.
    this.#confirmed = { until: more.clock.now() + CONFIRMED_MS, answer: Promise.resolve() };
    this.#onHeldBack = more.onHeldBack;
  }

  get lost(): { readonly since: number; readonly reason: string } | undefined {
    return this.#lost;
  }

  /**
   * Lost, and not by one connection only: nothing is current any more, not even what is watched on a connection that seems
   * to live. One that has died without a word is noticed by its watch a minute later.
   */
  get gone(): { readonly since: number; readonly reason: string } | undefined {
    return this.#unanswered ? this.#lost : undefined;
  }

  /**
   * Asked before anything is read on a new connection: what answers at this address, or behind this name, may be another
   * cluster now, whose objects must not be taken for ours. One question serves everybody. Rejects with `ClusterError`,
   * `invalid` when it is another cluster; it stays so until the session ends.
   */
  async confirm(): Promise<void> {
    if (!this.#confirmed || this.#clock.now() >= this.#confirmed.until) {
      const asked = { until: this.#clock.now() + CONFIRMED_MS, answer: this.#verify() };
      this.#confirmed = asked;
      asked.answer.catch((error: unknown) => {
        if (isClusterError(error) && error.kind === 'invalid') this.#moved(error.message);
        else if (this.#confirmed === asked) this.#confirmed = undefined;
      });
    }
    return this.#confirmed.answer;
  }

  /** No watch gets through; collections are read every half minute in its place. Told once. */
  heldBack(what: string): void {
    if (this.#heldBack) return;
    this.#heldBack = true;
    this.#onHeldBack(what);
  }

  /** A connection was lost: the next one may lead elsewhere. */
  doubt(): void {
    if (this.#confirmed?.until !== Number.POSITIVE_INFINITY) this.#confirmed = undefined;
  }

  #moved(reason: string): void {
    if (this.#confirmed) this.#confirmed = { until: Number.POSITIVE_INFINITY, answer: this.#confirmed.answer };
    this.#lost = { since: this.#clock.now(), reason };
    this.#unanswered = true;
    this.#onChange();
  }

  /** A connection failed. */
  report(reason: string): void {
    this.doubt();
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

  /** One short question, also for many who ask. Rejects with `ClusterError` when there is no answer of any kind. */
  ask(): Promise<void> {
    this.#asking ??= this.#ask().finally(() => (this.#asking = undefined));
    return this.#asking;
  }

  async #ask(): Promise<void> {
    try {
      await this.#rest.json({ path: '/version', what: 'the version of the API server', timeout: PROBE_TIMEOUT }, this.#signal);
    } catch (error) {
      if (!isClusterError(error) || (error.status === undefined && error.kind !== 'invalid')) throw error;
    }
  }

  /** Not reachable yet, perhaps for another reason. */
  #still(reason: string): void {
    if (!this.#lost || (this.#unanswered && this.#lost.reason === reason)) return;
    this.#lost = { since: this.#lost.since, reason };
    this.#unanswered = true;
    this.#onChange();
  }

  async #probe(): Promise<void> {
    const backoff = new Backoff(this.#random, 500, LONGEST_PAUSE);
    for (;;) {
      await sleep(this.#clock, backoff.next(), this.#signal);
      try {
        await this.ask();
        break;
      } catch (error) {
        this.#signal.throwIfAborted();
        if (isClusterError(error)) this.#still(error.message);
      }
    }
    this.#lost = undefined;
    this.#unanswered = false;
    this.#back = undefined;
    this.#onChange();
  }
}
