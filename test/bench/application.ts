import { posix } from 'node:path';
import { Scratch } from '../core/git/scratch';
import type { BenchCluster } from './cluster';
import { fluxObject, type BenchFlux } from './flux';

/** A small repository whose folder `app` a Kustomization named `app` applies, in a namespace of its own. */
export interface BenchApplication {
  readonly namespace: string;
  readonly repository: Scratch;
  /** Path of the Kustomization in the API. */
  readonly path: string;
  /** Replaces what the manifests hold, commits, and waits until Flux has applied it. */
  sync(files: Readonly<Record<string, string>>): Promise<string>;
  dispose(): void;
}

/** The files are those of the folder `app`, others by `../`; `NAMESPACE` in them stands for its namespace. Flux looks every hour only: drift stays. */
export async function makeApplication(cluster: BenchCluster, flux: BenchFlux, files: Readonly<Record<string, string>>): Promise<BenchApplication> {
  const namespace = await cluster.namespace('app');
  const repository = new Scratch();
  const url = `https://git.bench.example/team/${namespace}.git`;
  repository.git('remote', 'add', 'origin', url);
  const commit = (texts: Readonly<Record<string, string>>): string =>
    repository.commit(Object.fromEntries(Object.entries(texts).map(([name, text]) => [posix.join('app', name), text.replaceAll('NAMESPACE', namespace)])));
  const first = commit(files);
  flux.publisher.serve(url, `${repository.root}/.git`);
  await cluster.apply(fluxObject(namespace, 'source', 'GitRepository', 'app', { interval: '1h', url, ref: { branch: 'main' } }), 'bench');
  await cluster.apply(fluxObject(namespace, 'kustomize', 'Kustomization', 'app', { interval: '1h', path: './app', prune: true, sourceRef: { kind: 'GitRepository', name: 'app' } }), 'bench');
  await flux.applied(namespace, 'app', first);
  return {
    namespace,
    repository,
    path: `/apis/kustomize.toolkit.fluxcd.io/v1/namespaces/${namespace}/kustomizations/app`,
    sync: async texts => {
      const sha = commit(texts);
      await flux.reconcile('gitrepository', namespace, 'app');
      await flux.reconcile('kustomization', namespace, 'app');
      await flux.applied(namespace, 'app', sha);
      return sha;
    },
    dispose: () => repository.dispose(),
  };
}
