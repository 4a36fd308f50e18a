const ROUNDS = 5;

/** Milliseconds, the middle of five runs. */
export function median(work: () => void): number {
  const times = Array.from({ length: ROUNDS }, () => {
    const began = performance.now();
    work();
    return performance.now() - began;
  });
  return times.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)] ?? 0;
}

export function report(what: string, ms: number, plain: string, plainMs: number, { target }: { readonly target?: number } = {}): void {
  console.log(`${what}: ${ms.toFixed(0)} ms${target === undefined ? '' : `; target ${target} ms`}; ${(ms / plainMs).toFixed(2)} x ${plain} (${plainMs.toFixed(0)} ms)`);
}

/** Bytes of the heap that are in use, after a collection. Needs `--expose-gc`. */
export function collected(): number {
  if (typeof gc !== 'function') throw new Error('run with --expose-gc');
  gc();
  return process.memoryUsage().heapUsed;
}
