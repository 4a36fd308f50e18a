import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Emitter } from '../../../src/core/base/event';
import type { JsonObject } from '../../../src/core/base/json';
import { openSaved } from '../../../src/core/cluster/saved-cluster';
import type { DriftEngine } from '../../../src/core/drift/engine';
import type { Snapshot } from '../../../src/core/drift/snapshot';
import { BEING_RENDERED } from '../../../src/core/drift/stand-in';
import type { Renderer } from '../../../src/core/render/renderer';
import { loadBenchRenderer } from '../../bench/sandbox';
import { eventually, MemoryLog } from '../cluster/open';
import { Scratch } from '../git/scratch';
import { applicationNamed, applicationsIn, objectsIn } from './open-engine';
import { engineOverSaved } from './saved-engine';

const URL = 'https://git.example/shop.git';
const ROOTS = ['one', 'two', 'three', 'four'] as const;
type Root = (typeof ROOTS)[number];

const configMap = (name: string, value: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\ndata: {a: "${value}"}\n`;

const live = (name: string, namespace: string, owner: string | undefined): JsonObject => {
  const labels = owner === undefined ? {} : { labels: { 'kustomize.toolkit.fluxcd.io/name': owner, 'kustomize.toolkit.fluxcd.io/namespace': 'flux-system' } };
  const fields = { 'f:data': { 'f:a': {} }, ...(owner !== undefined && { 'f:metadata': { 'f:labels': { 'f:kustomize.toolkit.fluxcd.io/name': {}, 'f:kustomize.toolkit.fluxcd.io/namespace': {} } } }) };
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace, uid: `u-${namespace}-${name}`, resourceVersion: '1', ...labels, managedFields: [{ manager: owner === undefined ? 'kubectl' : 'kustomize-controller', operation: 'Apply', apiVersion: 'v1', time: '2026-11-24T10:00:00Z', fieldsType: 'FieldsV1', fieldsV1: fields }] }, data: { a: '1' } };
};

/** A root for each name: a base that is its own, and one that all share. */
class World {
  readonly scratch = new Scratch();
  readonly #files = new Emitter<readonly string[]>(error => assert.ifError(error));
  readonly log = new MemoryLog();
  /** Roots whose files were given to kustomize, in that order, as often as they were. */
  readonly built: string[] = [];
  readonly visible = new Set<string>();
  readonly snapshots: Snapshot[] = [];
  #held = new Set<string>();
  #release: (() => void)[] = [];
  readonly engine: DriftEngine;

  constructor(held: readonly string[], more: Readonly<Record<string, string>> = {}) {
    this.#held = new Set(held);
    this.scratch.git('remote', 'add', 'origin', URL);
    const commit = this.scratch.commit({
      'plain/a.yaml': configMap('alone', '1').replace('name: alone', 'name: alone, namespace: plain'),
      'shared/kustomization.yaml': 'resources: [s.yaml]\n', 'shared/s.yaml': configMap('shared', '1'),
      ...Object.fromEntries(ROOTS.flatMap(root => [
        [`apps/${root}/kustomization.yaml`, `namespace: ${root}\nresources: [../../shared, ../../bases/${root}]\n`],
        [`bases/${root}/kustomization.yaml`, 'resources: [b.yaml]\n'],
        [`bases/${root}/b.yaml`, configMap(`own-${root}`, '1')],
      ])),
      ...more,
    });
    const kustomization = (root: Root): JsonObject => ({
      apiVersion: 'kustomize.toolkit.fluxcd.io/v1', kind: 'Kustomization', metadata: { name: root, namespace: 'flux-system', uid: `k-${root}`, resourceVersion: '1' },
      spec: { path: `./apps/${root}`, prune: true, sourceRef: { kind: 'GitRepository', name: 'shop' } },
      status: { lastAppliedRevision: `main@sha1:${commit}`, inventory: { entries: ['shared', `own-${root}`, 'gone'].map(name => ({ id: `${root}_${name}__ConfigMap`, v: 'v1' })) } },
    });
    const source: JsonObject = { apiVersion: 'source.toolkit.fluxcd.io/v1', kind: 'GitRepository', metadata: { name: 'shop', namespace: 'flux-system', uid: 's', resourceVersion: '1' }, spec: { url: URL } };
    const items = [source, live('alone', 'plain', undefined), ...ROOTS.flatMap(root => [kustomization(root), ...['shared', `own-${root}`, 'gone'].map(name => live(name, root, root))])];
    const saved = openSaved(JSON.stringify({ apiVersion: 'v1', kind: 'List', items }), 'list.json', 'plain');
    this.engine = engineOverSaved({ scratch: this.scratch, cluster: saved, visible: this.visible, onFiles: this.#files.event, log: this.log, loadRenderer: () => this.#renderer() });
    this.engine.onSnapshot(snapshot => this.snapshots.push(snapshot));
  }

  /** The real one, which waits before it builds what is held. */
  async #renderer(): Promise<Renderer> {
    const renderer = await loadBenchRenderer();
    let onDisk = false;
    return {
      ...renderer,
      diskTree: (root, textOf) => ((onDisk = true), renderer.diskTree(root, textOf)),
      gitTree: (repository, revision) => ((onDisk = false), renderer.gitTree(repository, revision)),
      flux: async (tree, root, signal) => {
        if (onDisk) this.built.push(root.folder);
        await this.#whenFree(root.folder);
        return renderer.flux(tree, root, signal);
      },
      kustomize: async (tree, root, signal) => {
        await this.#whenFree(root.folder);
        return renderer.kustomize(tree, root, signal);
      },
    };
  }

  async #whenFree(folder: string): Promise<void> {
    if (this.#held.has(folder.replace('apps/', ''))) await new Promise<void>(resolve => this.#release.push(resolve));
  }

  hold(root: string): void {
    this.#held.add(root);
  }

  release(): void {
    this.#held = new Set();
    for (const go of this.#release.splice(0)) go();
  }

  write(path: string, text: string): void {
    writeFileSync(this.path(path), text);
    this.#files.fire([this.path(path)]);
  }

  path(path: string): string {
    return join(this.scratch.root, path);
  }

  verdicts(root: Root): readonly string[] {
    return (applicationNamed(this.engine.current, 'flux-system', root)?.objects ?? []).map(({ ref, verdict }) => `${ref.name} ${verdict.verdict}`).sort();
  }

  async until(what: string, holds: () => boolean): Promise<void> {
    await eventually(what, holds, 60_000).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${JSON.stringify([this.engine.current.connection, ROOTS.map(root => this.verdicts(root)), this.built])}\n${this.log.lines.join('\n')}`);
    });
  }

  dispose(): void {
    this.release();
    this.engine.dispose();
    this.scratch.dispose();
  }
}

