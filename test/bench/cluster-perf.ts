import { get } from 'node:https';
import { join } from 'node:path';
import type { BenchCluster } from './cluster';
import { COLLECTIONS, namespaceOf } from './load';
import { loadFolder, removeFolder, scan, type Scan } from './scan';
import { seededCluster } from './seeded';

const OBJECTS = 10_000;
const ROUNDS = 3;

/** What a client pays that only takes the bytes: both collections at once, nothing parsed. Milliseconds and bytes. */
async function plainList(cluster: BenchCluster): Promise<{ readonly ms: number; readonly bytes: number }> {
  const began = performance.now();
  const sizes = await Promise.all(COLLECTIONS.map(path => download(cluster, `${path}?resourceVersion=0`)));
  return { ms: performance.now() - began, bytes: sizes.reduce((sum, size) => sum + size, 0) };
}

function download(cluster: BenchCluster, path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    get(`${cluster.server}${path}`, { ca: cluster.ca, headers: { authorization: `Bearer ${cluster.token()}`, accept: 'application/json' } }, answer => {
      let bytes = 0;
      answer.on('data', (chunk: Buffer) => (bytes += chunk.length));
      answer.on('end', () => resolve(bytes));
      answer.on('error', reject);
    }).on('error', reject);
  });
}

/** So many of the objects are given to kubectl, which asks the server twice for each. */
const SAMPLE = 200;

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

/** What people use for the same question, on the same server in the same run. */
async function besideKubectl(cluster: BenchCluster, root: string, judged: number): Promise<void> {
  const got = await timed(() => cluster.kubectl(['get', 'deployments,configmaps', '-A', '-o', 'json', '--show-managed-fields']));
  console.log(`  kubectl get -A -o json of the same kinds: ${got.toFixed(0)} ms; ours, with verdicts, ${(judged / got).toFixed(2)} x`);
  const sample = Array.from({ length: SAMPLE }, (_, i) => ['-f', join(root, namespaceOf(i), `${i}.yaml`)]).flat();
  for (const concurrency of ['1', '10']) {
    // Ends with 1 where anything differs.
    const ms = await timed(() => cluster.kubectl(['diff', '--server-side', '--force-conflicts', '--field-manager=kubectl', `--concurrency=${concurrency}`, ...sample]).catch((error: unknown) => error));
    console.log(`  kubectl diff --server-side --concurrency=${concurrency} of ${SAMPLE} of them: ${ms.toFixed(0)} ms, that is ${((ms / SAMPLE) * OBJECTS / 1000).toFixed(0)} s for all; ${((ms / SAMPLE) * OBJECTS / judged).toFixed(0)} x ours`);
  }
}

const IDLE_MS = 10_000;

/** Share of one core that an open session takes while nothing happens. */
async function idle(): Promise<number> {
  const before = process.cpuUsage();
  await new Promise(resolve => setTimeout(resolve, IDLE_MS));
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / IDLE_MS;
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

function tell(what: string, { ms, cpuMs, stall, heap, peak, verdicts, engine, runs, files }: Scan, plain: { readonly ms: number; readonly bytes: number }, count: number): void {
  console.log(`${what}: connected to judged in ${ms.toFixed(0)} ms (${cpuMs.toFixed(0)} ms of processor); ${(ms / plain.ms).toFixed(2)} x the server's own lists (${plain.ms.toFixed(0)} ms, ${megabytes(plain.bytes)})`);
  console.log(`  longest stall ${stall.ms.toFixed(0)} ms (${stall.cpuMs.toFixed(0)} ms of it ours); target 50 ms`);
  console.log(`  heap: ${megabytes(files)} before, with the files; ${megabytes((heap / count) * 10_000)} for 10,000 objects afterwards, target 8 MB; ${megabytes(peak)} at most on the way`);
  console.log(`  ${runs} computations; requests: ${JSON.stringify(engine.cluster?.traffic)}; verdicts: ${[...verdicts].map(([verdict, n]) => `${n} ${verdict}`).join(', ')}`);
}

export async function measureCluster(): Promise<void> {
  const cluster = await seededCluster(OBJECTS);
  const root = await loadFolder(OBJECTS);
  try {
    await plainList(cluster);
    for (let round = 0; round < ROUNDS; round++) {
      const plain = await plainList(cluster);
      const scanned = await scan(cluster.kubeconfig(), root, OBJECTS);
      tell('10,000 objects of a real API server', scanned, plain, OBJECTS);
      if (round === ROUNDS - 1) {
        console.log(`  idle: ${((await idle()) * 100).toFixed(2)} % of a core; target 0.5 %`);
        await besideKubectl(cluster, root, scanned.ms);
      }
      scanned.dispose();
    }
  } finally {
    await cluster.stop();
    await removeFolder(root);
  }
}
