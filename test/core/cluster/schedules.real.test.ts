import assert from 'node:assert/strict';
import type { Clock } from '../../../src/core/base/clock';
import { breakableCluster } from '../../bench/hooks';
import { stallProbe } from '../../bench/measure';
import { startProxy } from '../../bench/proxy';
import { fastClock } from './clocks';
import { eventually, openSession } from './open';
import { Schedule, type Lane } from './schedule';

/** `PLUMBLINE_SCHEDULES=20000` runs more, `PLUMBLINE_SEED=17` one, again. */
const COUNT = Number(process.env['PLUMBLINE_SCHEDULES'] ?? 1_000);
const ONE = process.env['PLUMBLINE_SEED'];
/** Seeds that once failed. */
const KEPT: readonly number[] = [];
const LANES = 12;

/** Counts the timers that have neither fired nor been given back. */
function counted(clock: Clock): Clock & { readonly pending: number } {
  let pending = 0;
  return {
    get pending() {
      return pending;
    },
    now: () => clock.now(),
    after: (ms, run) => {
      let open = true;
      const close = (): void => {
        if (open) pending--;
        open = false;
      };
      pending++;
      const timer = clock.after(ms, () => {
        close();
        run();
      });
      return {
        dispose: () => {
          close();
          timer.dispose();
        },
      };
    },
  };
}

describe('random schedules of changes and faults on a real API server', function () {
  this.timeout(Math.max(300_000, COUNT * 300));

  it(`after ${ONE === undefined ? COUNT : `the one of seed ${ONE}`} the store has always come to equal the server, and nothing is left open`, async () => {
    const bench = await breakableCluster();
    const seeds = ONE === undefined ? [...KEPT, ...Array.from({ length: COUNT }, (_, n) => n)] : [Number(ONE)];
    const failures: string[] = [];
    const opened = await Promise.all(Array.from({ length: Math.min(LANES, seeds.length) }, async () => {
      const clock = counted(fastClock(25));
      const proxy = await startProxy(bench);
      const { cluster } = await openSession(bench, { server: proxy.url, clock });
      return { clock, proxy, cluster };
    }));
    const stalls = stallProbe();
    const lanes = opened.map(async ({ clock, proxy, cluster }, number) => {
      const lane: Lane = { bench, proxy, cluster };
      const namespace = await bench.namespace('schedule');
      for (let seed = seeds.shift(); seed !== undefined && failures.length === 0; seed = seeds.shift()) {
        await new Schedule(lane, seed, namespace).run().catch((error: unknown) => failures.push(`PLUMBLINE_SEED=${seed}: ${error instanceof Error ? error.message : String(error)}`));
      }
      cluster.dispose();
      await eventually(`I6: lane ${number} has no connection left`, () => proxy.open === 0);
      await eventually(`I6: lane ${number} has no timer left`, () => clock.pending === 0);
      await proxy.stop();
    });
    await Promise.all(lanes);
    const { ms, cpuMs } = stalls.end().stall;
    console.log(`      I5: longest stall of the process that all sessions, proxies and writers share: ${ms.toFixed(0)} ms (${cpuMs.toFixed(0)} ms of it its own work; limit for a session 50 ms)`);
    assert.deepEqual(failures, []);
  });
});
