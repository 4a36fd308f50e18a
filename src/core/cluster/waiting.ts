import { stopped } from './failure';

/**
 * An answer that others wait for as well, for as long as this one does: rejects with `ClusterError` `aborted` when the
 * signal aborts first, which ends nothing of theirs.
 */
export function whileWaiting<T>(shared: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return shared;
  return new Promise((resolve, reject) => {
    const leave = (): void => reject(stopped(signal));
    if (signal.aborted) leave();
    else signal.addEventListener('abort', leave, { once: true });
    void shared.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
  });
}
