import { spawn } from 'node:child_process';
import { delimiter, isAbsolute, join, resolve, sep } from 'node:path';
import { access, constants } from 'node:fs/promises';
import type { Clock } from '../base/clock';
import { fromEntries, member, textAt, type Json } from '../base/json';
import { parseJson, stringifyJson } from '../base/json-text';
import type { Disposable } from '../base/lifetime';
import type { Login, LoginSource } from './credentials';
import { ClusterError } from './errors';
import { stopped } from './failure';
import type { ClusterEntry, ExecPlugin } from './kubeconfig';
import { LoginPause } from './login-pause';
import { readPem } from './pem';

export interface ExecOptions {
  readonly clock: Clock;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly allowExec?: AllowExec;
}

/** Whether a program that a kubeconfig names may be started; `reason` follows a colon. */
export type ExecAnswer = { readonly kind: 'allowed' } | { readonly kind: 'refused'; readonly reason: string };

export type AllowExec = (plugin: ExecPlugin) => Promise<ExecAnswer>;

/**
 * Milliseconds. A login is renewed a little before it ends, but used for a while even where it seems to have ended: our
 * clock may be wrong, and a server that refuses it is believed at once.
 */
const LIMIT = { run: 60_000, early: 30_000, used: 5_000 } as const;
const MAX_OUTPUT = 1024 * 1024;

/** A credential plugin (`client.authentication.k8s.io`), run without a terminal and never by a shell. */
export class ExecLogin implements LoginSource {
  readonly #plugin: ExecPlugin;
  readonly #cluster: ClusterEntry;
  readonly #options: ExecOptions;
  #kept: { readonly login: Login; readonly until: number } | undefined;
  readonly #pause: LoginPause;

  constructor(plugin: ExecPlugin, cluster: ClusterEntry, options: ExecOptions) {
    this.#plugin = plugin;
    this.#cluster = cluster;
    this.#options = options;
    this.#pause = new LoginPause(options.clock);
  }

  async obtain(force: boolean, signal: AbortSignal): Promise<Login> {
    const { clock } = this.#options;
    if (!force && this.#kept && clock.now() < this.#kept.until) return this.#kept.login;
    this.#kept = await this.#pause.around(async () => {
      await this.#consent();
      return readCredential(await this.#run(signal), nameOf(this.#plugin), clock.now());
    });
    return this.#kept.login;
  }

