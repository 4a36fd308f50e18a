import { startCluster, type BenchCluster } from './cluster';
import { startFlux, type BenchFlux } from './flux';

let cluster: Promise<BenchCluster> | undefined;
let flux: Promise<BenchFlux> | undefined;

/** One cluster for all tests of this mocha process, started by the first that asks. Each test takes a namespace of its own. */
export function sharedCluster(): Promise<BenchCluster> {
  cluster ??= startCluster();
  return cluster;
}

/** Flux on the shared cluster. The sample repository wants a cluster of its own: it has fixed namespaces. */
export function sharedFlux(): Promise<BenchFlux> {
  flux ??= sharedCluster().then(shared => startFlux(shared));
  return flux;
}

async function stop(): Promise<void> {
  const [controllers, server] = [await flux?.catch(() => undefined), await cluster?.catch(() => undefined)];
  [flux, cluster] = [undefined, undefined];
  await controllers?.stop();
  await server?.stop();
}

/** For `mocha --require`. */
export const mochaHooks = { afterAll: stop };

// Imported by a test file alone, the hook registers itself with the root suite.
if (typeof after === 'function') after(stop);
