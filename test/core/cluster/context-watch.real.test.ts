import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Cluster } from '../../../src/core/cluster/api';
import { ContextWatch, type ContextNews } from '../../../src/core/cluster/context-watch';
import { readKubeconfig } from '../../../src/core/cluster/kubeconfig';
import { EditorKubeconfigs } from '../../../src/host/kubeconfigs';
import type { BenchCluster } from '../../bench/cluster';
import { sharedCluster } from '../../bench/hooks';
import { program } from '../../bench/programs';
import { fastClock } from './clocks';
import { configMap, eventually, MemoryLog, openSession } from './open';

const run = promisify(execFile);

describe('a kubeconfig that changes while a session is open, as real files', function () {
  this.timeout(120_000);
  let bench: BenchCluster;
  let kubectl: string;
  let folder: string;
  let file: string;
  let good: string;
  let cluster: Cluster;
  let watch: ContextWatch;
  let news: ContextNews[];
  let log: MemoryLog;

  before(async () => {
    bench = await sharedCluster();
    kubectl = await program('kubectl');
  });
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'plumbline-watch-'));
    file = join(folder, 'config');
    await writeFile(file, await readFile(bench.kubeconfig(), 'utf8'));
    await config('set-context', 'other', '--cluster=bench', '--user=admin');
    await config('set-context', 'third', '--cluster=bench', '--user=admin');
    good = await readFile(file, 'utf8');
    [news, log] = [[], new MemoryLog()];
    ({ cluster } = await openSession(bench, { more: { kubeconfig: [file] } }));
    const kubeconfigs = new EditorKubeconfigs({ current: { kubeconfig: file }, onChange: () => ({ dispose: () => undefined }) }, {});
    watch = new ContextWatch(cluster.pin, await readKubeconfig([file]), { read: () => readKubeconfig(kubeconfigs.files()), onChange: kubeconfigs.onChange, pin: () => cluster.pin, clock: fastClock(5), log, onNews: one => news.push(one) });
  });
  afterEach(async () => {
    watch.dispose();
    cluster.dispose();
    await rm(folder, { recursive: true });
  });

  const config = (...args: readonly string[]): Promise<unknown> => run(kubectl, ['config', `--kubeconfig=${file}`, ...args]);
  const told = (count: number): Promise<void> => eventually(`${count} pieces of news`, () => news.length === count, 30_000);

  it('25: another current context is told, once for each; the session stays, and writes go where it is', async () => {
    await config('use-context', 'other');
    await told(1);
    await config('use-context', 'third');
    await told(2);
    assert.deepEqual(news, [
      { kind: 'current', open: 'bench', current: 'other' },
      { kind: 'current', open: 'bench', current: 'third' },
    ]);
    const namespace = await bench.namespace('pinned');
    await cluster.verifyPin();
    await cluster.patch({ ref: { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'a' }, type: 'apply', body: configMap(namespace, 'a'), fieldManager: 'm' });
    assert.equal((await bench.request('GET', `/api/v1/namespaces/${namespace}/configmaps/a`)).status, 200);
    assert.equal(cluster.pin.context, 'bench');
    await config('use-context', 'bench');
    await config('use-context', 'third');
    await eventually('what comes back before it is looked at is no news', () => log.lines.filter(line => line.includes('(current)')).length === 2);
  });

  it('24: torn, empty, gone, a link in a circle: said once each in the log, no news, and what it said before stays in force', async () => {
    const broken: readonly (readonly [string, () => Promise<unknown>, RegExp])[] = [
      // Where the cut leaves valid YAML, it goes through a certificate.
      ['torn', () => writeFile(file, good.slice(0, good.length / 2)), /(?:is not valid YAML|is not base64).*; what it said before stays in force/],
      ['empty', () => writeFile(file, ''), /has no context any more; what it said before stays in force/],
      ['in a circle', () => rm(file).then(() => symlink('config', file)), /cannot be read \(ELOOP\); what it said before stays in force/],
      ['gone', () => rm(file), /has no context any more; what it said before stays in force/],
    ];
    for (const [name, act, words] of broken) {
      const before = log.lines.length;
      await act();
      await eventually(`${name} is noticed`, () => log.lines.slice(before).some(line => words.test(line)), 30_000);
      assert.equal(log.lines.length, before + 1, name);
      assert.ok(await cluster.get({ apiVersion: 'v1', kind: 'Namespace', namespace: undefined, name: 'default' }), name);
    }
    await writeFile(`${file}.new`, good.replace('current-context: bench', 'current-context: other'));
    await rename(`${file}.new`, file);
    await told(1);
    assert.ok(log.lines.some(line => line.includes('can be used again')));
  });

  it('26: an open context that means another server or another user, or that is gone, is told', async () => {
    await config('set-cluster', 'bench', '--server=https://127.0.0.1:1');
    await told(1);
    await writeFile(file, good);
    await config('set-context', 'bench', '--user=viewer');
    await told(2);
    await config('delete-context', 'bench');
    await told(3);
    assert.deepEqual(news, [{ kind: 'moved', open: 'bench', what: 'server' }, { kind: 'moved', open: 'bench', what: 'user' }, { kind: 'gone', open: 'bench' }]);
    assert.ok(await cluster.get({ apiVersion: 'v1', kind: 'Namespace', namespace: undefined, name: 'default' }));
  });

  it('a renewed login, another order or a context more is no news', async () => {
    const before = log.lines.length;
    await config('set-context', 'fourth', '--cluster=bench', '--user=admin');
    await config('set-credentials', 'admin', `--token=${bench.token()}`);
    await writeFile(file, '');
    await eventually('it is looked at', () => log.lines.length > before, 30_000);
    await writeFile(file, `${good}\n`);
    await eventually('it is looked at again', () => log.lines.length > before + 1, 30_000);
    assert.deepEqual(news, []);
  });
});