const JUDGED = (root: Root): readonly string[] => ['gone orphan', `own-${root} in-sync`, 'shared in-sync'];

describe('roots that take their time', () => {
  let world: World;
  afterEach(() => world.dispose());

  it('nobody waits for them: everything else is judged, and of them nothing is said but that they are being rendered', async () => {
    world = new World(ROOTS);
    world.engine.start();
    await world.until('the plain manifest is judged', () => objectsIn(world.engine.current).some(({ ref, verdict }) => ref.name === 'alone' && verdict.verdict === 'in-sync'));
    await world.until('some are begun', () => world.built.length > 0);
    const { connection, files } = world.engine.current;
    assert.deepEqual(connection.kind === 'connected' && connection.reading?.rendering, { done: 0, of: ROOTS.length });
    for (const root of ROOTS) {
      // What the inventory has besides the files is there, too.
      assert.deepEqual(world.verdicts(root), ['gone unknown', `own-${root} unknown`, 'shared unknown']);
      assert.deepEqual(files.get(world.path(`bases/${root}/b.yaml`))?.objects.map(({ verdict }) => [verdict.verdict, verdict.reason]), [['unknown', BEING_RENDERED]]);
    }
    assert.deepEqual(applicationsIn(world.engine.current).filter(({ application }) => !application).map(({ folder }) => folder), [world.path('plain')], 'a base is nobody’s plain folder');
    world.release();
    await world.until('all are judged', () => ROOTS.every(root => String(world.verdicts(root)) === String(JUDGED(root))));
    await world.until('nothing is read any more', () => world.engine.current.connection.kind === 'connected' && world.engine.current.connection.reading === undefined);
    const seen = new Set(world.snapshots.flatMap(snapshot => objectsIn(snapshot).flatMap(({ ref, verdict }) => (ref.name === 'alone' ? [] : [`${ref.name.replace(/-.*/, '')} ${verdict.verdict}`]))));
    assert.deepEqual([...seen].sort(), ['gone orphan', 'gone unknown', 'own in-sync', 'own unknown', 'shared in-sync', 'shared unknown'], 'never missing, and never green or an orphan before it is known');
  });

  it('what somebody looks at comes first: a file in front, or an application that is open', async () => {
    world = new World(ROOTS);
    world.visible.add(world.path('bases/four/b.yaml'));
    world.engine.start();
    await world.until('some are begun', () => world.built.length > 0);
    assert.equal(world.built[0], 'apps/four');
    world.dispose();
    world = new World(ROOTS);
    world.engine.lookAt(new Set([`a saved list|Kustomization:kustomize.toolkit.fluxcd.io/Kustomization/flux-system/three@${world.scratch.root}`]));
    world.engine.start();
    await world.until('some are begun', () => world.built.length > 0);
    assert.equal(world.built[0], 'apps/three');
  });

  it('a root that no controller applies is shown once something of it is found in the cluster, and stays while it is rendered anew', async () => {
    const kustomization = (namespace: string): string => `namespace: ${namespace}\nresources: [a.yaml]\n`;
    world = new World(['own/here', 'own/nowhere'], { 'own/here/kustomization.yaml': kustomization('plain'), 'own/here/a.yaml': configMap('alone', '2'), 'own/nowhere/kustomization.yaml': kustomization('nowhere'), 'own/nowhere/a.yaml': configMap('absent', '1') });
    const shown = (snapshot: Snapshot): readonly string[] => applicationsIn(snapshot).flatMap(({ application, folder, counts }) => (application ? [] : [`${folder.slice(world.scratch.root.length + 1)} ${Object.keys(counts).join()}`])).sort();
    world.engine.start();
    await world.until('all others are judged', () => ROOTS.every(root => String(world.verdicts(root)) === String(JUDGED(root))));
    assert.deepEqual(shown(world.engine.current), ['plain in-sync']);
    world.release();
    await world.until('the one is judged', () => shown(world.engine.current).some(line => /^own\/here (?!unknown)/.test(line)));
    await world.until('nothing is read any more', () => world.engine.current.connection.kind === 'connected' && world.engine.current.connection.reading === undefined);
    world.hold('own/here');
    world.write('own/here/a.yaml', configMap('alone', '3'));
    await world.until('it is said to be rendered', () => shown(world.engine.current).includes('own/here unknown'));
    world.release();
    await world.until('it is judged again', () => shown(world.engine.current).some(line => /^own\/here (?!unknown)/.test(line)));
    const rendering = world.snapshots.flatMap(objectsIn).filter(({ verdict }) => verdict.reason === BEING_RENDERED);
    assert.deepEqual(rendering.filter(({ manifest }) => manifest?.file.startsWith(world.path('own/nowhere')) === true), []);
    assert.ok(rendering.some(({ manifest }) => manifest?.file.startsWith(world.path('own/here')) === true), 'it was known before');
  });

  it('whoever asks for the whole answer gets it', async () => {
    world = new World([]);
    const snapshot = await world.engine.once();
    assert.deepEqual(objectsIn(snapshot).filter(({ verdict }) => verdict.verdict === 'unknown'), []);
    for (const root of ROOTS) assert.deepEqual(world.verdicts(root), JUDGED(root));
    const inParts = world.snapshots.filter(({ connection }) => connection.kind === 'connected').flatMap(objectsIn).filter(({ verdict }) => verdict.reason === BEING_RENDERED);
    assert.deepEqual(inParts, []);
  });

  it('of a file that was saved only what it feeds is built again; a build that is out of date says nothing any more', async () => {
    world = new World([]);
    world.engine.start();
    await world.until('all are judged', () => ROOTS.every(root => String(world.verdicts(root)) === String(JUDGED(root))));
    const before = world.built.length;
    const { generation } = world.engine.current;
    world.hold('two');
    world.write('bases/two/b.yaml', configMap('own-two', '2'));
    await world.until('it is being built', () => world.built.length > before);
    // What was known is not taken away at once, and then it is.
    await world.until('it is said to be rendered', () => world.verdicts('two').includes('own-two unknown'));
    for (const root of ['one', 'three', 'four'] as const) assert.deepEqual(world.verdicts(root), JUDGED(root));
    world.write('bases/two/b.yaml', configMap('own-two', '3'));
    await world.until('it is built anew', () => world.built.length > before + 1);
    world.release();
    const valueIn = (snapshot: Snapshot): readonly string[] => objectsIn(snapshot).flatMap(({ ref, verdict }) => (ref.name === 'own-two' ? verdict.fields.map(({ git }) => JSON.stringify(git)) : []));
    await world.until('the newest text is judged', () => world.verdicts('two').includes('own-two pending'));
    assert.deepEqual(world.built.slice(before), ['apps/two', 'apps/two']);
    const told = new Set(world.snapshots.filter(snapshot => snapshot.generation > generation).flatMap(valueIn));
    assert.deepEqual([...told], [JSON.stringify({ kind: 'value', value: '3' })]);
  });
});
