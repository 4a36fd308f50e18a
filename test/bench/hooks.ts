import { startCluster, type BenchCluster } from './cluster';

let shared: Promise<BenchCluster> | undefined;

/** One cluster for all tests of this mocha process, started by the first that asks. Each test takes a namespace of its own. */
export function sharedCluster(): Promise<BenchCluster> {
  shared ??= startCluster();
  return shared;
}

/** Registered by `.mocharc.cjs`-style `--require`, or by importing it: ends the shared cluster when the run is over. */
export const mochaHooks = {
  async afterAll(): Promise<void> {
    const cluster = await shared?.catch(() => undefined);
    shared = undefined;
    await cluster?.stop();
  },
};
