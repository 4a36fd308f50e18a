import assert from 'node:assert/strict';
import { systemClock } from '../../../src/core/base/clock';
import type { JsonObject } from '../../../src/core/base/json';
import { KeptObjects, type Holder } from '../../../src/core/base/kept-objects';
import { openSaved } from '../../../src/core/cluster/saved-cluster';
import { Computation } from '../../../src/core/drift/computation';
import type { Computed } from '../../../src/core/drift/computed';
import { FolderSource } from '../../../src/core/drift/folder-source';
import { openRepository } from '../../../src/core/git/clone';
import { ManifestIndex } from '../../../src/core/manifests/folder-index';
import { parseManifests } from '../../../src/core/manifests/parse';
import { manifestText } from '../../bench/load';
import { loadFolder, removeFolder } from '../../bench/scan';
import { heapAfterCollection } from '../../fake/collect';
import { Scratch } from '../git/scratch';
import { fieldsOf, manifestOf } from './make';

const NEVER = new AbortController().signal;
const URL = 'https://git.example/shop.git';
/** Of what was asked for last, so many may still be there. */
const MADE = 8;
const FILES = 400;
/** So many that what is kept once, such as a few trees, hardly counts. */
const MANY = 2_000;

async function alive(refs: readonly WeakRef<JsonObject>[]): Promise<number> {
  await heapAfterCollection();
  return refs.filter(ref => ref.deref() !== undefined).length;
}

describe('objects that are kept as text', () => {
  const cases: readonly [string, string, JsonObject][] = [
    ['values of all kinds', 'a: 1', { a: [1, -0.5, 'x', true, null, {}, []], b: { c: 'ü \u{1F600} \ud800' } }],
    ['long numbers', 'a: 1', { a: 9007199254740993n, b: 1e300, c: 123456789012345680000 }],
    ['__proto__', 'a: 1', JSON.parse('{"__proto__":{"x":1},"constructor":2}') as JsonObject],
    ['more than a block', 'a: 1', { a: 'x'.repeat(100_000), b: ['y'.repeat(70_000)] }],
  ];
  it('are found again as they were, whatever was kept after them', () => {
    const objects = new KeptObjects();
    const kept = cases.map(([, source, object]) => objects.keep(object, source));
    for (let i = 0; i < 3 * MADE; i++) objects.keep({ i }, '');
    for (const [i, [name, , object]] of cases.entries()) assert.deepEqual(kept[i]?.object, object, name);
  });

  it('are the same object as long as they are asked for in a row', () => {
    const objects = new KeptObjects();
    const kept = objects.keep({ a: {} }, 'a: {}');
    assert.equal(kept.object, kept.object);
  });

  it('what aliases make very long or very deep of a short text is never written out', () => {
    const objects = new KeptObjects();
    const anchor = `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\nlong: &long "${'x'.repeat(10_000)}"\nall: [${'*long, '.repeat(1_000)}]\n`;
    const long = manifestOf(anchor).object;
    let deep: JsonObject = {};
    for (let i = 0; i < 100_000; i++) deep = { deep };
    for (const object of [long, deep]) {
      const before = process.memoryUsage().external;
      const kept: Holder = objects.keep(object, anchor);
      assert.equal(kept.object, object);
      assert.ok(process.memoryUsage().external - before < 1_000_000);
    }
  });
});

