import { readFile, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import type { Log } from '../vscode/cache';
import { startCluster, type BenchCluster } from './cluster';
import { startFlux } from './flux';
import type { Playground } from './playground';
import { SHOP_URL } from './shop';

/** A second cluster beside the playground's. */
export interface Edge {
  readonly cluster: BenchCluster;
  /** Both clusters, as `KUBECONFIG` lists files: contexts `bench`, the current one, and `edge`. */
  readonly kubeconfig: string;
  stop(): Promise<void>;
}

const FLUX = 'flux-system';

/** Starts a cluster whose own Flux applies `apps/production` of the playground's repository, and nothing else of it. */
export async function startEdge(playground: Playground, { log }: { readonly log: Log }): Promise<Edge> {
  const cluster = await startCluster({ log });
  try {
    const flux = await startFlux(cluster, { log });
    flux.publisher.serve(SHOP_URL, join(dirname(playground.folder), 'remote', 'shop.git'));
    await cluster.apply({ apiVersion: 'source.toolkit.fluxcd.io/v1', kind: 'GitRepository', metadata: { name: 'shop', namespace: FLUX }, spec: { interval: '1h', url: SHOP_URL, ref: { branch: 'main' } } }, 'kubectl');
    await cluster.apply(
      { apiVersion: 'kustomize.toolkit.fluxcd.io/v1', kind: 'Kustomization', metadata: { name: 'production', namespace: FLUX }, spec: { interval: '1h', path: './apps/production', prune: true, sourceRef: { kind: 'GitRepository', name: 'shop' } } },
      'kubectl',
    );
    await flux.applied(FLUX, 'production');
    const file = join(cluster.folder, 'edge.kubeconfig');
    const text = await readFile(cluster.kubeconfig(), 'utf8');
    await writeFile(file, text.replace(/\bbench\b/g, 'edge').replace(/\b(name|user): admin\b/g, '$1: edge-admin'), { mode: 0o600 });
    const stop = async (): Promise<void> => {
      await flux.stop();
      await cluster.stop();
    };
    return { cluster, kubeconfig: [playground.kubeconfig, file].join(delimiter), stop };
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}
