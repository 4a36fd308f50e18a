import type { Clock } from './clock';
import { Lifetime, type Disposable } from './lifetime';

export type JobState<T> = { readonly kind: 'pending' } | { readonly kind: 'done'; readonly value: T } | { readonly kind: 'failed'; readonly error: unknown };

/** Work that is done once its turn has come. Disposing it takes it back, also while it runs: then it stays pending. */
export interface Job<T> extends Disposable {
  readonly state: JobState<T>;
}

export interface Order<T> {
  /** What comes first: the smallest. Asked whenever there is room for one more. */
  readonly rank: () => number;
  readonly work: (signal: AbortSignal) => Promise<T>;
}

/** What takes long and nobody has to wait for: a few at a time, those first that matter most at that moment, else in the order in which they were asked for. */
export class Backlog implements Disposable {
  readonly #most: number;
  readonly #clock: Clock;
  readonly #onDone: (rank: number) => void;
  /** From this rank on nothing is begun for now. */
  #heldFrom = Infinity;
  #waiting: Pending[] = [];
  readonly #running = new Set<Pending>();
  readonly #watchers = new Set<() => void>();

  constructor(most: number, clock: Clock, onDone: (rank: number) => void) {
    this.#most = most;
    this.#clock = clock;
    this.#onDone = onDone;
  }

  /** Begins nothing of this rank or after it until the next call: what matters more may still be asked for. */
  holdFrom(rank: number): void {
    this.#heldFrom = rank;
    this.#next();
  }

  /** What is not done. */
  get size(): number {
    return this.#waiting.length + this.#running.size;
  }

  add<T>({ rank, work }: Order<T>): Job<T> {
    const abort = new AbortController();
    let state: JobState<T> = { kind: 'pending' };
    const run = async (): Promise<void> => {
      try {
        const value = await work(abort.signal);
        if (!abort.signal.aborted) state = { kind: 'done', value };
      } catch (error) {
        if (!abort.signal.aborted) state = { kind: 'failed', error };
      }
    };
    const pending: Pending = { rank, run, abort };
    this.#waiting.push(pending);
    // Whoever asks for one mostly asks for more.
    queueMicrotask(() => this.#next());
    return {
      get state() {
        return state;
      },
      dispose: () => this.#take(pending),
    };
  }

  /** Fulfilled once none is left that counts, or after so many milliseconds; `undefined`: however long it takes. Rejects with the signal's reason. */
  async idle(counts: (rank: number) => boolean, ms: number | undefined, signal: AbortSignal): Promise<void> {
    const over = (): boolean => ![...this.#waiting, ...this.#running].some(({ rank }) => counts(rank()));
    signal.throwIfAborted();
    if (over() || ms === 0) return;
    const waiting = new Lifetime();
    await new Promise<void>(resolve => {
      const look = (): void => {
        if (over()) resolve();
      };
      const stop = (): void => resolve();
      this.#watchers.add(look);
      signal.addEventListener('abort', stop, { once: true });
      waiting.add({ dispose: () => this.#watchers.delete(look) });
      waiting.add({ dispose: () => signal.removeEventListener('abort', stop) });
      if (ms !== undefined) waiting.add(this.#clock.after(ms, resolve));
    });
    waiting.dispose();
    signal.throwIfAborted();
  }

  dispose(): void {
    for (const pending of [...this.#waiting, ...this.#running]) this.#take(pending);
  }

  #take(pending: Pending): void {
    pending.abort.abort();
    this.#waiting = this.#waiting.filter(other => other !== pending);
    this.#running.delete(pending);
    this.#tell();
    this.#next();
  }

  #next(): void {
    while (this.#running.size < this.#most) {
      const ranks = this.#waiting.map(({ rank }) => rank());
      const least = ranks.reduce((a, b) => Math.min(a, b), Infinity);
      if (least >= this.#heldFrom) return;
      const [pending] = this.#waiting.splice(ranks.indexOf(least), 1);
      if (!pending) return;
      this.#running.add(pending);
      void pending.run().then(() => {
        if (!this.#running.delete(pending)) return;
        this.#tell();
        this.#next();
        this.#onDone(pending.rank());
      });
    }
  }

  #tell(): void {
    for (const look of [...this.#watchers]) look();
  }
}

interface Pending {
  readonly rank: () => number;
  /** Never rejects. */
  readonly run: () => Promise<void>;
  readonly abort: AbortController;
}
