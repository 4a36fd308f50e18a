import assert from 'node:assert/strict';
import { at, isObject, listAt, textAt, type Json } from '../../../src/core/base/json';
import { isReconciling } from '../../../src/core/gitops/flux-application';
import { asLive } from '../../../src/core/kube/live';
import { makeApplication, type BenchApplication } from '../../bench/application';
import type { BenchCluster } from '../../bench/cluster';
import { sharedCluster, sharedFlux } from '../../bench/hooks';
import { startProxy, type FaultProxy, type Seen } from '../../bench/proxy';
import { openEngine } from '../drift/open-engine';
import { OpenChanger, plan, refusal } from './open-changer';

const SETTINGS = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings, namespace: NAMESPACE}\ndata: {level: info}\n';
/** Its pods never run here: a Kustomization that waits for it is busy until it is told that it failed. */
const SLOW = 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: slow, namespace: NAMESPACE}\nspec:\n  selector: {matchLabels: {app: slow}}\n  template: {metadata: {labels: {app: slow}}, spec: {containers: [{name: a, image: "a:1"}]}}\n';

const isWrite = ({ method, path }: Seen): boolean => method === 'PATCH' && !path.includes('dryRun=All');

describe('pause and resume, on a real Flux', function () {
  this.timeout(90_000);
  let cluster: BenchCluster;
  let application: BenchApplication;
  let proxy: FaultProxy;
  let admin: OpenChanger;

  const read = async (): Promise<Json> => (await cluster.request('GET', application.path)).body;
  const merge = async (body: Json, manager = 'kubectl-edit'): Promise<void> => {
    const { status } = await cluster.request('PATCH', `${application.path}?fieldManager=${manager}`, body, { type: 'application/merge-patch+json' });
    assert.equal(status, 200);
  };
  const writes = (): readonly Seen[] => proxy.seen.filter(isWrite);
  const busy = (object: Json): boolean => isObject(object) && isReconciling(asLive(object), false);
  const until = async (what: string, holds: (object: Json) => boolean): Promise<Json> => {
    for (const end = Date.now() + 40_000; ; await new Promise(resolve => setTimeout(resolve, 50))) {
      const object = await read();
      if (holds(object)) return object;
      if (Date.now() > end) throw new Error(`${what}: ${JSON.stringify(at(object, 'status'))}`);
    }
  };
  /** What kube-controller-manager would say of it one day. */
  const fail = async (): Promise<void> => {
    const conditions = [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded', message: 'its pods do not start' }];
    const { status } = await cluster.request('PATCH', `/apis/apps/v1/namespaces/${application.namespace}/deployments/slow/status`, { status: { observedGeneration: 1, conditions } }, { type: 'application/merge-patch+json' });
    assert.equal(status, 200);
  };
  const pausedIs = (paused: boolean): Promise<unknown> => admin.applicationWhere(({ pause }) => (pause !== undefined) === paused);

  before(async function () {
    this.timeout(240_000);
    cluster = await sharedCluster();
    application = await makeApplication(cluster, await sharedFlux(), { 'settings.yaml': SETTINGS });
    proxy = await startProxy(cluster);
    admin = await OpenChanger.create(await openEngine({ cluster, repository: application.repository, server: proxy.url }));
    await admin.enable();
  });

  afterEach(() => proxy.clear());

  after(async () => {
    await admin.close();
    await proxy.stop();
    application.dispose();
  });

  it('a pause that somebody else made meanwhile is not written over', async () => {
    const made = plan(await admin.changer.planPause(admin.application(), 'INC-1'));
    await merge({ spec: { suspend: true } }, 'flux-cli');
    const before = writes().length;
    assert.equal(refusal(await admin.run(made)).kind, 'moved');
    assert.equal(writes().length, before, 'nothing was sent');
    assert.match(refusal(await admin.changer.planPause(admin.application(), 'INC-1')).message, /is already paused/);
    await merge({ spec: { suspend: null } }, 'flux-cli');
  });

  it('nor one that was made in the last moment: the server refuses by the version', async () => {
    const made = plan(await admin.changer.planPause(admin.application(), 'INC-1'));
    proxy.add({ when: isWrite, times: 1, fault: { kind: 'delay', ms: 1_500 } });
    const before = writes().length;
    const running = admin.run(made);
    while (writes().length === before) await new Promise(resolve => setTimeout(resolve, 5));
    await merge({ spec: { suspend: true } }, 'flux-cli');
    assert.equal(refusal(await running).kind, 'moved');
    assert.equal(at(await read(), 'metadata', 'annotations', 'plumbline.dev/paused-reason'), undefined);
    await merge({ spec: { suspend: null } }, 'flux-cli');
  });

  it('needs a reason', async () => {
    assert.match(refusal(await admin.changer.planPause(admin.application(), ' \n ')).message, /needs a reason/);
  });

  it('says why, who and when on the object, and waits for the run in flight, though that one fails', async () => {
    await merge({ spec: { wait: true } });
    application.repository.commit({ 'app/slow.yaml': SLOW.replaceAll('NAMESPACE', application.namespace) });
    const flux = await sharedFlux();
    await flux.reconcile('gitrepository', application.namespace, 'app');
    await until('the run has begun to wait', object => busy(object) && JSON.stringify(at(object, 'status', 'conditions')).includes('health check'));
    const made = plan(await admin.changer.planPause(await admin.applicationWhere(({ pause }) => pause === undefined), 'INC-7: trying a fix'));
    const before = writes().length;
    assert.equal((await admin.run(made)).kind, 'done');
    assert.equal(writes().length, before + 1);
    const paused = await read();
    assert.equal(at(paused, 'spec', 'suspend'), true);
    assert.ok(busy(paused), 'the run goes on');
    const annotations = at(paused, 'metadata', 'annotations');
    const said = isObject(annotations) ? Object.values(annotations) : [];
    assert.equal(textAt(annotations, 'fluxcd.controlplane.io/suspendedBy'), 'ana', 'for a colleague with Flux Operator');
    for (const part of ['INC-7: trying a fix', 'ana', new Date(made.createdAt).toISOString()]) assert.ok(said.includes(part), `${part}: ${JSON.stringify(annotations)}`);
    assert.ok(listAt(paused, 'metadata', 'managedFields').some(entry => textAt(entry, 'manager') === 'plumbline' && textAt(entry, 'operation') === 'Update'));
    let quiet: string | undefined;
    const waiting = admin.changer.quiet(made, new AbortController().signal).then(answer => (quiet = answer));
    await new Promise(resolve => setTimeout(resolve, 2_000));
    assert.ok(busy(await read()));
    assert.equal(quiet, undefined, 'not safe yet');
    await fail();
    assert.equal(await waiting, 'ended');
    assert.ok(!busy(await read()));
    assert.deepEqual(admin.journal.entries()[0]?.reason, 'INC-7: trying a fix');
  });

  it('a resume takes the notes away, asks for a run, and Flux puts back what was edited', async () => {
    await cluster.request('PATCH', `/api/v1/namespaces/${application.namespace}/configmaps/settings?fieldManager=kubectl-edit`, { data: { level: 'debug' } }, { type: 'application/merge-patch+json' });
    await merge({ spec: { wait: null } });
    await admin.object('settings', 'drift', 'debug');
    const made = plan(await admin.changer.planResume(await admin.applicationWhere(({ pause }) => pause !== undefined)));
    assert.deepEqual(made.effect.overwritten.map(({ ref }) => ref.name), ['settings']);
    assert.equal((await admin.run(made)).kind, 'done');
    assert.equal(await admin.changer.reconciled(made, new AbortController().signal), true);
    const resumed = await read();
    assert.equal(at(resumed, 'spec', 'suspend'), undefined);
    assert.deepEqual(Object.keys(at(resumed, 'metadata', 'annotations') as object), ['reconcile.fluxcd.io/requestedAt']);
    await admin.object('settings', 'in-sync', 'info');
    await pausedIs(false);
    assert.match(refusal(await admin.changer.planResume(admin.application())).message, /is not paused/);
  });
});
