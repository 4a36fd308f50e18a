import { createHash } from 'node:crypto';
import { cp, mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { load } from 'js-yaml';
import type { Json } from '../../src/core/base/json';
import { cached, cacheRoot } from '../vscode/cache';
import { startCluster, type BenchCluster } from './cluster';
import { isScaled, manifestText, namespaceOf, NAMESPACES, placeOf } from './load';
import { program, toStderr } from './programs';

/** A real, optimised API server with the load in it. Filled through the API the first time; its etcd folder is kept in the cache. */
export async function seededCluster(count: number): Promise<BenchCluster> {
  const key = createHash('sha256').update(await program('etcd', 'optimised')).update(await program('kube-apiserver', 'optimised')).update(await readFile(join(__dirname, 'load.ts')));
  const filled = await cached(cacheRoot(), join('bench', `seeded-${count}-${key.digest('hex').slice(0, 16)}`), toStderr, async fresh => {
    const cluster = await startCluster({ mode: 'optimised', data: join(fresh, 'etcd') });
    try {
      await seed(cluster, count);
    } finally {
      await cluster.stop();
    }
  });
  const folder = await mkdtemp(join(tmpdir(), 'plumbline-seeded-'));
  await cp(join(filled, 'etcd'), join(folder, 'etcd'), { recursive: true });
  return startCluster({ mode: 'optimised', data: join(folder, 'etcd'), remove: [folder] });
}

/** Requests at a time. */
const AT_ONCE = 16;

/** Puts the load into a cluster that has none of it. */
export async function seed(cluster: BenchCluster, count: number): Promise<void> {
  for (const name of NAMESPACES) await expectOk(cluster, 'POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }, 'application/json');
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let i = next++; i < count; i = next++) {
      await applyLoad(cluster, i);
      if (i % 2 === 0 && isScaled(i)) await expectOk(cluster, 'PATCH', `${placeOf(i).path}/scale?fieldManager=k9s`, { spec: { replicas: 5 } }, 'application/merge-patch+json');
      if (i % 1000 === 0) toStderr(`seeding: ${i} of ${count}, the last one into ${namespaceOf(i)}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

/** As the manifest of object `i` says. */
export const applyLoad = (cluster: BenchCluster, i: number): Promise<void> => expectOk(cluster, 'PATCH', `${placeOf(i).path}?fieldManager=kubectl&force=true`, load(manifestText(i)) as Json, 'application/apply-patch+yaml');

async function expectOk(cluster: BenchCluster, method: string, path: string, body: Json, type: string): Promise<void> {
  const { status, body: answer } = await cluster.request(method, path, body, { type });
  if (status >= 300) throw new Error(`${method} ${path}: HTTP ${status} ${JSON.stringify(answer).slice(0, 300)}`);
}
