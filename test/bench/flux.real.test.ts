import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { at, listAt, textAt, type Json } from '../../src/core/base/json';
import type { BenchCluster } from './cluster';
import type { BenchFlux } from './flux';
import { sharedCluster, sharedFlux } from './hooks';
import { until } from './process';
import { openSession, ready } from '../core/cluster/open';

const run = promisify(execFile);

describe('the bench: Flux', function () {
  this.timeout(90_000);
  const url = 'https://git.bench.example/team/app.git';
  let cluster: BenchCluster;
  let flux: BenchFlux;
  let namespace: string;
  let folder: string;

  const git = async (...args: string[]): Promise<string> => (await run('git', ['-C', folder, '-c', 'user.name=Bench', '-c', 'user.email=bench@bench.example', ...args])).stdout.trim();
  const save = async (level: string): Promise<string> => {
    await mkdir(join(folder, 'app'), { recursive: true });
    await writeFile(join(folder, 'app', 'settings.yaml'), `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings, namespace: ${namespace}}\ndata: {level: ${level}}\n`);
    await git('add', '--all');
    await git('commit', '--quiet', '--message', level);
    return git('rev-parse', 'HEAD');
  };
  const live = async (): Promise<Json> => (await cluster.request('GET', `/api/v1/namespaces/${namespace}/configmaps/settings`)).body;
  const level = async (): Promise<string | undefined> => textAt(await live(), 'data', 'level');
  const source = async (): Promise<Json> => (await cluster.request('GET', `/apis/source.toolkit.fluxcd.io/v1/namespaces/${namespace}/gitrepositories/app`)).body;
  const patch = (kind: 'gitrepositories' | 'kustomizations', body: Json): Promise<unknown> =>
    cluster.request('PATCH', `/apis/${kind === 'kustomizations' ? 'kustomize' : 'source'}.toolkit.fluxcd.io/v1/namespaces/${namespace}/${kind}/app`, body, { type: 'application/merge-patch+json' });

  before(async function () {
    this.timeout(900_000);
    cluster = await sharedCluster();
    flux = await sharedFlux();
    namespace = await cluster.namespace('flux');
    folder = await mkdtemp(join(tmpdir(), 'plumbline-flux-'));
    await git('init', '--quiet', '--initial-branch=main');
    const commit = await save('info');
    flux.publisher.serve(url, join(folder, '.git'));
    await cluster.apply({ apiVersion: 'source.toolkit.fluxcd.io/v1', kind: 'GitRepository', metadata: { name: 'app', namespace }, spec: { interval: '1s', url, ref: { branch: 'main' } } }, 'bench');
    await cluster.apply({ apiVersion: 'kustomize.toolkit.fluxcd.io/v1', kind: 'Kustomization', metadata: { name: 'app', namespace }, spec: { interval: '2s', path: './app', prune: true, sourceRef: { kind: 'GitRepository', name: 'app' } } }, 'bench');
    await flux.applied(namespace, 'app', commit);
  });

  after(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  it('applies the folder under its own manager and labels', async () => {
    const object = await live();
    assert.equal(textAt(object, 'data', 'level'), 'info');
    assert.equal(textAt(object, 'metadata', 'labels', 'kustomize.toolkit.fluxcd.io/name'), 'app');
    assert.deepEqual(listAt(object, 'metadata', 'managedFields').map(entry => textAt(entry, 'manager')), ['kustomize-controller']);
  });

  it('writes the status that source-controller would', async () => {
    const object = await source();
    assert.match(textAt(object, 'status', 'artifact', 'revision') ?? '', /^main@sha1:[0-9a-f]{40}$/);
    assert.match(textAt(object, 'status', 'artifact', 'digest') ?? '', /^sha256:[0-9a-f]{64}$/);
    assert.equal(at(object, 'status', 'observedGeneration'), at(object, 'metadata', 'generation'));
    const writers = listAt(object, 'metadata', 'managedFields').filter(entry => textAt(entry, 'subresource') === 'status');
    assert.deepEqual(writers.map(entry => textAt(entry, 'manager')), ['gotk-source-controller']);
  });

  it('reverts a change by hand at the next interval', async () => {
    await cluster.kubectl(['patch', 'configmap/settings', '-n', namespace, '--type=merge', '-p', '{"data":{"level":"debug"}}']);
    await until('the revert', async () => (await level()) === 'info', 60_000);
  });

  it('53: a change by hand that Flux reverts is seen twice: who made it, and who took it back', async () => {
    const { cluster: session } = await openSession(cluster);
    try {
      await ready(session.store, [{ apiVersion: 'v1', kind: 'ConfigMap', namespaces: [namespace] }]);
      const seen = (): (string | undefined)[] => {
        const state = session.store.read({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'settings' });
        const managers = state.kind === 'present' ? state.seen.map(({ manager }) => manager) : [];
        // What Flux wrote last after the test before may come first.
        return managers.slice(managers.indexOf('kubectl-patch') >>> 0);
      };
      await cluster.kubectl(['patch', 'configmap/settings', '-n', namespace, '--type=merge', '-p', '{"data":{"level":"debug"}}']);
      await until('both', () => Promise.resolve(seen().includes('kustomize-controller')), 60_000);
      // Flux writes twice: it takes the fields over, then applies.
      assert.deepEqual([...new Set(seen())], ['kubectl-patch', 'kustomize-controller']);
      await until('the revert', async () => (await level()) === 'info', 60_000);
    } finally {
      session.dispose();
    }
  });

  it('applies a new commit', async () => {
    const commit = await save('warn');
    await flux.applied(namespace, 'app', commit);
    assert.equal(await level(), 'warn');
  });

  it('leaves a change alone while suspended, and undoes it after resume', async () => {
    await flux.suspend(namespace, 'app');
    await cluster.kubectl(['patch', 'configmap/settings', '-n', namespace, '--type=merge', '-p', '{"data":{"level":"debug"}}']);
    await new Promise(resolve => setTimeout(resolve, 4000));
    assert.equal(await level(), 'debug');
    await patch('kustomizations', { spec: { suspend: null } });
    await until('the revert', async () => (await level()) === 'warn', 60_000);
  });

  it('does not look for commits while the source is suspended, and finds them after', async () => {
    await patch('gitrepositories', { spec: { suspend: true } });
    await flux.publisher.looked();
    const commit = await save('error');
    await new Promise(resolve => setTimeout(resolve, 2500));
    assert.equal(await level(), 'warn');
    await patch('gitrepositories', { spec: { suspend: null } });
    await flux.applied(namespace, 'app', commit);
    assert.equal(await level(), 'error');
  });

  it('fetches and applies when asked, long before the interval', async () => {
    await patch('gitrepositories', { spec: { interval: '1h' } });
    await patch('kustomizations', { spec: { interval: '1h' } });
    await flux.applied(namespace, 'app');
    await flux.publisher.looked();
    const commit = await save('trace');
    await new Promise(resolve => setTimeout(resolve, 2000));
    assert.notEqual(await level(), 'trace');
    await flux.reconcile('gitrepository', namespace, 'app');
    await flux.applied(namespace, 'app', commit);
    assert.equal(await level(), 'trace');
  });

  it('says in the status when nobody serves the address', async () => {
    const name = 'nowhere';
    await cluster.apply({ apiVersion: 'source.toolkit.fluxcd.io/v1', kind: 'GitRepository', metadata: { name, namespace }, spec: { interval: '1s', url: 'ssh://git@git.bench.example/nowhere.git', ref: { branch: 'main' } } }, 'bench');
    await until('the failure', async () => {
      const { body } = await cluster.request('GET', `/apis/source.toolkit.fluxcd.io/v1/namespaces/${namespace}/gitrepositories/${name}`);
      const [ready] = listAt(body, 'status', 'conditions');
      return textAt(ready, 'status') === 'False' && textAt(ready, 'reason') === 'GitOperationFailed';
    }, 60_000);
  });
});
