import assert from 'node:assert/strict';
import { listAt, textAt, type Json } from '../../src/core/base/json';
import { READABLE_NAMESPACES, startCluster, type BenchCluster, type User } from './cluster';
import { sharedCluster } from './hooks';

describe('the bench: an API server', function () {
  this.timeout(60_000);
  let cluster: BenchCluster;
  let namespace: string;

  before(async function () {
    this.timeout(600_000);
    cluster = await sharedCluster();
    namespace = await cluster.namespace();
    for (const kind of ['ConfigMap', 'Secret']) await cluster.apply({ apiVersion: 'v1', kind, metadata: { name: 'sample', namespace } }, 'bench');
  });

  it('is Kubernetes 1.37 to its clients', async () => {
    assert.equal(textAt((await cluster.request('GET', '/version')).body, 'gitVersion'), 'v1.37.2');
    assert.match(await cluster.kubectl(['version', '-o', 'json']), /"gitVersion": "v1\.37\.2"/);
  });

  it('gives every call a namespace of its own', async () => {
    assert.notEqual(await cluster.namespace(), await cluster.namespace());
  });

  const readable = READABLE_NAMESPACES[0];
  const rights: readonly { who: User; verb: string; path: (namespace: string) => string; status: number; says: string }[] = [
    { who: 'admin', verb: 'PATCH', path: at => `/api/v1/namespaces/${at}/configmaps/sample`, status: 200, says: 'admin may patch' },
    { who: 'viewer', verb: 'GET', path: at => `/api/v1/namespaces/${at}/configmaps/sample`, status: 200, says: 'viewer may read' },
    { who: 'viewer', verb: 'GET', path: at => `/api/v1/namespaces/${at}/secrets/sample`, status: 200, says: 'viewer may read Secrets' },
    { who: 'viewer', verb: 'PATCH', path: at => `/api/v1/namespaces/${at}/configmaps/sample`, status: 403, says: 'viewer may not patch' },
    { who: 'viewer', verb: 'PATCH', path: at => `/api/v1/namespaces/${at}/configmaps/sample?dryRun=All`, status: 403, says: 'viewer may not even try a patch' },
    { who: 'viewer', verb: 'DELETE', path: at => `/api/v1/namespaces/${at}/configmaps/sample`, status: 403, says: 'viewer may not delete' },
    { who: 'two-namespaces', verb: 'GET', path: () => `/api/v1/namespaces/${readable}/configmaps`, status: 200, says: 'two-namespaces may list in its own' },
    { who: 'two-namespaces', verb: 'GET', path: at => `/api/v1/namespaces/${at}/configmaps`, status: 403, says: 'two-namespaces may not list in another' },
    { who: 'two-namespaces', verb: 'GET', path: () => '/api/v1/configmaps', status: 403, says: 'two-namespaces may not list everywhere' },
    { who: 'two-namespaces', verb: 'GET', path: () => '/api/v1/namespaces', status: 403, says: 'two-namespaces may not list namespaces' },
    { who: 'two-namespaces', verb: 'GET', path: () => '/apis', status: 200, says: 'two-namespaces may discover' },
    { who: 'no-secrets', verb: 'GET', path: at => `/api/v1/namespaces/${at}/configmaps/sample`, status: 200, says: 'no-secrets may read ConfigMaps' },
    { who: 'no-secrets', verb: 'GET', path: () => '/apis/apps/v1/deployments', status: 200, says: 'no-secrets may list Deployments everywhere' },
    { who: 'no-secrets', verb: 'GET', path: at => `/api/v1/namespaces/${at}/secrets`, status: 403, says: 'no-secrets may not list Secrets' },
  ];
  for (const { who, verb, path, status, says } of rights) {
    it(says, async () => {
      const body: Json | undefined = verb === 'PATCH' ? { metadata: { labels: { tried: 'yes' } } } : undefined;
      const answer = await cluster.request(verb, path(namespace), body, { as: who, type: 'application/merge-patch+json' });
      assert.equal(answer.status, status, JSON.stringify(answer.body));
    });
  }

  it('kubectl runs as the user it is asked to, and says why it was refused', async () => {
    assert.equal(await cluster.kubectl(['get', 'configmap', 'sample', '-n', namespace, '-o', 'name'], { as: 'viewer' }), 'configmap/sample\n');
    await assert.rejects(cluster.kubectl(['label', 'configmap', 'sample', 'a=b', '-n', namespace], { as: 'viewer' }), /Forbidden/);
  });

  it('apply leaves the manager it was given, and takes a field from another', async () => {
    const map = (value: string): Json => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'owned', namespace }, data: { key: value } });
    await cluster.apply(map('one'), 'first');
    const after = await cluster.apply(map('two'), 'second');
    const managers = listAt(after, 'metadata', 'managedFields').map(entry => [textAt(entry, 'manager'), textAt(entry, 'operation')]);
    assert.deepEqual(managers, [['second', 'Apply']]);
    assert.equal(textAt(after, 'data', 'key'), 'two');
  });
});

describe('the bench: an API server of its own', function () {
  this.timeout(120_000);

  it('keeps its data and its address while the server alone is stopped', async () => {
    const cluster = await startCluster();
    try {
      const namespace = await cluster.namespace();
      await cluster.stopServer();
      await assert.rejects(cluster.request('GET', '/readyz'), /ECONNREFUSED|ECONNRESET/);
      await cluster.startServer();
      assert.equal((await cluster.request('GET', `/api/v1/namespaces/${namespace}`)).status, 200);
      assert.equal((await cluster.kubectl(['get', 'namespace', namespace, '-o', 'name'])).trim(), `namespace/${namespace}`);
    } finally {
      await cluster.stop();
    }
  });
});
