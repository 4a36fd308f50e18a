import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { join } from 'node:path';

/** A server that the bench started. */
export interface Running {
  /** The last of what it printed, for a failure report. */
  output(): string;
  /** True once it has ended, for whatever reason. */
  ended(): boolean;
  /** Of the guard; the program is its child. */
  readonly pid: number;
  stop(): Promise<void>;
}

/** `node GUARD PROGRAM ARGUMENT…` ends the program when its standard input ends, see there. */
export const GUARD = join(__dirname, '..', 'vscode', 'guard.cjs');

/** Starts a program under a guard: it ends, with everything it started, when this process ends, also by SIGKILL. */
export function start(program: string, args: readonly string[], options: { readonly env?: Readonly<Record<string, string>>; readonly remove?: readonly string[] } = {}): Running {
  const child = spawn(process.execPath, [GUARD, program, ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...options.env, PLUMBLINE_GUARD_REMOVE: JSON.stringify(options.remove ?? []) },
  });
  let output = '';
  let ended = false;
  const collect = (chunk: Buffer): void => {
    output = (output + chunk.toString()).slice(-20_000);
  };
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  const exit = new Promise<void>(resolve => {
    child.on('exit', () => {
      ended = true;
      resolve();
    });
    child.on('error', () => {
      ended = true;
      resolve();
    });
  });
  return {
    output: () => output,
    ended: () => ended,
    pid: child.pid ?? -1,
    stop: () => {
      child.stdin.destroy();
      return exit;
    },
  };
}

/** Below the range from which the kernel takes ports for outgoing connections, so that none of those gets in between. */
const PORTS = { from: 20_000, to: 32_000 } as const;

/** A loopback port that is free at this moment. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = randomInt(PORTS.from, PORTS.to);
    if (await isFree(port)) return port;
  }
  throw new Error(`no free port between ${PORTS.from} and ${PORTS.to}`);
}

function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise(resolve => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/** Polls until `ready` is true. Rejects after `ms`, or as soon as the program has ended, with what it printed. */
export async function until(what: string, ready: () => Promise<boolean>, ms: number, running?: Running): Promise<void> {
  const end = Date.now() + ms;
  for (;;) {
    if (await ready().catch(() => false)) return;
    if (running?.ended()) throw new Error(`${what}: the program ended\n${running.output()}`);
    if (Date.now() > end) throw new Error(`${what}: not within ${ms} ms\n${running?.output() ?? ''}`);
    await new Promise(resolve => setTimeout(resolve, 50));
  }
}
