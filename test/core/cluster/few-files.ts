import { closeSync, openSync } from 'node:fs';
import { systemClock } from '../../../src/core/base/clock';
import { openSockets } from '../../bench/measure';
import { connectHere, wireThread } from '../../bench/wire';
import type { Cluster, KindStatus } from '../../../src/core/cluster/api';
import { eventually, MemoryLog, ready } from './open';

/** Run with few files to open: `node few-files.ts KUBECONFIG NAMESPACE` prints what a session says before, without and after any left. */
async function main(kubeconfig: string, namespace: string): Promise<void> {
  // Whatever bundles the thread is open by then.
  await wireThread();
  const before = openSockets();
  const cluster = await connectHere({ kubeconfig: [kubeconfig], context: undefined, env: {}, userAgent: 'plumbline-test', clock: systemClock, log: new MemoryLog() }, new AbortController().signal);
  try {
    await session(cluster, namespace, before);
  } finally {
    cluster.dispose();
  }
}

async function session(cluster: Cluster, namespace: string, before: number): Promise<void> {
  const { store } = cluster;
  await ready(store, [{ apiVersion: 'v1', kind: 'ConfigMap', namespaces: [namespace] }]);
  console.log(store.status('v1', 'ConfigMap', namespace).kind);
  await Promise.all(Array.from({ length: 1_000 }, () => cluster.get({ apiVersion: 'v1', kind: 'Namespace', namespace: undefined, name: 'default' })));
  console.log(`${openSockets() - before} connections`);
  const files: number[] = [];
  try {
    for (;;) files.push(openSync(process.execPath, 'r'));
  } catch {
    // None is left.
  }
  const kinds = ['Service', 'Secret', 'ServiceAccount', 'Pod', 'Endpoints', 'LimitRange', 'ResourceQuota', 'ReplicationController', 'PersistentVolumeClaim', 'PodTemplate'];
  const wants = kinds.map(kind => ({ apiVersion: 'v1', kind, namespaces: [namespace] }));
  store.want(wants);
  const statuses = (): KindStatus[] => kinds.map(kind => store.status('v1', kind, namespace));
  // What another thread gives back meanwhile is enough for one of them.
  await eventually('most are offline', () => statuses().filter(({ kind }) => kind === 'offline').length > kinds.length / 2, 20_000);
  const without = statuses().find(({ kind }) => kind === 'offline');
  console.log(without && 'reason' in without ? `${without.kind}: ${without.reason}` : 'none');
  for (const file of files) closeSync(file);
  await ready(store, wants);
  console.log(statuses().every(({ kind }) => kind === 'ready') ? 'ready' : JSON.stringify(statuses()));
}

main(process.argv[2] ?? '', process.argv[3] ?? '').catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
