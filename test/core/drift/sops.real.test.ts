import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { at, textAt, type Json, type JsonObject } from '../../../src/core/base/json';
import type { ApplicationState, ObjectState, Snapshot } from '../../../src/core/drift/snapshot';
import { formatPath } from '../../../src/core/kube/path';
import type { BenchCluster } from '../../bench/cluster';
import { fluxObject, type BenchFlux } from '../../bench/flux';
import { sharedCluster, sharedFlux } from '../../bench/hooks';
import { until } from '../../bench/process';
import { SOPS_KEY } from '../../bench/shop';
import { Scratch } from '../git/scratch';
import { applicationNamed, openEngine, type OpenEngine } from './open-engine';

export { mochaHooks } from '../../bench/hooks';

/** Encrypted by the real `sops` for the key of the sample: two Secrets, a ConfigMap in part, one as a whole, an env file. */
const encrypted = (name: string): string => readFileSync(join(__dirname, '..', '..', 'bench', 'encrypted', name), 'utf8');
const CLEAR = 'correct horse';

describe('what SOPS has encrypted, under a real kustomize-controller with the key', function () {
  this.timeout(180_000);
  let cluster: BenchCluster;
  let flux: BenchFlux;
  let namespace: string;
  let repository: Scratch;
  let open: OpenEngine;

  const stateOf = (snapshot: Snapshot, name: string): ApplicationState | undefined => applicationNamed(snapshot, namespace, name);
  const said = (name: string): string[] => (stateOf(open.engine.current, name)?.objects ?? []).map(({ ref, verdict }) => `${ref.kind} ${ref.name.replace(/-[a-z0-9]{10}$/, '')} ${verdict.verdict}`).sort();
  const objectOf = (name: string): ObjectState | undefined => stateOf(open.engine.current, 'plain')?.objects.find(({ ref }) => ref.name === name);
  const fieldsOf = (name: string): string[] => (objectOf(name)?.verdict.fields ?? []).map(({ path, verdict, afterResume }) => `${formatPath(path)} ${verdict}, ${afterResume}`);
  const live = async (kind: string, name: string): Promise<Json> => (await cluster.request('GET', `/api/v1/namespaces/${namespace}/${kind}/${name}`)).body;
  const edit = (object: string, body: JsonObject): Promise<unknown> => cluster.kubectl(['patch', object, '-n', namespace, '--type=merge', '-p', JSON.stringify(body)]);

  before(async function () {
    this.timeout(900_000);
    cluster = await sharedCluster();
    flux = await sharedFlux();
    namespace = await cluster.namespace('sops');
    repository = new Scratch();
    const url = 'https://git.bench.example/team/sops.git';
    repository.git('remote', 'add', 'origin', url);
    const names = ['strings', 'bytes', 'part', 'whole'];
    const commit = repository.commit({
      ...Object.fromEntries(names.map(name => [`plain/${name}.yaml`, encrypted(`${name}.yaml`)])),
      'built/kustomization.yaml': 'namePrefix: built-\nresources: [part.yaml]\nsecretGenerator: [{name: login, envs: [login.env]}]\n',
      'built/part.yaml': encrypted('part.yaml'),
      'built/login.env': encrypted('login.env'),
      'closed/strings.yaml': encrypted('strings.yaml').replace('name: strings', 'name: closed'),
      'closed/part.yaml': encrypted('part.yaml').replace('name: part', 'name: closed'),
      'refused/bytes.yaml': encrypted('bytes.yaml').replace('name: bytes', 'name: refused'),
    });
    flux.publisher.serve(url, `${repository.root}/.git`);
    await cluster.apply({ ...SOPS_KEY, metadata: { name: 'key', namespace } }, 'bench');
    await cluster.apply(fluxObject(namespace, 'source', 'GitRepository', 'app', { interval: '1h', url, ref: { branch: 'main' } }), 'bench');
    for (const name of ['plain', 'built', 'closed', 'refused']) {
      const decryption = name === 'closed' || name === 'refused' ? {} : { decryption: { provider: 'sops', secretRef: { name: 'key' } } };
      await cluster.apply(fluxObject(namespace, 'kustomize', 'Kustomization', name, { interval: '1h', path: `./${name}`, prune: true, targetNamespace: namespace, sourceRef: { kind: 'GitRepository', name: 'app' }, ...decryption }), 'bench');
    }
    for (const name of ['plain', 'built']) await flux.applied(namespace, name, commit);
    await flux.applied(namespace, 'closed', commit);
    const failed = async (): Promise<boolean> => /SOPS encrypted/.test(JSON.stringify((await cluster.request('GET', `/apis/kustomize.toolkit.fluxcd.io/v1/namespaces/${namespace}/kustomizations/refused`)).body));
    await until('the one with data fails', failed, 60_000);
    open = await openEngine({ cluster, repository });
    await open.until('all are judged', snapshot => said('plain').length === 4 && said('plain').every(line => !/unknown|undecided/.test(line)) && said('built').length >= 2 && said('built').every(line => !/unknown/.test(line)) && said('closed').length === 2 && said('closed').every(line => !/unknown/.test(line)) && stateOf(snapshot, 'refused')?.application?.ready?.status === 'False', 90_000);
  });
  after(async () => {
    await open.close();
    repository.dispose();
  });

  it('the controller has decrypted them, and by keys and clear text they are in sync', async () => {
    assert.equal(Buffer.from(textAt(await live('secrets', 'strings'), 'data', 'password') ?? '', 'base64').toString(), CLEAR);
    assert.equal(Buffer.from(textAt(await live('secrets', 'bytes'), 'data', 'token') ?? '', 'base64').toString(), CLEAR);
    assert.equal(textAt(await live('configmaps', 'part'), 'data', 'password'), CLEAR);
    assert.equal(at(await live('configmaps', 'part'), 'sops'), undefined);
    assert.deepEqual(said('plain'), ['ConfigMap part in-sync', 'ConfigMap whole in-sync', 'Secret bytes in-sync', 'Secret strings in-sync']);
    for (const name of ['strings', 'bytes', 'part', 'whole']) assert.ok(objectOf(name)?.verdict.notes.includes('encrypted with SOPS: only keys and clear text are compared'), name);
  });

  it('clear text that is changed by hand, and a key that is taken away, are drift; an encrypted value that is changed is not in sync', async () => {
    await edit('configmap/part', { data: { level: 'debug' } });
    await edit('secret/strings', { data: { user: null } });
    await edit('secret/bytes', { data: { token: Buffer.from('another').toString('base64') } });
    await edit('configmap/whole', { data: { added: 'by hand' } });
    await open.until('all are seen', () => ['part', 'strings', 'bytes', 'whole'].every(name => objectOf(name)?.verdict.verdict !== 'in-sync'));
    assert.deepEqual(fieldsOf('part'), ['.data.level drift, overwritten']);
    assert.deepEqual(fieldsOf('strings'), ['.data.user drift, overwritten']);
    assert.deepEqual(fieldsOf('whole'), ['.data.added drift, deleted']);
    assert.deepEqual(fieldsOf('bytes').map(line => line.split(' ')[0]), ['.data.token']);
    assert.ok(['undecided', 'drift'].includes(objectOf('bytes')?.verdict.verdict ?? ''), objectOf('bytes')?.verdict.reason);
    assert.doesNotMatch(JSON.stringify(open.engine.current.environments), /correct horse|Y29ycmVjd|YW5vdGhlcg/, 'no value is shown');
  });

  it('what is foretold of them happens at the next run', async () => {
    await flux.reconcile('kustomization', namespace, 'plain');
    await open.until('in sync again', () => said('plain').every(line => line.endsWith('in-sync')), 60_000);
    assert.deepEqual([textAt(await live('configmaps', 'part'), 'data', 'level'), textAt(await live('configmaps', 'whole'), 'data', 'added')], ['info', undefined]);
    assert.equal(Buffer.from(textAt(await live('secrets', 'bytes'), 'data', 'token') ?? '', 'base64').toString(), CLEAR);
    assert.equal(Buffer.from(textAt(await live('secrets', 'strings'), 'data', 'user') ?? '', 'base64').toString(), 'shop');
  });

  it('a Secret that is generated of an encrypted file has a name that is not known here: undecided, and never missing', () => {
    assert.deepEqual(said('built').filter(line => line.startsWith('ConfigMap')), ['ConfigMap built-part in-sync']);
    const secrets = stateOf(open.engine.current, 'built')?.objects.filter(({ ref }) => ref.kind === 'Secret').map(({ verdict }) => verdict.verdict);
    assert.deepEqual(secrets, ['undecided']);
  });

  it('without decryption the encrypted text itself is applied, and that is said', async () => {
    assert.match(Buffer.from(textAt(await live('secrets', 'closed'), 'data', 'password') ?? '', 'base64').toString(), /^ENC\[/);
    assert.deepEqual(said('closed'), ['ConfigMap closed in-sync', 'Secret closed in-sync']);
    for (const { verdict } of stateOf(open.engine.current, 'closed')?.objects ?? []) assert.deepEqual(verdict.notes, ['encrypted with SOPS, and the Kustomization does not decrypt it (spec.decryption): the encrypted text itself is applied']);
  });

  it('encrypted data without decryption is found by the controller: it applies nothing, as is said', () => {
    assert.deepEqual(said('refused'), ['Secret refused invalid']);
    assert.equal(stateOf(open.engine.current, 'refused')?.objects[0]?.verdict.reason, 'it is encrypted with SOPS and the Kustomization does not decrypt it (spec.decryption): its data is no base64, and the controller applies nothing');
  });
});
