import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { startApart, type Apart, type Held } from '../../bench/apart';
import { startCluster, type BenchCluster } from '../../bench/cluster';
import { isScaled, placeOf } from '../../bench/load';
import { startProxy, type FaultProxy } from '../../bench/proxy';
import { loadFolder, removeFolder } from '../../bench/scan';
import { applyLoad, seed } from '../../bench/seeded';
import { Random } from '../kube/random-typed';
import { eventually } from './open';

/** `PLUMBLINE_SOAK_MINUTES=30` for longer. */
const MINUTES = Number(process.env['PLUMBLINE_SOAK_MINUTES'] ?? 2);
const OBJECTS = 200;
const LOOKS = 4;
/** Milliseconds. */
const [CHANGE, FAULT] = [60, 2_500];
/** Texts are packed within a few seconds of quiet, and what is kept only for a while has gone. */
const QUIET = 5_000;
const SETTLED = 60_000;
/**
 * Bytes that may come from the first look to the last: code that was compiled, and what a collection leaves. In long runs what is
 * kept of field sets, most of which are new here, grows up to its own limit, too (`field-sets.ts`).
 */
const NOISE = MINUTES > 5 ? 6_000_000 : 1_500_000;
const MERGE = { type: 'application/merge-patch+json' } as const;

const said = (code: number, reason: string): string => JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', reason, message: 'a fault', code });

/** What a network and a server do to a session over days. */
const FAULTS: readonly ((proxy: FaultProxy) => void | Promise<void>)[] = [
  proxy => proxy.resetAll(),
  async proxy => {
    await proxy.cut();
    await wait(500);
    await proxy.mend();
  },
  proxy => {
    proxy.add({ when: ({ watch }) => watch, times: 2, fault: { kind: 'answer', status: 410, body: said(410, 'Expired') } });
    proxy.resetAll();
  },
  proxy => {
    proxy.add({ when: ({ watch }) => watch, times: 2, fault: { kind: 'answer', status: 429, headers: { 'retry-after': '1' }, body: said(429, 'TooManyRequests') } });
    proxy.resetAll();
  },
  proxy => {
    proxy.add({ when: ({ watch }) => watch, times: 1, fault: { kind: 'answer', status: 200, headers: { 'content-type': 'text/html' }, body: '<html>Sign in</html>' } });
    proxy.resetAll();
  },
  proxy => {
    proxy.add({ when: ({ watch }) => watch, times: 1, fault: { kind: 'answer', status: 410, body: said(410, 'Expired') } });
    proxy.add({ when: ({ watch, path }) => !watch && /(?:deployments|configmaps)\?/.test(path), times: 1, fault: { kind: 'cut', bytes: 20_000 } });
    proxy.resetAll();
  },
];

describe('an engine that is open for long, on a real API server', function () {
  this.timeout(MINUTES * 60_000 + 240_000);
  let bench: BenchCluster;
  let proxy: FaultProxy;
  let apart: Apart;
  let [folder, root] = ['', ''];

  before(async () => {
    bench = await startCluster();
    await seed(bench, OBJECTS);
    proxy = await startProxy(bench);
    [folder, root] = [await mkdtemp(join(tmpdir(), 'plumbline-soak-')), await loadFolder(OBJECTS)];
    const kubeconfig = join(folder, 'config');
    await writeFile(kubeconfig, (await readFile(bench.kubeconfig(), 'utf8')).replace(bench.server, proxy.url));
    apart = await startApart(kubeconfig, root, OBJECTS);
  });
  after(async () => {
    await apart.stop();
    await proxy.stop();
    await bench.stop();
    await removeFolder(root);
    await rm(folder, { recursive: true });
  });

  /** People, and controllers, at work. */
  async function change(random: Random): Promise<void> {
    const i = random.int(OBJECTS);
    const { path } = placeOf(i);
    if (random.chance(10)) {
      await bench.request('DELETE', path);
      await applyLoad(bench, i);
    } else if (random.chance(30)) await bench.request('PATCH', `${path}?fieldManager=kubectl-label`, { metadata: { labels: { turn: String(random.int(1_000)) } } }, MERGE);
    else if (i % 2 === 0) await bench.request('PATCH', `${path}/scale?fieldManager=k9s`, { spec: { replicas: random.int(9) } }, MERGE);
    else await bench.request('PATCH', `${path}?fieldManager=kubectl-edit`, { data: { [`key-${random.int(20)}`]: `text ${random.int(1_000_000)}`.repeat(1 + random.int(30)) } }, MERGE);
  }

  /** Changes and faults until then. */
  async function busy(until: number, random: Random): Promise<void> {
    const every = async (ms: number, act: () => void | Promise<void>): Promise<void> => {
      while (Date.now() < until) {
        await act();
        await wait(ms);
      }
    };
    await Promise.all([every(CHANGE, () => change(random)), every(FAULT, () => random.pick(FAULTS)(proxy))]);
    proxy.clear();
  }

  it(`holds no more after ${MINUTES} minutes of changes and faults than at first, and has every verdict right`, async () => {
    const random = new Random(1);
    const looks: Held[] = [];
    const began = Date.now();
    for (let look = 1; look <= LOOKS; look++) {
      await busy(began + (look / LOOKS) * MINUTES * 60_000 - QUIET, random);
      await wait(QUIET);
      looks.push(await apart.held());
    }
    console.log(looks.map(({ heap, buffers, sockets, timers, snapshots }) => `      heap ${(heap / 1e6).toFixed(2)} MB, beside it ${(buffers / 1e6).toFixed(2)} MB, ${sockets} sockets, ${timers} timers, ${snapshots} snapshots`).join('\n'));
    const [first, last] = [looks[0], looks.at(-1)];
    assert.ok(first && last && last.snapshots > first.snapshots + 20, 'nothing was shown meanwhile');
    for (const what of ['heap', 'buffers'] as const) assert.ok(last[what] - first[what] < NOISE, `${what}: ${looks.map(held => held[what]).join(', ')}`);
    for (const what of ['sockets', 'timers'] as const) assert.ok(last[what] <= first[what], `${what}: ${looks.map(held => held[what]).join(', ')}`);
    for (let i = 0; i < OBJECTS; i++) {
      await bench.request('DELETE', placeOf(i).path);
      await applyLoad(bench, i);
    }
    const scaled = Array.from({ length: OBJECTS }, (_, i) => i).filter(i => i % 2 === 0 && isScaled(i));
    assert.notEqual(scaled.length, 0);
    await eventually('all of it is in sync again', () => apart.all('in-sync'), SETTLED);
    for (const i of scaled) await bench.request('PATCH', `${placeOf(i).path}/scale?fieldManager=k9s`, { spec: { replicas: 5 } }, MERGE);
    await eventually('what was scaled is drift', async () => (await apart.held()).verdicts.drift === scaled.length, SETTLED);
  });
});
