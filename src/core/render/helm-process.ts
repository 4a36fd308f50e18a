import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Clock } from '../base/clock';
import { Slots } from '../base/slots';

/** Milliseconds that one rendering may take. */
const TIME_LIMIT = 30_000;
/** Of what it prints. */
const MAX_OUTPUT = 32 * 1024 * 1024;
const MAX_ERRORS = 64 * 1024;
const MAX_PROCESSES = 2;

export type HelmAnswer = { readonly kind: 'printed'; readonly text: string } | { readonly kind: 'failed'; readonly message: string };

/**
 * The user's own Helm, run in a folder of its own that holds the given files and nothing else. It is told of no cluster, no home
 * and no plugins, and only given commands that fetch nothing.
 */
export class HelmProcess {
  readonly program: string;
  readonly #clock: Clock;
  readonly #slots = new Slots(MAX_PROCESSES);

  /** `program` is an absolute path (`findProgram`). */
  constructor(program: string, clock: Clock) {
    this.program = program;
    this.#clock = clock;
  }

  /** `args` are ours; `files` by path, relative to the folder it runs in. Paths in what it says are those of `files`. Rejects with the signal's reason. */
  async run(args: readonly string[], files: ReadonlyMap<string, Uint8Array>, signal: AbortSignal): Promise<HelmAnswer> {
    const slot = await this.#slots.take(signal);
    const folder = await mkdtemp(join(tmpdir(), 'plumbline-chart-'));
    try {
      const work = join(folder, 'work');
      await mkdir(work);
      for (const [path, bytes] of files) {
        const target = join(work, path);
        await mkdir(dirname(target), { recursive: true });
        await writeFile(target, bytes);
      }
      const answer = await this.#spawn(args, folder, work, signal);
      return answer.kind === 'failed' ? { kind: 'failed', message: answer.message.replaceAll(`${work}/`, '').replaceAll(work, '.') } : answer;
    } finally {
      await rm(folder, { recursive: true, force: true });
      slot.dispose();
    }
  }

  #spawn(args: readonly string[], home: string, work: string, signal: AbortSignal): Promise<HelmAnswer> {
    const env = { HOME: home, HELM_CACHE_HOME: join(home, 'cache'), HELM_CONFIG_HOME: join(home, 'config'), HELM_DATA_HOME: join(home, 'data'), HELM_PLUGINS: join(home, 'plugins'), KUBECONFIG: join(home, 'none') };
    return new Promise((resolve, reject) => {
      const child = spawn(this.program, [...args], { cwd: work, env, stdio: ['ignore', 'pipe', 'pipe'] });
      const printed: Buffer[] = [];
      let size = 0;
      let said = '';
      const end = (why: string): void => {
        finish(() => resolve({ kind: 'failed', message: why }));
        child.kill('SIGKILL');
      };
      const limit = this.#clock.after(TIME_LIMIT, () => end(`helm did not end within ${TIME_LIMIT / 1000} s`));
      const stop = (): void => {
        finish(() => reject(signal.reason instanceof Error ? signal.reason : new Error('aborted')));
        child.kill('SIGKILL');
      };
      let done = false;
      const finish = (settle: () => void): void => {
        if (done) return;
        done = true;
        limit.dispose();
        signal.removeEventListener('abort', stop);
        settle();
      };
      signal.addEventListener('abort', stop, { once: true });
      child.stdout.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > MAX_OUTPUT) end(`helm printed more than ${MAX_OUTPUT / 1024 / 1024} MiB`);
        else printed.push(chunk);
      });
      child.stderr.on('data', (chunk: Buffer) => {
        said = (said + chunk.toString('utf8')).slice(0, MAX_ERRORS);
      });
      child.on('error', error => finish(() => resolve({ kind: 'failed', message: `helm could not be run: ${error.message}` })));
      child.on('close', code => finish(() => resolve(code === 0 ? { kind: 'printed', text: Buffer.concat(printed).toString('utf8') } : { kind: 'failed', message: said })));
    });
  }
}
