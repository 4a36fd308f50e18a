import assert from 'node:assert/strict';
import { listAt, textAt } from '../../../src/core/base/json';
import { parseManifests } from '../../../src/core/manifests/parse';
import { makeApplication } from '../../bench/application';
import type { BenchCluster } from '../../bench/cluster';
import { sharedCluster, sharedFlux } from '../../bench/hooks';
import { until } from '../../bench/process';

export { mochaHooks } from '../../bench/hooks';

/** What nobody can apply is no manifest to us either; the reasons are those of the real tools. */
describe('documents that no tool applies, as kubectl and a real kustomize-controller say', function () {
  this.timeout(180_000);
  let cluster: BenchCluster;

  before(async () => {
    cluster = await sharedCluster();
  });

  const KEPT = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: kept, namespace: NAMESPACE}\n';

  /** Why the Kustomization fails on this document beside a good one, and whether the good one was applied all the same. */
  async function underFlux(document: string): Promise<{ readonly message: string; readonly kept: boolean }> {
    const flux = await sharedFlux();
    const application = await makeApplication(cluster, flux, { 'kept.yaml': KEPT });
    try {
      application.repository.commit({ 'app/bad.yaml': document.replaceAll('NAMESPACE', application.namespace), 'app/kept.yaml': `${KEPT.replaceAll('NAMESPACE', application.namespace)}data: {new: x}\n` });
      await flux.reconcile('gitrepository', application.namespace, 'app');
      await flux.reconcile('kustomization', application.namespace, 'app');
      let message = '';
      await until('the failure', async () => {
        const conditions = listAt((await cluster.request('GET', application.path)).body, 'status', 'conditions');
        message = textAt(conditions.find(one => textAt(one, 'type') === 'Ready' && textAt(one, 'status') === 'False'), 'message') ?? '';
        return message !== '';
      }, 60_000);
      const { body } = await cluster.request('GET', `/api/v1/namespaces/${application.namespace}/configmaps/kept`);
      return { message, kept: textAt(body, 'data', 'new') !== undefined };
    } finally {
      application.dispose();
    }
  }

  it('a number that JSON cannot hold', async () => {
    const document = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: bad, namespace: NAMESPACE}\ndata: {a: .nan}\n';
    const { code, err } = await cluster.tryKubectl(['apply', '--dry-run=client', '-f', '-'], { stdin: document.replaceAll('NAMESPACE', 'default') });
    assert.notEqual(code, 0);
    assert.match(err, /unsupported value: NaN|NaN/);
    const flux = await underFlux(document);
    assert.match(flux.message, /NaN|json/i);
    assert.equal(flux.kept, false, 'one such document stops the whole folder');
    for (const dialect of ['K2', 'K3'] as const) {
      const { manifests, problems } = parseManifests('/x.yaml', document, dialect);
      assert.deepEqual([manifests.length, problems.map(({ severity, range }) => [severity, document.slice(range.start, range.end)])], [0, [['error', '.nan']]]);
    }
  });

  it('a name that the server makes up', async () => {
    const document = 'apiVersion: batch/v1\nkind: Job\nmetadata: {generateName: web-, namespace: NAMESPACE}\nspec: {template: {spec: {restartPolicy: Never, containers: [{name: a, image: a}]}}}\n';
    const namespace = await cluster.namespace('generate');
    const { code, err } = await cluster.tryKubectl(['apply', '-f', '-'], { stdin: document.replaceAll('NAMESPACE', namespace) });
    assert.notEqual(code, 0);
    assert.match(err, /cannot use generate name with apply/);
    for (let i = 0; i < 2; i++) await cluster.kubectl(['create', '-f', '-'], { stdin: document.replaceAll('NAMESPACE', namespace) });
    const made = (await cluster.kubectl(['get', 'jobs', '-n', namespace, '-o', 'name'])).trim().split('\n');
    assert.equal(made.length, 2, 'each time another one: there is no one object to compare with');
    const flux = await underFlux(document);
    assert.match(flux.message, /missing metadata\.name/);
    assert.equal(flux.kept, false, 'one such document stops the whole folder');
    const { manifests, problems } = parseManifests('/x.yaml', document, 'K3');
    assert.equal(manifests.length, 0);
    assert.match(problems[0]?.message ?? '', /generateName/);
  });
});
