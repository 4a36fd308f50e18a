import { get } from 'node:https';
import type { BenchCluster } from './cluster';
import { COLLECTIONS } from './load';
import { megabytes, usedBy } from './measure';
import { loadFolder, removeFolder, scan, type Scan } from './scan';
import { seededCluster } from './seeded';

const OBJECTS = 10_000;
const ROUNDS = 3;
/** The target: a second, or so many times what the server's own lists take. */
const [LEAST_MS, PLAIN_TIMES] = [1_000, 1.3];

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

/** The same objects by the program people use; what it says of drift is measured beside `plumbline scan`, in `cli`. */
async function besideKubectl(cluster: BenchCluster, judged: number): Promise<void> {
  const began = performance.now();
  await cluster.kubectl(['get', 'deployments,configmaps', '-A', '-o', 'json', '--show-managed-fields']);
  const got = performance.now() - began;
  console.log(`  kubectl get -A -o json of the same kinds: ${got.toFixed(0)} ms; ours, with verdicts, ${(judged / got).toFixed(2)} x`);
}

const IDLE_MS = 10_000;

/** Share of one core that an open session takes while nothing happens. */
async function idle(): Promise<number> {
  const cpu = usedBy();
  await new Promise(resolve => setTimeout(resolve, IDLE_MS));
  return cpu() / IDLE_MS;
}

function tell(what: string, { ms, cpuMs, stall, heap, code, peak, verdicts, engine, runs, files }: Scan, plain: { readonly ms: number; readonly bytes: number }, count: number): void {
  console.log(`${what}: connected to judged in ${ms.toFixed(0)} ms (${cpuMs.toFixed(0)} ms of processor); target ${Math.max(LEAST_MS, PLAIN_TIMES * plain.ms).toFixed(0)} ms; ${(ms / plain.ms).toFixed(2)} x the server's own lists (${plain.ms.toFixed(0)} ms, ${megabytes(plain.bytes)})`);
  console.log(`  longest stall ${stall.ms.toFixed(0)} ms (${stall.cpuMs.toFixed(0)} ms of it ours); target 50 ms`);
  console.log(`  heap: ${megabytes(files)} before, with the files; ${megabytes((heap / count) * 10_000)} for 10,000 objects afterwards, ${megabytes(code)} of it compiled code, target 8 MB; ${megabytes(peak)} at most on the way`);
  console.log(`  ${runs} computations; requests: ${JSON.stringify(engine.cluster?.traffic)}, target one list for each kind and page, and one question for each undecided; verdicts: ${[...verdicts].map(([verdict, n]) => `${n} ${verdict}`).join(', ')}`);
}

export async function measureCluster(): Promise<void> {
  const cluster = await seededCluster(OBJECTS);
  const root = await loadFolder(OBJECTS);
  try {
    await plainList(cluster);
    for (let round = 0; round < ROUNDS; round++) await measureRound(cluster, root, round === ROUNDS - 1);
  } finally {
    await cluster.stop();
    await removeFolder(root);
  }
}

/** A call of its own: a loop would hold the engine of the round before. */
async function measureRound(cluster: BenchCluster, root: string, isLast: boolean): Promise<void> {
  const plain = await plainList(cluster);
  const scanned = await scan(cluster.kubeconfig(), root, OBJECTS);
  tell('10,000 objects of a real API server', scanned, plain, OBJECTS);
  if (isLast) {
    console.log(`  idle: ${((await idle()) * 100).toFixed(2)} % of a core while texts are packed, ${((await idle()) * 100).toFixed(2)} % afterwards; target 0.5 %`);
    await besideKubectl(cluster, scanned.ms);
  }
  scanned.dispose();
}