  /** A kubeconfig that came with a repository may name any program; the user's own `.kube` is the user's word. */
  async #consent(): Promise<void> {
    const { home, allowExec } = this.#options;
    if (this.#plugin.source.startsWith(resolve(home, '.kube') + sep)) return;
    const answer = (await allowExec?.(this.#plugin)) ?? { kind: 'refused', reason: `a kubeconfig outside ${join('~', '.kube')} may not start programs` };
    if (answer.kind === 'refused') throw new ClusterError('consent', `${this.#plugin.source} wants to run ${nameOf(this.#plugin)} to log in: ${answer.reason}`);
  }

  async #run(signal: AbortSignal): Promise<string> {
    const { command, args, interactiveMode, installHint } = this.#plugin;
    const name = nameOf(this.#plugin);
    if (interactiveMode === 'Always') throw new ClusterError('unauthenticated', `${name} needs a terminal to log in; run kubectl once with this context`);
    const env = await this.#environment();
    const program = await findProgram(command, env);
    if (program === undefined) throw new ClusterError('invalid', `the program ${name}, which this context logs in with, was not found${installHint === undefined ? '' : `: ${installHint}`}`);
    return runProgram({ program, args, env, name }, this.#options.clock, signal);
  }

  async #environment(): Promise<Record<string, string>> {
    const inherited = Object.entries(this.#options.env).filter((entry): entry is [string, string] => entry[1] !== undefined && !/^(ELECTRON_|VSCODE_)/.test(entry[0]));
    return { ...Object.fromEntries(inherited), ...Object.fromEntries(this.#plugin.env), KUBERNETES_EXEC_INFO: stringifyJson(await this.#info()) };
  }

  async #info(): Promise<Json> {
    const { server, tlsServerName, insecure, ca, proxyUrl, execConfig } = this.#cluster;
    const spec: [string, Json][] = [['interactive', false]];
    if (this.#plugin.provideClusterInfo) {
      const authority = await readPem(ca, 'certificate authority');
      const cluster: [string, Json | undefined][] = [
        ['server', server],
        ['tls-server-name', tlsServerName],
        ['insecure-skip-tls-verify', insecure || undefined],
        ['certificate-authority-data', authority === undefined ? undefined : Buffer.from(authority, 'latin1').toString('base64')],
        ['proxy-url', proxyUrl],
        ['config', execConfig ?? null],
      ];
      spec.push(['cluster', fromEntries(cluster.filter((entry): entry is [string, Json] => entry[1] !== undefined))]);
    }
    return { kind: 'ExecCredential', apiVersion: this.#plugin.apiVersion, spec: fromEntries(spec) };
  }
}

/** The program's name alone: its path may say more of the machine than a message should. */
const nameOf = ({ command }: ExecPlugin): string => command.split(/[\\/]/).at(-1) ?? command;

function readCredential(output: string, name: string, now: number): { readonly login: Login; readonly until: number } {
  let answer: Json;
  try {
    answer = parseJson(output);
  } catch {
    throw new ClusterError('unauthenticated', `${name} did not print a credential`);
  }
  const status = member(answer, 'status');
  const token = textAt(status, 'token');
  const cert = textAt(status, 'clientCertificateData');
  const key = textAt(status, 'clientKeyData');
  if (textAt(answer, 'kind') !== 'ExecCredential' || (token === undefined && (cert === undefined || key === undefined))) throw new ClusterError('unauthenticated', `${name} did not print a credential`);
  const expires = Date.parse(textAt(status, 'expirationTimestamp') ?? '');
  return {
    login: { authorization: token === undefined ? undefined : `Bearer ${token}`, certificate: cert !== undefined && key !== undefined ? { cert, key } : undefined },
    until: Number.isNaN(expires) ? Number.POSITIVE_INFINITY : Math.max(expires - LIMIT.early, now + LIMIT.used),
  };
}

interface Program {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Record<string, string>;
  readonly name: string;
}

/** What the program wrote to stdout. What it wrote to stderr may hold secrets and is dropped. */
function runProgram({ program, args, env, name }: Program, clock: Clock, signal: AbortSignal): Promise<string> {
  return new Promise((done, fail) => {
    if (signal.aborted) {
      fail(stopped(signal));
      return;
    }
    // A group of its own, so that what the plugin started ends with it.
    const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'], shell: false, windowsHide: true, detached: process.platform !== 'win32' });
    const chunks: Buffer[] = [];
    let size = 0;
    let ended = false;
    const kill = (): void => {
      if (child.pid === undefined) return;
      try {
        if (process.platform === 'win32') child.kill('SIGKILL');
        else process.kill(-child.pid, 'SIGKILL');
      } catch {
        // It has ended by itself.
      }
    };
    const timers: Disposable[] = [];
    const onAbort = (): void => end(stopped(signal));
    signal.addEventListener('abort', onAbort, { once: true });
    const end = (error: ClusterError | undefined): void => {
      if (ended) return;
      ended = true;
      signal.removeEventListener('abort', onAbort);
      for (const timer of timers) timer.dispose();
      if (error) {
        kill();
        fail(error);
      } else done(Buffer.concat(chunks).toString('utf8'));
    };
    timers.push(clock.after(LIMIT.run, () => end(new ClusterError('unauthenticated', `${name} did not log in within ${LIMIT.run / 1000} s`))));
    const count = (chunk: Buffer): boolean => {
      size += chunk.length;
      if (size > MAX_OUTPUT) end(new ClusterError('unauthenticated', `${name} printed more than ${MAX_OUTPUT / 1024 / 1024} MB`));
      return !ended;
    };
    child.stdout.on('data', (chunk: Buffer) => {
      if (count(chunk)) chunks.push(chunk);
    });
    child.stderr.on('data', (chunk: Buffer) => void count(chunk));
    child.on('error', error => end(new ClusterError('invalid', `${name} could not be started (${'code' in error ? String(error.code) : error.name})`)));
    child.on('close', code => end(code === 0 ? undefined : new ClusterError('unauthenticated', `${name} failed to log in (exit code ${code ?? 'none'}); run kubectl with this context to see why`)));
  });
}

/** A path as it is; a bare name on PATH, whose relative folders are skipped: they would mean whatever folder is current. */
async function findProgram(command: string, env: Readonly<Record<string, string>>): Promise<string | undefined> {
  const windows = process.platform === 'win32';
  const endings = windows ? ['', ...(env['PATHEXT'] ?? '.EXE;.CMD;.BAT').split(';')] : [''];
  const folders = isAbsolute(command) ? [''] : (env['PATH'] ?? env['Path'] ?? '').split(delimiter).filter(isAbsolute);
  for (const folder of folders) {
    for (const ending of endings) {
      const candidate = join(folder, command) + ending;
      try {
        await access(candidate, windows ? constants.F_OK : constants.X_OK);
        return candidate;
      } catch {
        // The next one.
      }
    }
  }
  return undefined;
}
