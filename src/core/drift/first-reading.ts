import { sleep, type Clock } from '../base/clock';

/** Milliseconds: all of it, and how long nothing may come. */
const [PATIENCE_MS, SILENCE_MS] = [1_000, 250];
/** Objects; more are not read within that time. */
const MOST = 15_000;

export interface FirstReadingParts {
  readonly clock: Clock;
  /** Fulfilled, with how much there was, once all that was wanted so far has been read or could not be. */
  readonly settled: () => Promise<number>;
  /** Somebody waits for the whole answer, however long it takes. */
  readonly waits: () => boolean;
}

/**
 * When a cluster is first judged: most are read within the time in which nobody misses an answer, and until then every
 * object would be judged as "being read" for nobody to see. Ends early where nothing comes: then something is slow, and
 * what has come is worth seeing.
 */
export class FirstReading {
  readonly #parts: FirstReadingParts;
  #until: number | undefined;
  #came = 0;
  #settled = -1;

  constructor(parts: FirstReadingParts) {
    this.#parts = parts;
  }

  /** An object has been read. */
  came(): void {
    this.#came++;
  }

  /** How much there was when all had been read; `undefined` where that was not waited for. */
  get settled(): number | undefined {
    return this.#settled < 0 ? undefined : this.#settled;
  }

  /** Ends once all that is wanted has been read, or is not waited for. True: more has been read than the last time. `objects`: how many are wanted. */
  async wait(objects: number, signal: AbortSignal): Promise<boolean> {
    const { clock, settled, waits } = this.#parts;
    if (objects > MOST && !waits()) return false;
    const until = (this.#until ??= clock.now() + PATIENCE_MS);
    const all = settled();
    for (;;) {
      const came = this.#came;
      const ms = waits() ? SILENCE_MS : Math.min(SILENCE_MS, until - clock.now());
      const count = ms > 0 ? await within(all, { clock, ms, signal }) : undefined;
      if (count !== undefined) {
        const more = count !== this.#settled;
        this.#settled = count;
        return more;
      }
      if (!waits() && (came === this.#came || clock.now() >= until)) return false;
    }
  }
}

/** What it is fulfilled with; `undefined` after so many milliseconds. */
async function within<T>(promise: Promise<T>, { clock, ms, signal }: { readonly clock: Clock; readonly ms: number; readonly signal: AbortSignal }): Promise<T | undefined> {
  const over = new AbortController();
  try {
    return await Promise.race([promise, sleep(clock, ms, AbortSignal.any([signal, over.signal])).then(() => undefined)]);
  } finally {
    over.abort();
  }
}
