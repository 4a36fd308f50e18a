import { access } from 'node:fs/promises';
import type { Disposable } from '../base/lifetime';
import { Slots } from '../base/slots';
import { CONFIG, environment, GIT_ENV, SWITCHES } from './profile';
import { GitError } from './repository';

/** Milliseconds without output after which Git is stopped. */
export const QUIET_LIMIT = 30_000;

const MAX_PROCESSES = 4;

const NEVER = new AbortController().signal;

export interface Answer {
  readonly code: number;
  readonly output: string;
}

/** How Git ended, where it did not end well. */
interface Exit {
  readonly code: number;
  /** What it printed on its error stream. */
  readonly said: string;
}

/** Runs plumbing commands in one folder, by simple-git under the hardened profile. */
export class GitRunner {
  readonly program: string;
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  readonly #slots = new Slots(MAX_PROCESSES);

  constructor(program: string, folder: string, outer: Readonly<Record<string, string | undefined>>) {
    this.program = program;
    this.folder = folder;
    this.env = environment(outer);
  }

  /**
   * Output as UTF-8, untrimmed, and the exit code when it is one of `accept`; rejects with `GitError` otherwise.
   * `args` are ours, or checked: never text from outside.
   */
  async run(args: readonly string[], accept: readonly number[], signal?: AbortSignal): Promise<Answer> {
    let exit: Exit | undefined;
    let slot: Disposable | undefined;
    try {
      slot = await this.#slots.take(signal ?? NEVER);
      await this.present();
      const git = await this.#git(signal, ended => (exit = ended));
      return { code: 0, output: await git.raw([...SWITCHES, ...args]) };
    } catch (error) {
      if (exit && accept.includes(exit.code)) return { code: exit.code, output: '' };
      throw failure(error, args[0] ?? '', signal, exit);
    } finally {
      slot?.dispose();
    }
  }

  /** Rejects where the folder is gone: a program that cannot be started would leave its time limit running. */
  async present(): Promise<void> {
    await access(this.folder);
  }

  async #git(signal: AbortSignal | undefined, onFailure: (exit: Exit) => void): Promise<{ raw(args: string[]): Promise<string> }> {
    // Loaded on first use: nothing of it may run before the workspace is trusted.
    const { simpleGit } = await import('simple-git');
    return simpleGit({
      baseDir: this.folder,
      binary: [this.program],
      config: [...CONFIG],
      trimmed: false,
      timeout: { block: QUIET_LIMIT },
      // Its own rule hides a failure that prints nothing, such as `merge-base --is-ancestor` saying no; and its errors do not tell the exit code.
      errors: (error, { exitCode, stdErr }) => {
        if (exitCode === 0) return error;
        onFailure({ code: exitCode, said: Buffer.concat(stdErr).toString('utf8') });
        return new Error(`git ended with ${exitCode}`);
      },
      // These switches let us *close* the doors; simple-git refuses them because others could open them.
      unsafe: { allowUnsafeCustomBinary: true, allowUnsafeFsMonitor: true, allowUnsafeHooksPath: true, allowUnsafePager: true, allowUnsafeProtocolOverride: true },
      allowEnvironment: Object.keys(GIT_ENV),
      ...(signal ? { abort: signal } : {}),
    }).env({ ...this.env });
  }
}

const NO_REPOSITORY = /^fatal: not a git repository/m;

/** Git's own words may quote URLs with passwords: they are read here and not passed on. */
export function failure(error: unknown, what: string, signal: AbortSignal | undefined, exit?: Exit): GitError {
  if (signal?.aborted) return new GitError('aborted', 'reading Git was cancelled');
  if (exit?.said.includes('dubious ownership')) return new GitError('unsafe', 'the repository belongs to another user; Git refuses it until it is listed in safe.directory');
  if (exit?.said.includes('cannot use bare repository')) return new GitError('unsafe', 'a bare repository inside the folder is not read');
  if (exit && NO_REPOSITORY.test(exit.said)) return new GitError('noRepository', 'no Git repository');
  if (exit) return new GitError('failed', `git ${what} failed (exit code ${exit.code})`);
  const message = error instanceof Error ? error.message : '';
  return message.includes('block timeout') ? new GitError('timeout', `git ${what} did not answer`) : new GitError('failed', `git ${what} could not be run`);
}
