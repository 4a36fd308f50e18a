import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { access } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Not the user's own, and not in the folder that is judged; gone with this process. */
const CACHE = join(tmpdir(), `plumbline-cli-cache-${process.pid}`);
process.on('exit', () => rmSync(CACHE, { recursive: true, force: true }));

const PROGRAM = join(__dirname, '..', '..', 'dist', 'cli.cjs');

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface RunOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs the built command line as a process of its own, with nothing of the caller's kubeconfigs. */
export async function plumbline(args: readonly string[], { cwd, env }: RunOptions): Promise<Ended> {
  await access(PROGRAM).catch(() => {
    throw new Error('dist/cli.cjs is not there: npm run build');
  });
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [PROGRAM, ...args], { cwd, env: { ...process.env, KUBECONFIG: '', HOME: cwd, XDG_CACHE_HOME: CACHE, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    let [out, err] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
    child.on('error', reject);
    child.on('close', code => resolve({ code, out, err }));
  });
}
