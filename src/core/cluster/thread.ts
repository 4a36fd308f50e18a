import { MessageChannel, Worker, type MessagePort } from 'node:worker_threads';
import { systemClock } from '../base/clock';
import type { Disposable } from '../base/lifetime';

/** Megabytes for what is new in the thread: nearly all that comes over a socket is garbage at once, and with more room more of it lies about. */
const YOUNG_MB = 4;

/** Milliseconds for which a thread that nobody uses is kept: whoever opens another context goes on with one that is warm, which reads several times faster. */
const LINGER_MS = 60_000;

/** What the thread is told of each that uses it. */
export interface Introduction {
  readonly port: MessagePort;
  /** How many field sets were told before. */
  readonly sets: number;
}

export interface Line {
  /** Keeps the process alive unless it is told not to. */
  readonly port: MessagePort;
  readonly close: () => void;
}

/** By the file that they run. */
const running = new Map<string, Thread>();

/**
 * A line of one's own to the thread that all sessions of the process share; it is started where none runs. The thread keeps
 * the process alive only as long as a port does. `onEnd`: there is no thread any more, and why; not after `close`.
 */
export function lineTo(file: string, sets: number, onEnd: (why: string) => void, lingerMs = LINGER_MS): Line {
  const thread = running.get(file) ?? new Thread(file, lingerMs);
  running.set(file, thread);
  return thread.open(sets, onEnd);
}

class Thread {
  readonly #file: string;
  readonly #lingerMs: number;
  readonly #worker: Worker;
  readonly #users = new Set<(why: string) => void>();
  #lingering: Disposable | undefined;

  constructor(file: string, lingerMs: number) {
    this.#file = file;
    this.#lingerMs = lingerMs;
    this.#worker = new Worker(file, { name: 'wire', env: {}, argv: [], execArgv: [], stdin: false, stdout: true, stderr: true, resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB } });
    this.#worker.unref();
    this.#worker.on('error', error => this.#end('code' in error && typeof error.code === 'string' ? error.code : error.name));
    this.#worker.on('exit', () => this.#end('the thread ended'));
  }

  open(sets: number, onEnd: (why: string) => void): Line {
    this.#lingering?.dispose();
    const { port1: near, port2: port } = new MessageChannel();
    const introduction: Introduction = { port, sets };
    this.#worker.postMessage(introduction, [port]);
    this.#users.add(onEnd);
    const close = (): void => {
      near.close();
      this.#close(onEnd);
    };
    return { port: near, close };
  }

  #close(user: (why: string) => void): void {
    if (!this.#users.delete(user) || this.#users.size > 0) return;
    const end = (): void => {
      this.#forget();
      this.#worker.terminate().catch(() => undefined);
    };
    this.#lingering = systemClock.after(this.#lingerMs, end, 'idle');
  }

  #forget(): void {
    this.#lingering?.dispose();
    if (running.get(this.#file) === this) running.delete(this.#file);
  }

  #end(why: string): void {
    this.#forget();
    const users = [...this.#users];
    this.#users.clear();
    for (const user of users) user(why);
  }
}
