import { closeSync, openSync } from 'node:fs';
import { systemClock } from '../../../src/core/base/clock';
import { openSockets } from '../../bench/measure';
import { connectHere } from '../../bench/wire';
import { MemoryLog, ready, statusBecomes } from './open';

/** Run with few files to open: `node few-files.ts KUBECONFIG NAMESPACE` prints what a session says before, without and after any left. */
async function main(kubeconfig: string, namespace: string): Promise<void> {
  const before = openSockets();
  const cluster = await connectHere({ kubeconfig: [kubeconfig], context: undefined, env: {}, userAgent: 'plumbline-test', clock: systemClock, log: new MemoryLog() }, new AbortController().signal);
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
  const of = ['v1', 'PodTemplate', namespace] as const;
  const without = await statusBecomes(store, of, 'offline', 20_000);
  console.log(`${without.kind}: ${'reason' in without ? without.reason : ''}`);
  for (const file of files) closeSync(file);
  await ready(store, wants);
  console.log(store.status(...of).kind);
  cluster.dispose();
}

main(process.argv[2] ?? '', process.argv[3] ?? '').catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
