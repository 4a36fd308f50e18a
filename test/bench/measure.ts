import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { getHeapSpaceStatistics, getHeapStatistics } from 'node:v8';

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

/** Bytes of the heap that are compiled code: what runs for the first time is compiled then, however much it is given to do. */
export const compiled = (): number => getHeapSpaceStatistics().reduce((sum, { space_name: name, space_used_size: used }) => sum + (/^(code|trusted)_/.test(name) ? used : 0), 0);

/** The longest time for which nothing else could run, milliseconds, and how much of it was work of this process: the rest is the machine's. */
export interface Stall {
  readonly ms: number;
  readonly cpuMs: number;
}

export const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

/** Milliseconds of processor that this process has taken since. */
export function usedBy(): () => number {
  const before = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  };
}

const PROBE_MS = 5;
/** To ask what a process has used takes a while itself: of a stall that began since, all of this counts as ours. */
const ASKED_MS = 50;

/** Looks at the event loop, and at the heap, until `end`. */
export function stallProbe(): { end(): { readonly stall: Stall; readonly peak: number } } {
  let worst: Stall = { ms: 0, cpuMs: 0 };
  let peak = 0;
  let last = performance.now();
  let [asked, cpu] = [last, process.cpuUsage()];
  const timer = setInterval(() => {
    const now = performance.now();
    const ms = now - last - PROBE_MS;
    if (ms > worst.ms || now - asked > ASKED_MS) {
      const { user, system } = process.cpuUsage(cpu);
      if (ms > worst.ms) worst = { ms, cpuMs: Math.min(ms, (user + system) / 1000) };
      [asked, cpu] = [performance.now(), process.cpuUsage()];
    }
    peak = Math.max(peak, getHeapStatistics().used_heap_size);
    last = performance.now();
  }, PROBE_MS);
  return {
    end: () => {
      clearInterval(timer);
      return { stall: worst, peak };
    },
  };
}

/** Connections that this process has open, in whichever of its threads. Of sockets its channels to other processes are some, too: Linux says which ones are of the network. */
export function openSockets(): number {
  const network = new Set(['tcp', 'tcp6'].flatMap(name => readFileSync(`/proc/net/${name}`, 'utf8').split('\n').slice(1).map(line => `socket:[${line.trim().split(/\s+/)[INODE] ?? ''}]`)));
  return readdirSync('/proc/self/fd').filter(name => network.has(targetOf(name))).length;
}

/** The column of `/proc/net/tcp` that has it. */
const INODE = 9;

function targetOf(file: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${file}`);
  } catch {
    // The one that the folder itself was read with, and what was closed meanwhile.
    return '';
  }
}