describe('what is known of a repository takes little room', function () {
  this.timeout(60_000);
  let scratch: Scratch;
  let commit: string;
  const nameOf = (i: number): string => `apps/${i}.yaml`;
  before(() => {
    scratch = new Scratch();
    commit = scratch.commit(Object.fromEntries(Array.from({ length: FILES }, (_, i) => [nameOf(i), manifestText(i)])));
    scratch.git('remote', 'add', 'origin', URL);
  });
  after(() => scratch.dispose());

  async function indexed(root = scratch.root): Promise<ManifestIndex> {
    const index = new ManifestIndex(root);
    await index.scan(NEVER);
    await index.parseAll(() => 'K3', NEVER);
    return index;
  }

  it('a file that was read takes its text and little more', async () => {
    const root = await loadFolder(MANY);
    try {
      // What reading itself loads is there then.
      await indexed(root);
      const empty = await heapAfterCollection();
      const index = await indexed(root);
      const text = index.files().reduce((sum, file) => sum + (index.text(file)?.length ?? 0), 0);
      const beyond = ((await heapAfterCollection()) - empty - text) / MANY;
      assert.equal(index.files().length, MANY);
      assert.ok(beyond < 2_500, `${beyond.toFixed(0)} bytes beside the text of each file`);
    } finally {
      await removeFolder(root);
    }
  });

  it('the objects of manifests are made when they are asked for, and nobody keeps them', async () => {
    const index = await indexed();
    const manifests = index.files().flatMap(file => index.parsed(file, 'K3').manifests);
    const refs = manifests.map(({ object }) => new WeakRef(object));
    const left = await alive(refs);
    assert.ok(left <= MADE, `${left} of ${refs.length} objects are kept`);
    for (const [i, { file, object }] of manifests.entries()) if (i % 50 === 0) assert.deepEqual(object, parseManifests(file, index.text(file) ?? '', 'K3').manifests[0]?.object);
  });

  /** All of it applied by a Kustomization, and as the last commit has it. */
  function judging(): { readonly source: FolderSource; readonly run: () => Promise<Computed> } {
    const live = Array.from({ length: FILES }, (_, i): JsonObject => {
      const { object } = manifestOf(manifestText(i).replace(/containerPort: \d+/g, '$&, protocol: TCP'));
      const { metadata } = object as { readonly metadata: JsonObject };
      const applied = { ...object, metadata: { ...metadata, labels: { ...(metadata['labels'] as JsonObject), 'kustomize.toolkit.fluxcd.io/name': 'shop', 'kustomize.toolkit.fluxcd.io/namespace': 'flux-system' } } };
      const managedFields = [{ manager: 'kustomize-controller', operation: 'Apply', apiVersion: object['apiVersion'] ?? null, time: '2026-11-24T10:00:00Z', fieldsType: 'FieldsV1', fieldsV1: fieldsOf(applied, { containers: ['name'], env: ['name'], ports: ['containerPort', 'protocol'] }) }];
      return { ...applied, metadata: { ...applied.metadata, uid: `u${i}`, resourceVersion: '1', managedFields } };
    });
    const revision = `main@sha1:${commit}`;
    const flux: JsonObject[] = [
      { apiVersion: 'source.toolkit.fluxcd.io/v1', kind: 'GitRepository', metadata: { name: 'shop', namespace: 'flux-system', uid: 's', resourceVersion: '1' }, spec: { url: URL }, status: { artifact: { revision } } },
      { apiVersion: 'kustomize.toolkit.fluxcd.io/v1', kind: 'Kustomization', metadata: { name: 'shop', namespace: 'flux-system', uid: 'k', resourceVersion: '1' }, spec: { path: './apps', prune: true, interval: '10m', sourceRef: { kind: 'GitRepository', name: 'shop' } }, status: { lastAppliedRevision: revision, lastAttemptedRevision: revision, conditions: [{ type: 'Ready', status: 'True', reason: 'ReconciliationSucceeded', message: '' }] } },
    ];
    const cluster = openSaved(JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [...flux, ...live] }), 'list.json', undefined);
    const source = new FolderSource(scratch.root, folder => openRepository(folder, { env: scratch.env, untrusted: [scratch.root] }), (_, error) => assert.ifError(error));
    const computation = new Computation({ cluster, isProduction: () => false, isWritable: () => false, isMeant: () => undefined, onMore: () => undefined, log: { info: () => undefined, warn: () => undefined, error: (_, error) => assert.ifError(error) }, asked: undefined, renderer: () => Promise.reject(new Error('nothing is rendered here')), clock: systemClock, verifiesSecrets: () => false, verifiesByItself: () => false, looked: () => ({ files: new Set(), applications: new Set() }), waits: () => true });
    const run = async (): Promise<Computed> => {
      await computation.run([source], NEVER);
      await computation.settled();
      return computation.run([source], NEVER);
    };
    return { source, run };
  }

  it('nor do those who judged them; what is the same in the working tree and at the commits is one object', async () => {
    const { source, run } = judging();
    await source.update(new Map(), true, NEVER);
    const computed = await run();
    const objects = [...computed.files.values()].flatMap(file => file.objects);
    assert.deepEqual([...new Set(objects.map(({ verdict }) => verdict.verdict))], ['in-sync'], JSON.stringify(objects.find(({ verdict }) => verdict.verdict !== 'in-sync')?.verdict));
    assert.equal(objects.length, FILES);
    const refs = objects.flatMap(({ id, manifest }) => {
      const input = computed.inputs.get(id);
      assert.ok(input?.base.kind === 'known' && manifest);
      const { head } = input.stages;
      assert.ok(input.base.object === input.desired && head === input.desired, 'the same object at each stage');
      return [input.desired, manifest.object].map(object => new WeakRef(object));
    });
    const left = await alive(refs);
    assert.ok(left <= MADE, `${left} of ${refs.length} objects are kept`);
  });

  it('a text that is typed over is another object than the one at the commit, and is again the same afterwards', async () => {
    const { source, run } = judging();
    const file = `${scratch.root}/${nameOf(3)}`;
    const verdictOf = ({ files }: Computed): string | undefined => files.get(file)?.objects[0]?.verdict.verdict;
    await source.update(new Map([[file, manifestText(3).replace('value 7', 'another')]]), true, NEVER);
    const computed = await run();
    assert.equal(verdictOf(computed), 'pending');
    const input = computed.inputs.get(computed.files.get(file)?.objects[0]?.id ?? '');
    assert.ok(input?.base.kind === 'known' && JSON.stringify(input.desired).includes('another') && !JSON.stringify(input.base.object).includes('another'));
    await source.update(new Map(), true, NEVER);
    assert.equal(verdictOf(await run()), 'in-sync');
  });
});
