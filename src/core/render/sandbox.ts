import { Worker } from 'node:worker_threads';
import type { Clock } from '../base/clock';
import type { Disposable } from '../base/lifetime';
import type { FromWorker, SandboxFiles, ToWorker } from './sandbox-messages';

/** What to build: the files a root can read, by path from the top of their tree. */
export interface BuildRequest {
  /** The folder, `''` for the top. */
  readonly root: string;
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** What Flux does beside building; `undefined`: as `kustomize build` does. */
  readonly flux: FluxSteps | undefined;
  /** As `--load-restrictor LoadRestrictionsNone`. */
  readonly unrestricted?: boolean | undefined;
}

/** See `kustomize/flux.go`. */
export interface FluxSteps extends Substitution {
  /** The root's kustomization, with what the Kustomization adds to it. */
  readonly file: string;
}

export interface Substitution {
  /** Variables to replace; `undefined` where nothing is replaced. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Stands for every other variable; without it another variable is an error. */
  readonly unknown?: string;
}

export interface BuildAnswer {
  readonly yaml: string;
  /** kustomize's complaint; then `yaml` is empty. */
  readonly error?: string;
  /** What it looked for and was not given. */
  readonly missing: readonly string[];
  /** Why kustomize by itself would not read a kustomization of which Flux drops what it does not know. */
  readonly dropped?: string;
}

export type SandboxFailure = 'tooSlow' | 'ended' | 'noProgram' | 'disposed';

/** The build came to no answer; the next one gets a new instance. */
export class SandboxError extends Error {
  override readonly name = 'SandboxError';
  readonly kind: SandboxFailure;

  constructor(kind: SandboxFailure, message: string) {
    super(message);
    this.kind = kind;
  }
}

export interface SandboxLimits {
  /** Longest build, milliseconds. */
  readonly buildMs: number;
  /** An instance that was not asked for so long is let go, and its memory with it. */
  readonly idleMs: number;
}

export const LIMITS: SandboxLimits = { buildMs: 20_000, idleMs: 120_000 };

/** Loading and starting the program, at most; a busy machine takes its time. */
const START_MS = 60_000;

/**
 * kustomize in a thread without disk, process or socket; started at the first build, one build at a time. Its memory is bounded by
 * the program itself (1 GiB), its time by `limits`.
 */
export class Sandbox implements Disposable {
  readonly #files: SandboxFiles;
  readonly #clock: Clock;
  readonly #limits: SandboxLimits;
  #instance: Instance | undefined;
  #idle: Disposable | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #disposed = false;

  constructor(files: SandboxFiles, clock: Clock, limits: SandboxLimits = LIMITS) {
    this.#files = files;
    this.#clock = clock;
    this.#limits = limits;
  }

  /** Rejects with `SandboxError`, or with the signal's reason before the build has begun. */
  build(request: BuildRequest, signal: AbortSignal): Promise<BuildAnswer> {
    const run = this.#last.then(() => this.#build(request, signal));
    this.#last = run.catch(() => undefined);
    return run;
  }

  /** The names that the program sees; for showing that there is nothing behind them. */
  async globals(): Promise<readonly string[]> {
    return this.#running().globals();
  }

  dispose(): void {
    this.#disposed = true;
    this.#drop();
  }

  async #build(request: BuildRequest, signal: AbortSignal): Promise<BuildAnswer> {
    signal.throwIfAborted();
    const instance = this.#running();
    try {
      const answer = await instance.ask(pack(request));
      return JSON.parse(Buffer.from(answer).toString('utf8')) as BuildAnswer;
    } catch (error) {
      if (this.#instance === instance) this.#drop();
      throw error;
    } finally {
      this.#rest();
    }
  }

  #running(): Instance {
    if (this.#disposed) throw new SandboxError('disposed', 'rendering has ended');
    this.#idle?.dispose();
    this.#instance ??= new Instance(this.#files, this.#clock, this.#limits.buildMs);
    return this.#instance;
  }

