import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { JsonObject } from '../../src/core/base/json';
import { startCluster } from './cluster';
import { schemasOf, startGenerator, type Generator } from './generator';
import { megabytes, openSockets, stallProbe, usedBy } from './measure';
import { loadFolder, removeFolder, scan, type Scan } from './scan';

const OBJECTS = 50_000;
const EVENTS = 20_000;
/** A burst is over when nothing has come of it for so many milliseconds. */
const QUIET_MS = 3_000;

/** A load that no real server is filled with in time: what is measured is ours alone, the server is a generator in a process of its own. Its schemas are a real server's. */
export async function measureLarge(): Promise<void> {
  const root = await loadFolder(OBJECTS);
  const scratch = await mkdtemp(join(tmpdir(), 'plumbline-large-'));
  const kubeconfig = join(scratch, 'config');
  const schemas = join(scratch, 'schemas.json');
  await writeFile(schemas, JSON.stringify(await realSchemas()));
  const generator = await startGenerator(OBJECTS, kubeconfig, schemas);
  const before = openSockets();
  try {
    const scanned = await scan(kubeconfig, root, OBJECTS);
    const { ms, cpuMs, stall, heap, rss } = scanned;
    console.log(`${OBJECTS} objects of a generator: connected to judged in ${ms.toFixed(0)} ms (${cpuMs.toFixed(0)} ms of processor); target 4000 ms`);
    console.log(`  memory of the process beyond what it was before connecting: ${megabytes(rss)}, target 150 MB; heap ${megabytes((heap / OBJECTS) * 10_000)} for 10,000 objects`);
    console.log(`  longest stall ${stall.ms.toFixed(0)} ms (${stall.cpuMs.toFixed(0)} ms of it ours); target 50 ms`);
    console.log(`  requests: ${JSON.stringify(scanned.engine.cluster?.traffic)}; target one list for each kind`);
    await burst(generator, scanned);
    console.log(`  connections: ${await generator.connections()} at most; target 8 and a watch for each kind`);
    scanned.dispose();
    await wait(1_000);
    console.log(`  sockets once it is closed: ${openSockets() - before}; target 0`);
  } finally {
    generator.stop();
    await removeFolder(root);
    await rm(scratch, { recursive: true, force: true });
  }
}

async function realSchemas(): Promise<JsonObject> {
  const cluster = await startCluster({ mode: 'optimised' });
  try {
    return await schemasOf(cluster);
  } finally {
    await cluster.stop();
  }
}

async function burst(generator: Generator, { engine }: Scan): Promise<void> {
  const first = engine.current.generation;
  const probe = stallProbe();
  const [began, cpu] = [performance.now(), usedBy()];
  let last = began;
  const counting = engine.onSnapshot(() => (last = performance.now()));
  await generator.burst(EVENTS);
  let [bytes, heard] = [-1, began];
  while (performance.now() - Math.max(last, heard) < QUIET_MS) {
    await wait(100);
    const now = engine.cluster?.traffic.bytes ?? 0;
    if (now !== bytes) [bytes, heard] = [now, performance.now()];
  }
  counting.dispose();
  const { stall } = probe.end();
  const runs = engine.current.generation - first;
  const seconds = (last - began) / 1000;
  console.log(`  a burst of ${EVENTS} watch events: longest stall ${stall.ms.toFixed(0)} ms (${stall.cpuMs.toFixed(0)} ms of it ours), target 50 ms; ${runs} snapshots in ${seconds.toFixed(1)} s, ${(runs / seconds).toFixed(1)} a second, target 5; ${cpu().toFixed(0)} ms of processor`);
}
