import assert from 'node:assert/strict';
import type { Snapshot } from '../../../src/core/drift/snapshot';
import type { BenchCluster } from '../../bench/cluster';
import { sharedCluster } from '../../bench/hooks';
import { startProxy, type FaultProxy } from '../../bench/proxy';
import { deployment } from '../../cases/case';
import { Scratch } from '../git/scratch';
import { openEngine, verdictsIn, type OpenEngine } from './open-engine';

export { mochaHooks } from '../../bench/hooks';

const secret = (more: string): string => `apiVersion: v1\nkind: Secret\nmetadata: {name: web, namespace: NS}\ndata: {a: eA==}\n${more}`;

/** Defaults of the server's that Git now states otherwise: only the server can tell what comes of it. */
const OPEN = ['Deployment/web undecided', 'Secret/web undecided'];
const SETTLED = ['Deployment/web drift', 'Secret/web undecided'];

describe('asking by itself about what stays undecided', function () {
  this.timeout(60_000);
  let cluster: BenchCluster;
  let proxy: FaultProxy;
  let repository: Scratch;
  const opened: OpenEngine[] = [];

  before(async () => {
    cluster = await sharedCluster();
    const namespace = await cluster.namespace('byitself');
    const text = (yaml: string): string => yaml.replaceAll('NS', namespace);
    for (const yaml of [deployment(), secret('')]) await cluster.kubectl(['apply', '--server-side', '-f', '-'], { stdin: text(yaml) });
    repository = new Scratch();
    repository.commit({ 'web.yaml': text(deployment({ spec: 'revisionHistoryLimit: 5' })), 'secret.yaml': text(secret('type: example.com/other\n')) });
    proxy = await startProxy(cluster);
  });
  afterEach(async () => {
    for (const engine of opened.splice(0)) await engine.close();
    proxy.clear();
  });
  after(async () => {
    await proxy.stop();
    repository.dispose();
  });

  async function open(memory: Map<string, unknown>, server = proxy.url): Promise<OpenEngine> {
    const engine = await openEngine({ cluster, repository, server, memory });
    opened.push(engine);
    return engine;
  }
  const patches = (): number => proxy.seen.filter(({ method }) => method === 'PATCH').length;
  const says = (expected: readonly string[]) => (snapshot: Snapshot): boolean => verdictsIn(snapshot).join() === expected.join();
  const verifying = ({ connection }: Snapshot): boolean | undefined => (connection.kind === 'connected' ? connection.verifying : undefined);

  it('nothing is sent before it is allowed, and then only what is undecided, which is no Secret', async () => {
    const memory = new Map<string, unknown>();
    const { engine, until } = await open(memory);
    await until('judged without asking', says(OPEN));
    await engine.refresh();
    assert.deepEqual([patches(), verifying(engine.current)], [0, false]);
    await engine.setVerifying(true);
    await until('the server has answered', says(SETTLED));
    assert.deepEqual([patches(), verifying(engine.current)], [1, true]);
    await engine.refresh();
    assert.equal(patches(), 1, 'what it said is kept');
    const pin = engine.cluster?.pin;
    assert.deepEqual([...memory], [[`verify:${pin?.uid ?? ''}:${proxy.url}`, true]]);
  });

  it('it is remembered for that cluster at that address, and for no other', async () => {
    const memory = new Map<string, unknown>();
    const first = await open(memory);
    await first.until('judged without asking', says(OPEN));
    await first.engine.setVerifying(true);
    await first.until('the server has answered', says(SETTLED));
    const again = await open(memory);
    await again.until('asked without being told', says(SETTLED));
    const elsewhere = await open(memory, cluster.server);
    await elsewhere.until('judged without asking', says(OPEN));
    assert.equal(verifying(elsewhere.engine.current), false);
  });

  it('it can be taken back', async () => {
    const memory = new Map<string, unknown>();
    const { engine, until, changed } = await open(memory);
    await until('judged without asking', says(OPEN));
    await engine.setVerifying(true);
    await until('the server has answered', says(SETTLED));
    await engine.setVerifying(false);
    const before = patches();
    const file = `${repository.root}/web.yaml`;
    const text = repository.git('show', 'HEAD:web.yaml');
    repository.write('web.yaml', `${text.replace('revisionHistoryLimit: 5', 'revisionHistoryLimit: 6')}\n`);
    changed([file]);
    await until('undecided again', says(OPEN));
    await engine.refresh();
    assert.deepEqual([patches() - before, verifying(engine.current)], [0, false]);
    repository.git('checkout', '-q', '.');
  });
});
