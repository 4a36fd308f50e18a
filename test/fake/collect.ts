import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Bytes of the heap that are in use once all garbage is gone. */
export async function heapAfterCollection(): Promise<number> {
  // What a `WeakRef` was asked for lives until the event loop turns.
  await new Promise(resolve => setImmediate(resolve));
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  // Every context made later would have it, that of a renderer too.
  setFlagsFromString('--no-expose-gc');
  return process.memoryUsage().heapUsed;
}
