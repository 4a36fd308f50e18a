import assert from 'node:assert/strict';
import { at, listAt, textAt, type Json } from '../../../src/core/base/json';
import { isExecutable } from '../../../src/core/change/plan';
import { makeApplication, type BenchApplication } from '../../bench/application';
import { startCluster, type BenchCluster, type User } from '../../bench/cluster';
import { sharedCluster, sharedFlux } from '../../bench/hooks';
import { startProxy, type FaultProxy, type Seen } from '../../bench/proxy';
import { openEngine } from '../drift/open-engine';
import { OpenChanger, refusal } from './open-changer';

const NAMES = ['done', 'stale', 'elsewhere', 'deleted', 'recreated', 'moved', 'same', 'raced', 'remade', 'forbidden', 'owned', 'taken', 'readonly', 'unsaid'] as const;
type Name = (typeof NAMES)[number];

const manifest = (name: string, level: string, namespace: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}, namespace: ${namespace}}\ndata: {level: ${level}, other: kept}\n`;

const TOKENS = ['old-battery-staple', 'correct-horse-battery'] as const;
const secret = (token: string): string => `apiVersion: v1\nkind: Secret\nmetadata: {name: token, namespace: NAMESPACE}\nstringData: {token: ${token}}\n`;

const isWrite = ({ method, path }: Seen): boolean => method === 'PATCH' && !path.includes('dryRun=All');

describe('a push, on a real API server', function () {
  this.timeout(60_000);
  let cluster: BenchCluster;
  let application: BenchApplication;
  let proxy: FaultProxy;
  let ending: string;
  let admin: OpenChanger;

  const path = (name: string): string => `/api/v1/namespaces/${application.namespace}/configmaps/${name}`;
  const live = async (name: string): Promise<Json> => (await cluster.request('GET', path(name))).body;
  /** Somebody edits the live object. */
  const edit = async (name: Name, data: Readonly<Record<string, string | null>>): Promise<void> => {
    const { status } = await cluster.request('PATCH', `${path(name)}?fieldManager=kubectl-edit`, { data }, { type: 'application/merge-patch+json' });
    assert.equal(status, 200);
  };
  const remake = async (name: Name): Promise<void> => {
    await cluster.request('DELETE', path(name));
    await cluster.apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: application.namespace }, data: { mine: 'kept' } }, 'somebody');
  };
  const open = async (user: User, through = proxy): Promise<OpenChanger> => OpenChanger.create(await openEngine({ cluster, repository: application.repository, user, server: through.url }));
  const writes = (through = proxy): readonly Seen[] => through.seen.filter(isWrite);
  /** Nothing but dry-runs is sent meanwhile. */
  const nothingSent = async <T>(act: () => Promise<T>, through = proxy): Promise<T> => {
    const before = writes(through).length;
    const result = await act();
    assert.equal(writes(through).length, before, 'something was sent');
    return result;
  };

  before(async function () {
    this.timeout(240_000);
    cluster = await sharedCluster();
    ending = await cluster.namespace('ending');
    const files = Object.fromEntries([...NAMES.map(name => [`${name}.yaml`, manifest(name, 'info', 'NAMESPACE')]), ['late.yaml', manifest('late', 'info', ending)], ['token.yaml', secret(TOKENS[0])]] as [string, string][]);
    application = await makeApplication(cluster, await sharedFlux(), files);
    proxy = await startProxy(cluster);
    // Git's newer value is what is pushed.
    for (const name of NAMES) application.repository.write(`app/${name}.yaml`, manifest(name, 'warn', application.namespace));
    application.repository.write('app/token.yaml', secret(TOKENS[1]).replace('NAMESPACE', application.namespace));
    admin = await open('admin');
    await admin.enable();
  });

  afterEach(() => proxy.clear());

  after(async () => {
    await admin.close();
    await proxy.stop();
    application.dispose();
  });

  it('sends the whole manifest once, as the applier, and writes it down', async () => {
    const found = await admin.object('done', 'pending');
    const made = await nothingSent(() => admin.push(found));
    assert.deepEqual(made.step.preview.changes.map(({ path: where }) => where.map(step => (step.kind === 'field' ? step.name : '')).join('.')), ['data.level']);
    const before = writes().length;
    assert.equal((await admin.run(made)).kind, 'done');
    assert.deepEqual(writes().slice(before).map(({ path: sent }) => sent), [`${path('done')}?fieldManager=kustomize-controller&force=false`]);
    const object = await live('done');
    assert.equal(at(object, 'data', 'level'), 'warn');
    assert.ok(listAt(object, 'metadata', 'managedFields').every(entry => textAt(entry, 'manager') !== 'plumbline'));
    const question = admin.asked.at(-1);
    for (const part of ['bench', application.namespace, 'ConfigMap', 'done', 'kustomize-controller', '.data.level']) assert.ok(question?.lines.join('\n').includes(part), part);
    assert.deepEqual(admin.journal.entries().map(({ action, ref, result }) => [action, ref.name, result.kind]), [['push', 'done', 'done']]);
    await admin.object('done', 'in-sync');
  });

  it('is refused with the confirmation of another plan, and with one that was used', async () => {
    const made = await admin.push(await admin.object('unsaid', 'pending'));
    const other = await admin.confirm(await admin.push(await admin.object('stale', 'pending')));
    assert.equal(refusal(await nothingSent(() => admin.changer.execute(made, other))).kind, 'notConfirmed');
    const confirmation = await admin.confirm(made);
    assert.equal((await admin.changer.execute(made, confirmation)).kind, 'done');
    assert.equal(refusal(await nothingSent(() => admin.changer.execute(made, confirmation))).kind, 'notConfirmed');
  });

  it('is refused when the preview is older than two minutes', async () => {
    const made = await admin.push(await admin.object('stale', 'pending'));
    admin.ahead = 120_001;
    try {
      assert.equal(refusal(await nothingSent(() => admin.run(made))).kind, 'stale');
    } finally {
      admin.ahead = 0;
    }
    assert.equal(at(await live('stale'), 'data', 'level'), 'info');
  });

  it('is refused when another cluster answers at the same address', async () => {
    // A session that has met another cluster is over: it is one of its own.
    const [own, other] = await Promise.all([startProxy(cluster), startCluster()]);
    const mine = await open('admin', own);
    try {
      await mine.enable();
      const made = await mine.push(await mine.object('elsewhere', 'pending'));
      await other.request('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: application.namespace } });
      await other.apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'elsewhere', namespace: application.namespace }, data: { level: 'info', other: 'kept' } }, 'somebody');
      own.toward(other);
      const refused = refusal(await nothingSent(() => mine.run(made), own));
      assert.equal(refused.kind, 'wrongCluster');
      assert.match(refused.message, /is another cluster now \(namespace kube-system has another UID\)/);
    } finally {
      await mine.close();
      await Promise.all([own.stop(), other.stop()]);
    }
  });

  it('is refused when the object was deleted since the preview', async () => {
    const made = await admin.push(await admin.object('deleted', 'pending'));
    await cluster.request('DELETE', path('deleted'));
    assert.equal(refusal(await nothingSent(() => admin.run(made))).kind, 'deleted');
    assert.equal((await cluster.request('GET', path('deleted'))).status, 404);
  });

  it('is refused when the object was deleted and made anew', async () => {
    const made = await admin.push(await admin.object('recreated', 'pending'));
    await remake('recreated');
    assert.equal(refusal(await nothingSent(() => admin.run(made))).kind, 'recreated');
    assert.deepEqual(at(await live('recreated'), 'data'), { mine: 'kept' });
  });

  it('is refused when the object was changed since the preview', async () => {
    const made = await admin.push(await admin.object('moved', 'pending'));
    await edit('moved', { level: 'trace' });
    assert.equal(refusal(await nothingSent(() => admin.run(made))).kind, 'moved');
    assert.equal(at(await live('moved'), 'data', 'level'), 'trace');
  });

  it('goes through when only the version moved, and the server still foretells the same', async () => {
    const made = await admin.push(await admin.object('same', 'pending'));
    await cluster.request('PATCH', `${path('same')}?fieldManager=heartbeat`, { metadata: { annotations: { beat: '1' } } }, { type: 'application/merge-patch+json' });
    assert.equal((await admin.run(made)).kind, 'done');
    assert.equal(at(await live('same'), 'data', 'level'), 'warn');
  });

  for (const [name, kind, change] of [
    ['raced', 'moved', () => edit('raced', { other: null })],
    ['remade', 'recreated', () => remake('remade')],
  ] as const) {
    it(`what happens in the last moment is caught by the server: ${kind}`, async () => {
      const made = await admin.push(await admin.object(name, 'pending'));
      proxy.add({ when: isWrite, times: 1, fault: { kind: 'delay', ms: 1_500 } });
      const before = writes().length;
      const running = admin.run(made);
      while (writes().length === before) await new Promise(resolve => setTimeout(resolve, 5));
      await change();
      const mine = await live(name);
      assert.equal(refusal(await running).kind, kind);
      assert.deepEqual(await live(name), mine, 'nothing was written over it');
    });
  }

  it('is refused to somebody who may only look', async () => {
    const viewer = await open('viewer');
    try {
      await viewer.enable();
      const found = await viewer.object('forbidden', 'pending');
      const refused = refusal(await nothingSent(() => viewer.changer.planPush(found, false)));
      assert.equal(refused.kind, 'forbidden');
      assert.match(refused.message, /User "viewer" cannot patch resource "configmaps"/);
    } finally {
      await viewer.close();
    }
  });

  it('is refused where changes are not enabled, before it and after it was planned', async () => {
    const found = await admin.object('readonly', 'pending');
    const made = await admin.push(found);
    const confirmation = await admin.confirm(made);
    await admin.enable(false);
    assert.equal(refusal(await nothingSent(() => admin.changer.execute(made, confirmation))).kind, 'readOnly');
    assert.equal(refusal(await nothingSent(async () => admin.changer.planPush(await admin.object('readonly', 'pending'), false))).kind, 'readOnly');
    await admin.enable();
  });

  it('a conflict names the owner and cannot be confirmed; taken over on purpose, it is typed', async () => {
    await cluster.apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'owned', namespace: application.namespace }, data: { level: 'trace' } }, 'another-tool');
    const found = await admin.object('owned', 'conflict', 'trace');
    const made = await nothingSent(() => admin.push(found));
    assert.deepEqual(made.step.conflicts, [{ field: '.data.level', manager: 'another-tool' }]);
    assert.equal(isExecutable(made), false);
    assert.equal(await admin.changer.confirm(made, { ask: () => Promise.resolve(true) }), undefined);
    const forced = await nothingSent(() => admin.push(found, true));
    const before = writes().length;
    assert.equal((await admin.run(forced)).kind, 'done');
    assert.deepEqual(writes().slice(before).map(({ path: sent }) => sent), [`${path('owned')}?fieldManager=kustomize-controller&force=true`]);
    const question = admin.asked.at(-1);
    assert.deepEqual([question?.typed, question?.lines.includes('Takes .data.level from another-tool')], ['bench', true]);
    assert.equal(at(await live('owned'), 'data', 'level'), 'warn');
  });

  it('a conflict that comes up after the preview is no part of what was confirmed', async () => {
    const made = await admin.push(await admin.object('taken', 'pending'));
    await cluster.apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'taken', namespace: application.namespace }, data: { level: 'info' } }, 'another-tool');
    assert.equal(refusal(await nothingSent(() => admin.run(made))).kind, 'moved');
    assert.equal(at(await live('taken'), 'data', 'level'), 'info');
  });

  it('nothing is created in a namespace that is being deleted', async () => {
    await cluster.request('DELETE', `/api/v1/namespaces/${ending}`);
    await cluster.request('DELETE', `/api/v1/namespaces/${ending}/configmaps/late`);
    const found = await admin.object('late', 'missing');
    const planned = await nothingSent(() => admin.changer.planPush(found, false));
    assert.match(refusal(planned).message, new RegExp(`because it is being terminated|${ending} is being deleted`));
  });

  it('what the server warns of a Secret is shown without its values', async () => {
    const name = `weak-${application.namespace}`;
    const policy = (kind: string, spec: Json): Json => ({ apiVersion: 'admissionregistration.k8s.io/v1', kind, metadata: { name }, spec });
    const messageExpression = "'weak: ' + object.data.token + ', was ' + oldObject.data.token";
    await cluster.apply(policy('ValidatingAdmissionPolicy', { matchConstraints: { resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['UPDATE'], resources: ['secrets'] }] }, validations: [{ expression: 'false', message: 'weak', messageExpression }] }), 'bench');
    const here = { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': application.namespace } } };
    await cluster.apply(policy('ValidatingAdmissionPolicyBinding', { policyName: name, validationActions: ['Warn'], matchResources: here }), 'bench');
    try {
      const found = await admin.object('token', 'pending');
      let made = await admin.push(found);
      for (const end = Date.now() + 20_000; made.step.preview.warnings.length === 0 && Date.now() < end; made = await admin.push(found)) await new Promise(resolve => setTimeout(resolve, 200));
      const outcome = await admin.run(made);
      assert.ok(outcome.kind === 'done');
      for (const [where, text] of [['plan', made.step.preview.warnings.join()], ['outcome', outcome.warnings.join()], ['question', admin.asked.at(-1)?.lines.join() ?? '']] as const) {
        assert.match(text, /weak: \(secret\), was \(secret\)/, where);
        for (const value of TOKENS.flatMap(word => [word, Buffer.from(word).toString('base64')])) assert.ok(!text.includes(value), `${where}: ${text}`);
      }
    } finally {
      for (const kind of ['validatingadmissionpolicybinding', 'validatingadmissionpolicy']) await cluster.kubectl(['delete', kind, name]);
    }
  });
});
