import type { Clock } from '../../../src/core/base/clock';

/** A clock that runs so many times as fast: what takes minutes takes seconds. */
export function fastClock(factor: number): Clock {
  const start = Date.now();
  return {
    now: () => start + (Date.now() - start) * factor,
    after: (ms, run) => {
      const timer = setTimeout(run, ms / factor);
      return { dispose: () => clearTimeout(timer) };
    },
  };
}

/** A machine that sleeps: no timer fires meanwhile, then the time has moved. */
export class SleepyClock implements Clock {
  #slept = 0;
  now(): number {
    return Date.now() + this.#slept;
  }
  after(ms: number, run: () => void): { dispose(): void } {
    const timer = setTimeout(run, ms);
    return { dispose: () => clearTimeout(timer) };
  }
  sleep(ms: number): void {
    this.#slept += ms;
  }
}

/** A clock that is wrong by so many milliseconds. */
export function skewedClock(by: number): Clock {
  return {
    now: () => Date.now() + by,
    after: (ms, run) => {
      const timer = setTimeout(run, ms);
      return { dispose: () => clearTimeout(timer) };
    },
  };
}
