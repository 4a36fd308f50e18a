import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startArgo, type BenchArgo } from './argo';
import { makeAuthority, type Authority } from './certificates';
import { startCluster, type BenchCluster } from './cluster';
import { startFlux, type BenchFlux } from './flux';
import { program, type ProgramName } from './programs';

const NEEDED: readonly ProgramName[] = ['etcd', 'kube-apiserver', 'kustomize-controller', 'kubectl'];

let cluster: Promise<BenchCluster> | undefined;
let breakable: Promise<BreakableCluster> | undefined;
let flux: Promise<BenchFlux> | undefined;
let argo: Promise<ArgoCluster> | undefined;

/** One cluster for all tests of this mocha process, started by the first that asks. Each test takes a namespace of its own. */
export function sharedCluster(): Promise<BenchCluster> {
  cluster ??= startCluster();
  return cluster;
}

/** A cluster for tests that stop, freeze or change the server itself; each leaves it running. It trusts client certificates of `authority`. */
export interface BreakableCluster extends BenchCluster {
  readonly authority: Authority;
}

export function breakableCluster(): Promise<BreakableCluster> {
  breakable ??= startBreakable();
  return breakable;
}

async function startBreakable(): Promise<BreakableCluster> {
  const authority = makeAuthority('plumbline-bench');
  const folder = await mkdtemp(join(tmpdir(), 'plumbline-authority-'));
  const file = join(folder, 'ca.crt');
  await writeFile(file, authority.cert);
  const cluster = await startCluster({ arguments: [`--client-ca-file=${file}`], remove: [folder] });
  return Object.assign(cluster, { authority });
}

/** Flux on the shared cluster. The sample repository wants a cluster of its own: it has fixed namespaces. */
export function sharedFlux(): Promise<BenchFlux> {
  flux ??= sharedCluster().then(shared => startFlux(shared));
  return flux;
}

/**
 * Argo CD on a cluster of its own: what may be read of one controller says something about every folder. Its Applications
 * all stand in one namespace: each test names its own apart. A first build takes minutes: ask in a hook with room for that.
 */
export function sharedArgo(): Promise<ArgoCluster> {
  argo ??= startWithArgo();
  return argo;
}

export interface ArgoCluster {
  readonly argo: BenchArgo;
  readonly cluster: BenchCluster;
}

async function startWithArgo(): Promise<ArgoCluster> {
  const own = await startCluster();
  try {
    return { argo: await startArgo(own), cluster: own };
  } catch (error) {
    await own.stop();
    throw error;
  }
}

/** A machine that is busy with other tests takes its time to end servers. */
const STOP_MS = 60_000;
/** Longest first build of all programs. */
const BUILD_MS = 20 * 60_000;

const isReal = (suite: Mocha.Suite): boolean => suite.file?.endsWith('.real.test.ts') ?? false;

/**
 * For `mocha --require`. Programs are built before the first test that needs them, so that no test's own limit has to
 * leave room for that; a run of unit tests builds nothing.
 */
export const mochaHooks = {
  async beforeAll(this: Mocha.Context): Promise<void> {
    this.timeout(BUILD_MS);
    if (this.test?.parent?.suites.some(isReal)) await Promise.all(NEEDED.map(name => program(name)));
  },
  async afterAll(this: Mocha.Context): Promise<void> {
    this.timeout(STOP_MS);
    const withArgo = await argo?.catch(() => undefined);
    const controllers = [await flux?.catch(() => undefined), withArgo?.argo];
    const servers = [await cluster?.catch(() => undefined), await breakable?.catch(() => undefined), withArgo?.cluster];
    [flux, argo, cluster, breakable] = [undefined, undefined, undefined, undefined];
    await Promise.all(controllers.map(async controller => controller?.stop()));
    await Promise.all(servers.map(async server => server?.stop()));
  },
};
