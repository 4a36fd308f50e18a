import type { Disposable } from './lifetime';

/** The only source of time and of timers. Milliseconds since the epoch. */
export interface Clock {
  now(): number;
  /** `idle`: the process may end before. */
  after(ms: number, run: () => void, idle?: 'idle'): Disposable;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after: (ms, run, idle) => {
    const timer = setTimeout(run, ms);
    if (idle) timer.unref();
    return { dispose: () => clearTimeout(timer) };
  },
};

/** Waits on the given clock; rejects at once with the signal's reason when it aborts. */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(reasonOf(signal));
      return;
    }
    const onAbort = (): void => {
      timer.dispose();
      if (signal) reject(reasonOf(signal));
    };
    const timer = clock.after(ms, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

const reasonOf = (signal: AbortSignal): Error => (signal.reason instanceof Error ? signal.reason : new Error('aborted'));
