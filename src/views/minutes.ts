import type { Clock } from '../core/base/clock';
import { Lifetime, type Disposable } from '../core/base/lifetime';

const MINUTE = 60_000;

/** Runs once a minute, for "paused 40 min". */
export function everyMinute(clock: Clock, run: () => void): Disposable {
  const lifetime = new Lifetime();
  let timer: Disposable | undefined;
  const again = (): void => {
    timer = clock.after(MINUTE, () => {
      run();
      if (!lifetime.ended) again();
    });
  };
  lifetime.add({ dispose: () => timer?.dispose() });
  again();
  return lifetime;
}
