import type { Log } from '../vscode/cache';
import { startCluster } from './cluster';
import { stageAll } from './drift-stages';
import { startFlux } from './flux';
import { makeShop } from './shop';

/** A cluster with the sample repository applied and drift staged on it. */
export interface Playground {
  readonly kubeconfig: string;
  /** The working clone to open. */
  readonly folder: string;
  stop(): Promise<void>;
}

/**
 * Starts all of it; `log` gets a line per step, and per program that has to be built first. Everything, the sample's
 * folder included, ends with `stop()` and with this process.
 */
export async function startPlayground({ log }: { readonly log: Log }): Promise<Playground> {
  let began = Date.now();
  const step = (what: string): void => {
    log(`${what} (${((Date.now() - began) / 1000).toFixed(1)} s)`);
    began = Date.now();
  };
  const cluster = await startCluster({ log });
  try {
    step('API server is up');
    const flux = await startFlux(cluster, { log });
    step('Flux is up');
    const shop = await makeShop(cluster, cluster.folder, flux);
    step('Flux has applied the sample repository');
    await stageAll({ cluster, shop });
    step('drift is staged');
    const stop = async (): Promise<void> => {
      await flux.stop();
      await cluster.stop();
    };
    return { kubeconfig: cluster.kubeconfig(), folder: shop.folder, stop };
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}
