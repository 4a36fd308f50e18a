import type { Json, JsonObject } from '../../src/core/base/json';
import { Scratch } from '../core/git/scratch';
import { ARGO_NAMESPACE } from './argo';
import type { ArgoCluster } from './hooks';

/** A small repository, and an Application that applies its folder `app` into a namespace of its own. Nothing syncs by itself unless `change` says so. */
export interface BenchArgoApplication {
  /** The Application's, and its namespace's. */
  readonly name: string;
  readonly repository: Scratch;
  /** Sets other parts of the Application's `spec`, beside source and destination. */
  change(spec: JsonObject): Promise<void>;
  /** Commits these files of the folder `app` and syncs. `NAMESPACE` in them stands for its namespace. */
  sync(files?: Readonly<Record<string, string>>): Promise<string>;
  commit(files: Readonly<Record<string, string>>): string;
  dispose(): void;
}

export async function makeArgoApplication({ argo, cluster }: ArgoCluster, files: Readonly<Record<string, string>>, directory?: JsonObject): Promise<BenchArgoApplication> {
  const name = await cluster.namespace('argo-app');
  const repository = new Scratch();
  const repoURL = `file://${repository.root}`;
  repository.git('remote', 'add', 'origin', repoURL);
  const commit = (texts: Readonly<Record<string, string>>): string => repository.commit(Object.fromEntries(Object.entries(texts).map(([path, text]) => [`app/${path}`, text.replaceAll('NAMESPACE', name)])));
  const apply = (spec: JsonObject): Promise<Json> =>
    cluster.apply({ apiVersion: 'argoproj.io/v1alpha1', kind: 'Application', metadata: { name, namespace: ARGO_NAMESPACE }, spec: { project: 'default', source: { repoURL, path: 'app', targetRevision: 'main', ...(directory && { directory }) }, destination: { server: 'https://kubernetes.default.svc', namespace: name }, ...spec } }, 'bench');
  const sync = async (texts?: Readonly<Record<string, string>>): Promise<string> => {
    if (texts) commit(texts);
    await argo.sync(name);
    return repository.git('rev-parse', 'HEAD');
  };
  commit(files);
  await apply({});
  await sync();
  const change = async (spec: JsonObject): Promise<void> => {
    await apply(spec);
  };
  return { name, repository, change, sync, commit, dispose: () => repository.dispose() };
}
