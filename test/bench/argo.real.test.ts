import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { listAt, textAt, type Json, type JsonObject } from '../../src/core/base/json';
import { ARGO_NAMESPACE, startArgo, type BenchArgo } from './argo';
import { childrenOf, type BenchCluster } from './cluster';
import { sharedArgo } from './hooks';
import { until } from './process';

const run = promisify(execFile);

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('the bench: Argo CD', function () {
  this.timeout(90_000);
  let cluster: BenchCluster;
  let argo: BenchArgo;
  let namespace: string;
  let folder: string;

  const git = async (...args: string[]): Promise<string> => (await run('git', ['-C', folder, '-c', 'user.name=Bench', '-c', 'user.email=bench@bench.example', ...args])).stdout.trim();
  const save = async (level: string): Promise<string> => {
    await mkdir(join(folder, 'app'), { recursive: true });
    await writeFile(join(folder, 'app', 'settings.yaml'), `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {level: ${level}}\n`);
    await git('add', '--all');
    await git('commit', '--quiet', '--message', level);
    return git('rev-parse', 'HEAD');
  };
  const live = async (): Promise<Json> => (await cluster.request('GET', `/api/v1/namespaces/${namespace}/configmaps/settings`)).body;
  const level = async (): Promise<string | undefined> => textAt(await live(), 'data', 'level');
  const apply = (syncPolicy: JsonObject): Promise<Json> =>
    cluster.apply({ apiVersion: 'argoproj.io/v1alpha1', kind: 'Application', metadata: { name: 'app', namespace: ARGO_NAMESPACE }, spec: { project: 'default', source: { repoURL: `file://${folder}`, path: 'app', targetRevision: 'main' }, destination: { server: 'https://kubernetes.default.svc', namespace }, syncPolicy } }, 'bench');
  const byHand = (): Promise<string> => cluster.kubectl(['patch', 'configmap/settings', '-n', namespace, '--type=merge', '-p', '{"data":{"level":"debug"}}']);

  before(async function () {
    this.timeout(900_000);
    ({ argo, cluster } = await sharedArgo());
    namespace = await cluster.namespace('argo');
    folder = await mkdtemp(join(tmpdir(), 'plumbline-argo-'));
    await git('init', '--quiet', '--initial-branch=main');
    await save('info');
    await apply({});
  });

  after(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  it('says what is missing, and applies it when asked, under its own manager and tracking annotation', async () => {
    assert.equal(textAt(await argo.refresh('app'), 'status', 'sync', 'status'), 'OutOfSync');
    const state = await argo.sync('app');
    assert.equal(textAt(state, 'syncResult', 'revision'), await git('rev-parse', 'HEAD'));
    const object = await live();
    assert.equal(textAt(object, 'data', 'level'), 'info');
    assert.equal(textAt(object, 'metadata', 'annotations', 'argocd.argoproj.io/tracking-id'), `app:/ConfigMap:${namespace}/settings`);
    assert.deepEqual(listAt(object, 'metadata', 'managedFields').map(entry => [textAt(entry, 'manager'), textAt(entry, 'operation')]), [['argocd-controller', 'Update']]);
  });

  it('sees a change by hand, and leaves it alone until it is asked to sync', async () => {
    await byHand();
    // What Argo CD compares comes from watches of its own.
    await until('the difference', async () => textAt(await argo.refresh('app'), 'status', 'sync', 'status') === 'OutOfSync', 30_000);
    assert.equal(await level(), 'debug');
    await argo.sync('app');
    assert.equal(await level(), 'info');
  });

  it('tells a failed sync apart, with its own words', async () => {
    await writeFile(join(folder, 'app', 'settings.yaml'), 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {level: 5}\n');
    await git('commit', '--quiet', '--all', '--message', 'wrong');
    await assert.rejects(argo.sync('app'), /Application app: Failed/);
    assert.equal(textAt(await argo.sync('app', { mayFail: true }), 'phase'), 'Failed');
    await save('info');
    assert.equal(textAt(await argo.sync('app'), 'phase'), 'Succeeded');
  });

  it('applies with server-side apply when the Application says so', async () => {
    await apply({ syncOptions: ['ServerSideApply=true'] });
    await save('warn');
    await argo.sync('app');
    const entries = listAt(await live(), 'metadata', 'managedFields').map(entry => `${textAt(entry, 'manager') ?? ''} ${textAt(entry, 'operation') ?? ''}`);
    assert.ok(entries.includes('argocd-controller Apply'), entries.join());
  });

  it('undoes a change by hand by itself where self-heal is on', async () => {
    await apply({ automated: { selfHeal: true } });
    await argo.refresh('app');
    await byHand();
    await until('the revert', async () => (await level()) === 'warn', 60_000);
  });

  it('leaves no process behind', async () => {
    const before = await childrenOf(process.pid);
    const second = await startArgo(cluster);
    const guards = (await childrenOf(process.pid)).filter(pid => !before.includes(pid));
    const programs = (await Promise.all(guards.map(childrenOf))).flat();
    assert.equal(programs.length, 3, 'redis-server, repo-server and application-controller');
    await second.stop();
    await until('the end of everything', () => Promise.resolve(![...guards, ...programs].some(alive)), 60_000);
  });
});