  #rest(): void {
    this.#idle?.dispose();
    this.#idle = this.#instance && this.#clock.after(this.#limits.idleMs, () => this.#drop());
  }

  #drop(): void {
    this.#idle?.dispose();
    this.#idle = undefined;
    this.#instance?.dispose();
    this.#instance = undefined;
  }
}

function lastWords(words: string): string {
  if (words.includes('call stack')) return 'something nests too deeply';
  return /(?:fatal error|panic): (.+)/.exec(words)?.[1] ?? 'it gave no reason';
}

function pack({ root, files, flux, unrestricted }: BuildRequest): ToWorker {
  const list = [...files];
  const packed = new Uint8Array(list.reduce((total, [, bytes]) => total + bytes.length, 0));
  let offset = 0;
  for (const [, bytes] of list) {
    packed.set(bytes, offset);
    offset += bytes.length;
  }
  return { head: JSON.stringify({ root, files: list.map(([path, { length }]) => ({ path, size: length })), flux, unrestricted }), packed };
}

/** One thread with one program. After a failure it is of no more use. */
class Instance implements Disposable {
  readonly #worker: Worker;
  readonly #clock: Clock;
  readonly #buildMs: number;
  readonly #ready: Promise<readonly string[]>;
  #timer: Disposable | undefined;
  #waiting: ((message: FromWorker) => void) | undefined;
  #ended: FromWorker | undefined;

  constructor(files: SandboxFiles, clock: Clock, buildMs: number) {
    this.#clock = clock;
    this.#buildMs = buildMs;
    this.#worker = new Worker(files.worker, { workerData: files, name: 'kustomize', env: {}, argv: [], execArgv: [], stdin: false, stdout: true, stderr: true, resourceLimits: { maxOldGenerationSizeMb: 256 } });
    // A program that waits for a build keeps the process; an idle one does not.
    this.#worker.unref();
    const over = (words: string): void => this.#hear({ kind: 'ended', words });
    this.#worker.on('message', (message: FromWorker) => this.#hear(message));
    this.#worker.on('error', error => over(error instanceof Error ? error.message : 'unknown error'));
    this.#worker.on('exit', () => over('the thread ended'));
    this.#ready = this.#next(START_MS).then(message => {
      if (message.kind === 'ready') return message.globals;
      throw new SandboxError('noProgram', `kustomize could not be started: ${message.kind === 'ended' ? message.words : 'it did not answer'}`);
    });
    this.#ready.catch(() => undefined);
  }

  globals(): Promise<readonly string[]> {
    return this.#ready;
  }

  async ask(message: ToWorker): Promise<Uint8Array> {
    this.#worker.ref();
    try {
      await this.#ready;
      const next = this.#next(this.#buildMs);
      this.#worker.postMessage(message, [message.packed.buffer as ArrayBuffer]);
      const reply = await next;
      if (reply.kind === 'built') return reply.answer;
      throw new SandboxError('ended', `it ended while it built this: ${reply.kind === 'ended' ? lastWords(reply.words) : 'it started anew'}`);
    } finally {
      this.#worker.unref();
    }
  }

  dispose(): void {
    this.#hear({ kind: 'ended', words: 'stopped' });
    this.#worker.terminate().catch(() => undefined);
  }

  #next(ms: number): Promise<FromWorker> {
    if (this.#ended) return Promise.resolve(this.#ended);
    return new Promise((resolve, reject) => {
      this.#waiting = resolve;
      this.#timer = this.#clock.after(ms, () => {
        this.#waiting = undefined;
        reject(new SandboxError('tooSlow', `it did not finish within ${Math.round(ms / 1000)} s: stopped`));
      });
    });
  }

  #hear(message: FromWorker): void {
    if (message.kind === 'ended') this.#ended ??= message;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    this.#timer?.dispose();
    waiting?.(message);
  }
}
