import type { Clock } from '../base/clock';
import type { Event } from '../base/event';
import type { Disposable } from '../base/lifetime';
import { Backoff } from '../cluster/backoff';

/** Milliseconds: the first pause and the longest, each stretched at random by up to its own length. */
const PAUSE = { first: 2_000, longest: 60_000 } as const;
/** A file that is written anew is often replaced in several steps. */
const SETTLE = 250;

export interface RetriesParts {
  readonly clock: Clock;
  /** The kubeconfig changed; listened to only after a failure. */
  readonly onKubeconfig: Event<void> | undefined;
  readonly again: () => void;
}

/**
 * Connects again by itself after a failure: with growing pauses while the server cannot be reached, and whenever the
 * kubeconfig changes. What a person has to put right (rights, the kubeconfig) is not tried again without such a change.
 */
export class Retries implements Disposable {
  readonly #parts: RetriesParts;
  #backoff = newBackoff();
  #timer: Disposable | undefined;
  #listening: Disposable | undefined;

  constructor(parts: RetriesParts) {
    this.#parts = parts;
  }

  /** An attempt has failed. `passing`: waiting may mend it. */
  failed(passing: boolean): void {
    if (passing) this.#after(this.#backoff.next());
    this.#listening ??= this.#parts.onKubeconfig?.(() => {
      this.#backoff = newBackoff();
      this.#after(SETTLE);
    });
  }

  /** A session is open, or somebody else decides what comes next. */
  stop(): void {
    this.#backoff = newBackoff();
    this.#timer?.dispose();
    this.#timer = undefined;
    this.#listening?.dispose();
    this.#listening = undefined;
  }

  dispose(): void {
    this.stop();
  }

  #after(ms: number): void {
    this.#timer?.dispose();
    this.#timer = this.#parts.clock.after(ms, () => {
      this.#timer = undefined;
      this.#parts.again();
    });
  }
}

const newBackoff = (): Backoff => new Backoff(Math.random, PAUSE.first, PAUSE.longest);
