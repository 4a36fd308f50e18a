import { mkdtemp } from 'node:fs/promises';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startCluster } from './cluster';
import { stageAll } from './drift-stages';
import { makeShop } from './shop';

/** A cluster with the sample repository applied and drift staged on it. */
export interface Playground {
  readonly kubeconfig: string;
  /** The working clone to open. */
  readonly folder: string;
  stop(): Promise<void>;
}

/** Starts all of it; `log` gets a line per step. Everything ends with `stop()`, and with this process. */
export async function startPlayground({ log }: { readonly log: (line: string) => void }): Promise<Playground> {
  const began = Date.now();
  const step = (what: string): void => log(`${what} (${((Date.now() - began) / 1000).toFixed(1)} s)`);
  const cluster = await startCluster();
  step('API server is up');
  const folder = await mkdtemp(join(tmpdir(), 'plumbline-shop-'));
  try {
    const shop = await makeShop(cluster, folder);
    step('Flux has applied the sample repository');
    await stageAll({ cluster, shop });
    step('drift is staged');
    const stop = async (): Promise<void> => {
      await shop.stop();
      await cluster.stop();
      await rm(folder, { recursive: true, force: true });
    };
    return { kubeconfig: cluster.kubeconfig(), folder: shop.folder, stop };
  } catch (error) {
    await cluster.stop();
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}
