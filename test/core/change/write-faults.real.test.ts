import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock as clock } from '../../../src/core/base/clock';
import { textAt, type JsonObject } from '../../../src/core/base/json';
import { confirm } from '../../../src/core/change/confirmation';
import { execute } from '../../../src/core/change/execute';
import { Journal } from '../../../src/core/change/journal';
import type { Outcome, Planned, PushPlan } from '../../../src/core/change/plan';
import { planPush } from '../../../src/core/change/push';
import type { Cluster } from '../../../src/core/cluster/api';
import type { BenchCluster } from '../../bench/cluster';
import { breakableCluster, sharedCluster } from '../../bench/hooks';
import { startProxy, type FaultProxy } from '../../bench/proxy';
import { startWebhooks, type BenchWebhooks } from '../../bench/webhook';
import { configMap, eventually, openSession, type OpenOptions } from '../cluster/open';

const APPLIER = { tool: 'none', manager: 'plumbline', active: false } as const;

describe('writes that meet a cluster which has changed, or refuses (numbers: the list of faults)', function () {
  this.timeout(60_000);
  let bench: BenchCluster;
  let namespace: string;
  let folder: string;
  let journal: Journal;
  let proxy: FaultProxy;
  let cluster: Cluster;
  let others: Cluster[];

  before(async () => {
    bench = await sharedCluster();
  });
  beforeEach(async () => {
    namespace = await bench.namespace('write');
    folder = await mkdtemp(join(tmpdir(), 'plumbline-write-'));
    journal = new Journal(join(folder, 'journal'), clock, error => assert.fail(String(error)));
    proxy = await startProxy(bench);
    ({ cluster } = await openSession(bench, { server: proxy.url }));
    others = [];
  });
  afterEach(async () => {
    for (const session of [cluster, ...others]) session.dispose();
    await proxy.stop();
    await rm(folder, { recursive: true });
  });

  async function open(options: OpenOptions): Promise<Cluster> {
    const opened = await openSession(bench, options);
    others.push(opened.cluster);
    return opened.cluster;
  }
  const path = (name: string): string => `/api/v1/namespaces/${namespace}/configmaps/${name}`;
  const live = async (name: string): Promise<string | undefined> => textAt((await bench.request('GET', path(name))).body, 'data', 'key');
  const patches = (): number => proxy.seen.filter(({ method, path: asked }) => method === 'PATCH' && !asked.includes('dryRun')).length;
  function plan(desired: JsonObject, by = cluster): Promise<Planned<PushPlan>> {
    const ref = { apiVersion: textAt(desired, 'apiVersion') ?? '', kind: textAt(desired, 'kind') ?? '', namespace, name: textAt(desired, 'metadata', 'name') ?? '' };
    return planPush(by, { ref, desired, applier: APPLIER, environment: { id: `bench/${namespace}`, context: 'bench', namespace, production: false }, force: false }, clock);
  }
  async function planned(desired: JsonObject, by = cluster): Promise<PushPlan> {
    const made = await plan(desired, by);
    assert.ok(made.kind === 'plan', JSON.stringify(made));
    return made.plan;
  }
  async function run(confirmed: PushPlan, by: Cluster | undefined = cluster): Promise<Outcome> {
    const confirmation = await confirm(confirmed, { ask: () => Promise.resolve(true) });
    assert.ok(confirmation);
    return execute(confirmed, confirmation, { cluster: by, isWritable: () => true, journal, clock });
  }
  const refusalKind = (outcome: Outcome | Planned<PushPlan>): string => (outcome.kind === 'refused' ? outcome.refusal.kind : outcome.kind);

  it('25, 26: a plan is for the pinned cluster: another session, or another cluster in its place, gets nothing', async () => {
    const made = await planned(configMap(namespace, 'a', { key: 'new' }));
    const elsewhere = await open({ user: 'viewer' });
    assert.equal(refusalKind(await run(made, elsewhere)), 'wrongCluster', 'somebody else\'s session');
    const again = await planned(configMap(namespace, 'a', { key: 'new' }));
    const other = await breakableCluster();
    await other.request('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
    proxy.toward(other);
    proxy.resetAll();
    const outcome = await run(again);
    assert.equal(refusalKind(outcome), 'wrongCluster');
    assert.equal(patches(), 0);
    assert.equal((await other.request('GET', path('a'))).status, 404);
  });

  it('31: who may not write gets a refusal in the server\'s words, and goes on reading', async () => {
    const viewer = await open({ user: 'viewer' });
    const made = await plan(configMap(namespace, 'a', { key: 'new' }), viewer);
    assert.equal(refusalKind(made), 'forbidden');
    assert.match(made.kind === 'refused' ? made.refusal.message : '', /User "viewer" cannot/);
    assert.ok(await viewer.get({ apiVersion: 'v1', kind: 'Namespace', namespace: undefined, name: namespace }));
  });

  describe('webhooks', () => {
    let webhooks: BenchWebhooks;
    beforeEach(async () => {
      webhooks = await startWebhooks(bench);
    });
    afterEach(() => webhooks.stop());
    const wordsOf = async (desired: JsonObject): Promise<string> => {
      const made = await plan(desired);
      return made.kind === 'refused' ? made.refusal.message : made.kind;
    };

    it('32: a webhook that denies is quoted, and other objects are compared as before', async () => {
      await webhooks.validate(namespace, { kind: 'deny', message: 'no team label' });
      assert.match(await wordsOf(configMap(namespace, 'a', { key: '1' })), /admission webhook ".*" denied the request: no team label/);
      assert.equal((await plan({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 's', namespace } })).kind, 'plan');
    });

    it('32: a webhook that hangs is named', async () => {
      await webhooks.validate(namespace, { kind: 'silent' });
      assert.match(await wordsOf(configMap(namespace, 'a', { key: '1' })), /failed calling webhook ".*".*(deadline exceeded|Timeout)/i);
    });

    it('32: a webhook that knows no dry-run is named', async () => {
      await webhooks.refuseDryRuns(namespace);
      assert.match(await wordsOf(configMap(namespace, 'a', { key: '1' })), /does not support dry run/);
    });

    it('33: what a webhook adds stands in the preview, and is no change the next time', async () => {
      const label = `faults/${namespace}`;
      await webhooks.mutate(label, () => [{ op: 'add', path: '/data/added', value: 'by the webhook' }]);
      const desired = { ...configMap(namespace, 'a', { key: '1' }), metadata: { name: 'a', namespace, labels: { [label]: 'yes' } } };
      await eventually('it is in force', async () => textAt((await planned(desired)).step.preview.predicted, 'data', 'added') === 'by the webhook');
      assert.equal((await run(await planned(desired))).kind, 'done');
      const again = await planned(desired);
      assert.deepEqual(again.step.preview.changes, []);
    });
  });

  it('34: a field of another manager is named, and nothing is sent without force', async () => {
    await bench.apply(configMap(namespace, 'a', { key: 'theirs' }), 'another-team');
    const made = await planned(configMap(namespace, 'a', { key: 'ours' }));
    assert.deepEqual(made.step.conflicts, [{ field: '.data.key', manager: 'another-team' }]);
    assert.equal(await confirm(made, { ask: () => Promise.resolve(true) }), undefined, 'nobody is asked');
    assert.deepEqual([await live('a'), patches()], ['theirs', 0]);
  });

  it('35: an object that was changed since the preview is not written', async () => {
    await bench.apply(configMap(namespace, 'a', { key: 'old' }), 'plumbline');
    const made = await planned(configMap(namespace, 'a', { key: 'new' }));
    await bench.request('PATCH', path('a'), { data: { key: 'meanwhile' } }, { type: 'application/merge-patch+json' });
    assert.equal(refusalKind(await run(made)), 'moved');
    assert.deepEqual([await live('a'), patches()], ['meanwhile', 0]);
  });

  it('36: an object that was deleted, or deleted and made anew, since the preview is not written', async () => {
    await bench.apply(configMap(namespace, 'a', { key: 'old' }), 'plumbline');
    const [first, second] = [await planned(configMap(namespace, 'a', { key: 'new' })), await planned(configMap(namespace, 'a', { key: 'new' }))];
    await bench.request('DELETE', path('a'));
    assert.equal(refusalKind(await run(first)), 'deleted');
    await bench.apply(configMap(namespace, 'a', { key: 'old' }), 'plumbline');
    assert.equal(refusalKind(await run(second)), 'recreated');
    assert.deepEqual([await live('a'), patches()], ['old', 0]);
  });

  it('39: nothing new is put into a namespace that is going away, and the server\'s reason is given', async () => {
    await bench.request('DELETE', `/api/v1/namespaces/${namespace}`);
    const made = await plan(configMap(namespace, 'late', { key: 'new' }));
    assert.ok(made.kind === 'refused');
    assert.match(made.refusal.message, /because it is being terminated/);
  });

  it('40: an immutable field is explained in the server\'s words', async () => {
    const fixed = (key: string): JsonObject => ({ ...configMap(namespace, 'fixed', { key }), immutable: true });
    await bench.apply(fixed('1'), 'plumbline');
    const made = await plan(fixed('2'));
    assert.equal(refusalKind(made), 'invalid');
    assert.match(made.kind === 'refused' ? made.refusal.message : '', /field is immutable when `immutable` is set/);
  });

  for (const [size, words] of [[1_200_000, /Too long: may not be more than 1048576 bytes/], [4_000_000, /limit is|too large|413/i]] as const) {
    it(`41: an object of ${size} bytes is refused with the reason`, async () => {
      const made = await plan(configMap(namespace, 'huge', { key: 'x'.repeat(size) }));
      assert.ok(made.kind === 'refused');
      assert.match(made.refusal.message.slice(0, 2_000), words);
    });
  }

  it('51: a write whose answer is lost is read back, never sent again', async () => {
    const made = await planned(configMap(namespace, 'once', { key: 'new' }));
    proxy.add({ when: ({ method, path: asked }) => method === 'PATCH' && !asked.includes('dryRun'), times: 1, fault: { kind: 'cut', bytes: 0 } });
    const outcome = await run(made);
    assert.equal(outcome.kind, 'done', JSON.stringify(outcome));
    assert.deepEqual([patches(), await live('once')], [1, 'new']);
  });

  it('52: two windows write the same object: the second has to look again, and nothing is overwritten unseen', async () => {
    await bench.apply(configMap(namespace, 'shared', { key: 'old' }), 'plumbline');
    const second = await open({});
    const theirs = await planned(configMap(namespace, 'shared', { key: 'theirs' }), second);
    const ours = await planned(configMap(namespace, 'shared', { key: 'ours' }));
    assert.equal((await run(theirs, second)).kind, 'done');
    assert.equal(refusalKind(await run(ours)), 'moved');
    assert.equal(await live('shared'), 'theirs');
    assert.equal((await run(await planned(configMap(namespace, 'shared', { key: 'ours' })))).kind, 'done');
  });
});
