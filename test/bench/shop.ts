import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { BenchCluster } from './cluster';
import { startFlux, type BenchFlux } from './flux';
import { serveHelmReleases, stageSearch } from './staged-helm';
import { serveApplications, stagePayments } from './staged-argo';

const run = promisify(execFile);

/** What Flux is told; the clone's remote names the same repository in another form, as it mostly is in real life. */
export const SHOP_URL = 'ssh://git@git.shop.example/platform/shop.git';
export const CLONE_URL = 'git@git.shop.example:platform/shop.git';

const PERSON = ['-c', 'user.name=Ana Shop', '-c', 'user.email=ana@shop.example'];
/** What a person has set for Git is not the sample's. */
const GIT_ENV = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' };

/** The key of the sample's encrypted Secret, as somebody would have put it into the cluster by hand. It protects nothing. */
export const SOPS_KEY = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'sops-age', namespace: 'flux-system' },
  stringData: { 'age.agekey': 'AGE-SECRET-KEY-19U7XXPKC875D0437LN2YUE547PZP6D7FGMVJSHHMP5C665Q8VHGQ72PWNK' },
};

/** Everything in the sample that Flux applies. */
const KUSTOMIZATIONS = ['staging', 'production', 'catalog-staging', 'catalog-production'] as const;

/** The sample repository: a bare remote, a working clone, and Flux applying it. What Argo CD and helm-controller would do is written by `staged-argo.ts` and `staged-helm.ts`. */
export interface Shop {
  /** The working clone, absolute. */
  readonly folder: string;
  readonly bare: string;
  readonly flux: BenchFlux;
  /** Reads a file of the clone; the path is relative to it. */
  read(file: string): Promise<string>;
  /** Replaces a text in a file of the clone, and saves it. Throws when the text is not there. */
  edit(file: string, old: string, text: string): Promise<void>;
  /** Commits everything in the clone; with `push` the remote and its tracking branch follow. Resolves to the commit. */
  commit(message: string, push: boolean): Promise<string>;
  head(): Promise<string>;
  /** What `flux reconcile kustomization NAME --with-source` does: fetches the branch and waits until the pushed head is applied. */
  sync(name: (typeof KUSTOMIZATIONS)[number]): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Makes repository and remote in `folder`, starts Flux on the cluster where none is given, and waits until all
 * Kustomizations are applied. The source is looked at every hour only, as are the Kustomizations: drift and unapplied
 * commits stay until `sync`. Ends what it started when it fails.
 */
export async function makeShop(cluster: BenchCluster, folder: string, given?: BenchFlux): Promise<Shop> {
  const bare = join(folder, 'remote', 'shop.git');
  const clone = join(folder, 'shop');
  await mkdir(bare, { recursive: true });
  await cp(join(__dirname, 'shop'), clone, { recursive: true });
  const git = async (...args: string[]): Promise<string> => (await run('git', [...PERSON, ...args], { cwd: clone, env: GIT_ENV })).stdout.trim();
  await run('git', ['init', '--quiet', '--bare', '--initial-branch=main', bare], { env: GIT_ENV });
  await git('init', '--quiet', '--initial-branch=main');
  await git('remote', 'add', 'origin', CLONE_URL);
  // The address exists only in the sample; fetch, pull and push reach the bare repository by path.
  await git('config', `url.${bare}.insteadOf`, CLONE_URL);
  await git('config', 'user.name', 'Ana Shop');
  await git('config', 'user.email', 'ana@shop.example');
  const commit = async (message: string, push: boolean): Promise<string> => {
    await git('add', '--all');
    await git('commit', '--quiet', '--message', message);
    if (push) await git('push', '--quiet', '--set-upstream', 'origin', 'main');
    return git('rev-parse', 'HEAD');
  };
  const sha = await commit('The shop', true);
  const flux = given ?? (await startFlux(cluster));
  flux.publisher.serve(SHOP_URL, bare);
  const read = (file: string): Promise<string> => readFile(join(clone, file), 'utf8');
  const shop: Shop = {
    folder: clone,
    bare,
    flux,
    read,
    edit: async (file, old, text) => {
      const before = await read(file);
      if (!before.includes(old)) throw new Error(`${file} does not hold: ${old}`);
      await writeFile(join(clone, file), before.replace(old, () => text));
    },
    commit,
    head: () => git('rev-parse', 'HEAD'),
    sync: async name => {
      await flux.reconcile('gitrepository', 'flux-system', 'shop');
      await flux.reconcile('kustomization', 'flux-system', name);
      await flux.applied('flux-system', name, await git('rev-parse', 'origin/main'));
    },
    stop: async () => {
      if (given === undefined) await flux.stop();
    },
  };
  try {
    await Promise.all([cluster.apply(SOPS_KEY, 'kubectl'), serveApplications(cluster), serveHelmReleases(cluster)]);
    await cluster.kubectl(['apply', '-f', join(clone, 'clusters', 'bench')]);
    await Promise.all([
      ...KUSTOMIZATIONS.map(name => flux.applied('flux-system', name, sha)),
      cluster.kubectl(['apply', '-f', join(clone, 'ops')]),
      stagePayments(cluster, clone, sha),
      stageSearch(cluster, clone),
    ]);
    return shop;
  } catch (error) {
    await shop.stop();
    throw error;
  }
}
