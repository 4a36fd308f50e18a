import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startDelayed } from './delay';
import { program } from './programs';
import { loadFolder, removeFolder } from './scan';
import { seededCluster } from './seeded';

const CLI = join(__dirname, '..', '..', 'dist', 'cli.cjs');
const SIZES = [200, 2_000];
/** Milliseconds there and back. */
const LATENCIES = [0, 20];
/** Quick things are measured more often, and the best counts: everything else only ever adds. */
const QUICK_ROUNDS = 3;

interface Timed {
  readonly ms: number;
  /** From the start of the process to its first byte. */
  readonly firstMs: number;
  readonly code: number | null;
  readonly lastLine: string;
}

function time(command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Timed> {
  return new Promise((resolve, reject) => {
    const began = performance.now();
    const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    let firstMs = Number.NaN;
    let tail = '';
    const note = (chunk: Buffer): void => {
      if (Number.isNaN(firstMs)) firstMs = performance.now() - began;
      tail = (tail + chunk.toString()).slice(-2_000);
    };
    child.stdout.on('data', note);
    child.stderr.on('data', note);
    child.on('error', reject);
    child.on('close', code => resolve({ ms: performance.now() - began, firstMs, code, lastLine: tail.trimEnd().split('\n').at(-1) ?? '' }));
  });
}

async function best(rounds: number, run: () => Promise<Timed>): Promise<Timed> {
  let found = await run();
  for (let i = 1; i < rounds; i++) {
    const next = await run();
    if (next.ms < found.ms) found = next;
  }
  return found;
}

/** What people run today, fastest last. Without `--force-conflicts` the server refuses to answer for a field that somebody else has set: for drift. */
const SERVER_SIDE = ['diff', '--server-side', '--force-conflicts'] as const;
const KUBECTL: readonly (readonly string[])[] = [['diff'], SERVER_SIDE, [...SERVER_SIDE, '--concurrency=10']];

async function compare(count: number, latency: number, more: { readonly server: string; readonly kubeconfig: string; readonly folder: string; readonly scratch: string }): Promise<void> {
  const delayed = latency === 0 ? undefined : await startDelayed(more.server, latency);
  try {
    const kubeconfig = join(more.scratch, `${latency}.kubeconfig`);
    await writeFile(kubeconfig, (await readFile(more.kubeconfig, 'utf8')).replace(more.server, delayed?.url ?? more.server), { mode: 0o600 });
    const scan = await best(QUICK_ROUNDS, () => time(process.execPath, [CLI, 'scan', more.folder, '--kubeconfig', kubeconfig, '--timeout', '10m'], { XDG_CACHE_HOME: more.scratch }));
    if (scan.code !== 1) throw new Error(`plumbline scan ended with ${String(scan.code)}: ${scan.lastLine}`);
    console.log(`${count} objects, ${latency} ms away: plumbline scan ${scan.ms.toFixed(0)} ms (${scan.lastLine})`);
    const kubectl = await program('kubectl');
    for (const args of KUBECTL) {
      const run = (): Promise<Timed> => time(kubectl, [...args, '-R', '-f', more.folder, `--kubeconfig=${kubeconfig}`, `--cache-dir=${join(more.scratch, 'cache')}`], { KUBECONFIG: '', KUBERC: 'off' });
      const timed = await run();
      // 1: there are differences.
      if (timed.code !== 1) throw new Error(`kubectl ${args.join(' ')} ended with ${String(timed.code)}: ${timed.lastLine}`);
      console.log(`  kubectl ${args.join(' ')}: ${timed.ms.toFixed(0)} ms, ${(timed.ms / scan.ms).toFixed(1)} x as long`);
    }
  } finally {
    await delayed?.stop();
  }
}

/** `plumbline scan` next to `kubectl diff` on the same server, the same folder, one after the other. */
export async function measureCli(): Promise<void> {
  const first = await best(5, () => time(process.execPath, [CLI, '--version']));
  const help = await best(5, () => time(process.execPath, [CLI, '--help']));
  const node = await best(5, () => time(process.execPath, ['-e', 'console.log(1)']));
  console.log(`plumbline's first output: --version ${first.firstMs.toFixed(0)} ms, --help ${help.firstMs.toFixed(0)} ms; target 150 ms; node alone ${node.firstMs.toFixed(0)} ms`);
  for (const count of SIZES) {
    const cluster = await seededCluster(count);
    const folder = await loadFolder(count);
    const scratch = await mkdtemp(join(tmpdir(), 'plumbline-cli-perf-'));
    try {
      for (const latency of LATENCIES) await compare(count, latency, { server: cluster.server, kubeconfig: cluster.kubeconfig(), folder, scratch });
    } finally {
      await cluster.stop();
      await removeFolder(folder);
      await rm(scratch, { recursive: true, force: true });
    }
  }
}
