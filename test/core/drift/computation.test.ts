import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { systemClock } from '../../../src/core/base/clock';
import { Emitter } from '../../../src/core/base/event';
import type { JsonObject } from '../../../src/core/base/json';
import type { Cluster, Coming, LiveState } from '../../../src/core/cluster/api';
import { openSaved } from '../../../src/core/cluster/saved-cluster';
import { Computation } from '../../../src/core/drift/computation';
import type { Computed } from '../../../src/core/drift/computed';
import { FolderSource } from '../../../src/core/drift/folder-source';
import type { Repository } from '../../../src/core/git/repository';
import { objectId } from '../../../src/core/kube/identity';
import { asLive } from '../../../src/core/kube/live';
import { present } from '../../fake/present';
import { Random } from '../kube/random-typed';

const FLUX = 'kustomize.toolkit.fluxcd.io';
const URL = 'https://git.example/shop.git';
const NEVER = new AbortController().signal;

const configMap = (name: string, data: JsonObject, more: JsonObject = {}): JsonObject => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'shop', ...more }, data });

const fields = (manager: string, keys: readonly string[]): JsonObject => ({ manager, operation: 'Apply', apiVersion: 'v1', fieldsType: 'FieldsV1', time: '2026-11-24T10:00:00Z', fieldsV1: { 'f:data': Object.fromEntries(keys.map(key => [`f:${key}`, {}])) } });

/** What a test may change between two runs. A cluster is asked by what it holds; every answer but these is a saved cluster's. */
class World {
  readonly root = mkdtempSync(join(tmpdir(), 'plumbline-computation-'));
  readonly unsaved = new Map<string, string>();
  readonly live = new Map<string, LiveState>();
  served = true;
  lost: Cluster['store']['lost'];
  kustomization: JsonObject = { path: './apps', prune: true };
  inventory: readonly string[] = [];
  /** Some kind is being read for the first time. */
  reading = false;
  /** The applications have been read. */
  known = true;
  /** How much of what is wanted has been read, once all of it has. */
  settled = (): Promise<number> => Promise.resolve(0);
  readonly source: FolderSource;
  readonly cluster: Cluster;
  readonly #changes = new Emitter<ReadonlySet<string> | 'all'>(error => assert.ifError(error));
  readonly comings = new Emitter<Coming>(error => assert.ifError(error));

  constructor() {
    mkdirSync(join(this.root, 'apps'));
    mkdirSync(join(this.root, 'plain'));
    const repository = { root: this.root, head: () => Promise.resolve({ sha: undefined, branch: 'main', upstream: undefined }), remotes: () => Promise.resolve([{ name: 'origin', url: URL }]) } as unknown as Repository;
    this.source = new FolderSource(this.root, () => Promise.resolve(repository), (_, error) => assert.ifError(error));
    const saved = openSaved(JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [] }), 'list.json', 'shop');
    const lost = (): World['lost'] => this.lost;
    const resource: Cluster['resource'] = (apiVersion, kind) => {
      if (kind === 'ConfigMap' && !this.served) return undefined;
      const [group = '', version = apiVersion] = apiVersion.includes('/') ? apiVersion.split('/') : [''];
      return ['ConfigMap', 'Kustomization', 'GitRepository'].includes(kind) ? { group, version, kind, plural: kind.toLowerCase(), namespaced: true, verbs: ['list'] } : undefined;
    };
    this.cluster = {
      ...saved,
      pin: { context: 'bench', server: 'x', caHash: undefined, user: '', uid: 'u', identity: 'u' },
      version: 'v1', namespace: 'shop', masked: false, traffic: saved.traffic, onDiscovery: saved.onDiscovery,
      resource,
      resources: group => [`${FLUX}/v1 Kustomization`, 'source.toolkit.fluxcd.io/v1 GitRepository'].filter(text => text.startsWith(`${group}/`)).flatMap(text => resource(...(text.split(' ') as [string, string])) ?? []),
      // Slower than all else, as over a network.
      openapi: () => wait(2).then(() => undefined),
      store: {
        get lost() {
          return lost();
        },
        want: () => undefined,
        settled: () => this.settled(),
        onChange: this.#changes.event,
        onComing: this.comings.event,
        status: (_, kind) => ((this.reading && kind === 'ConfigMap') || (!this.known && kind === 'Kustomization') ? { kind: 'loading' } : { kind: 'ready', verifiedAt: 0 }),
        read: ref => this.live.get(objectId(ref)) ?? { kind: 'absent' },
        list: (_, kind) => (kind === 'Kustomization' ? !this.known ? [] : [present(this.#kustomization())] : kind === 'GitRepository' ? [present({ apiVersion: 'source.toolkit.fluxcd.io/v1', kind, metadata: { name: 'shop', namespace: 'flux-system', uid: 's', resourceVersion: '1' }, spec: { url: URL } })] : []),
      },
    };
  }

  #kustomization(): ReturnType<typeof asLive> {
    const entries = this.inventory.map(name => ({ id: `shop_${name}__ConfigMap`, v: 'v1' }));
    return asLive({ apiVersion: `${FLUX}/v1`, kind: 'Kustomization', metadata: { name: 'shop', namespace: 'flux-system', uid: 'k', resourceVersion: '1' }, spec: { ...this.kustomization, sourceRef: { kind: 'GitRepository', name: 'shop' } }, status: { inventory: { entries } } });
  }

  computation(waits = true): Computation {
    const computation = new Computation({ cluster: this.cluster, isProduction: () => false, isWritable: () => false, isMeant: () => undefined, onMore: () => undefined, log: { info: () => undefined, warn: () => undefined, error: () => undefined }, asked: undefined, renderer: () => Promise.reject(new Error('nothing is rendered here')), clock: systemClock, verifiesSecrets: () => false, verifiesByItself: () => false, looked: () => ({ files: new Set(), applications: new Set() }), waits: () => waits });
    this.cluster.store.onChange(changed => computation.changed(changed));
    this.comings.event(coming => computation.foresee(coming));
    return computation;
  }

  async run(computation: Computation): Promise<Computed> {
    await this.source.update(this.unsaved, true, NEVER);
    await computation.run([this.source], NEVER);
    await computation.settled();
    return computation.run([this.source], NEVER);
  }

  write(file: string, names: readonly string[], value: string): void {
    const path = join(this.root, file);
    writeFileSync(path, names.map(name => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}${file.startsWith('plain') ? '' : ', namespace: shop'}}\ndata: {a: "${value}"}\n`).join('---\n'));
    this.source.filesChanged([path]);
  }

  /** What it is from now on; `undefined`: it is not there. A store tells so of each object, and of a status as of all of them. */
  becomes(name: string, state: LiveState | undefined): void {
    const id = `/ConfigMap/shop/${name}`;
    if (state) this.live.set(id, state);
    else this.live.delete(id);
    this.#changes.fire(state?.kind === 'unknown' ? 'all' : new Set([id]));
  }

  put(name: string, data: JsonObject, managers: readonly JsonObject[]): void {
    this.becomes(name, { kind: 'present', seen: [], object: asLive(configMap(name, data, { uid: `u-${name}`, resourceVersion: '1', managedFields: managers })) });
  }

  /** Its text is here, of a reading that may yet break off. */
  comes(name: string, data: JsonObject, managers: readonly JsonObject[]): LiveState & { readonly kind: 'present' } {
    const object = asLive(configMap(name, data, { uid: `u-${name}`, resourceVersion: '1', managedFields: managers }));
    const state = { kind: 'present', seen: [], object } as const;
    this.comings.fire({ id: `/ConfigMap/shop/${name}`, state });
    return state;
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

/** What a person would see of it. */
const seen = ({ environments, files }: Computed): unknown => [
  environments.map(({ id, counts, applications }) => [id, counts, applications.map(({ id: application, counts: own, doubt, pause, objects }) => [application, own, doubt, pause?.reason, objects.map(({ id: object, verdict }) => [object, verdict])])]),
  [...files].sort(([a], [b]) => (a < b ? -1 : 1)).map(([file, { objects, problems, verdict, textVersion }]) => [file, verdict, textVersion, problems, objects.map(({ id, verdict: own }) => [id, own])]),
];

const FILES = ['apps/a.yaml', 'apps/b.yaml', 'plain/c.yaml', 'plain/d.yaml'];
const NAMES = ['one', 'two', 'three', 'four', 'five', 'six'];

/** One change of anything that a verdict depends on. */
function change(world: World, random: Random): string {
  const [name, value, file] = [random.pick(NAMES), String(random.int(2)), random.pick(FILES)];
  switch (random.int(12)) {
    case 0:
      world.write(file, NAMES.filter(() => random.int(3) === 0), value);
      return `${file} is written`;
    case 1:
      world.unsaved.set(join(world.root, file), `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}, namespace: shop}\ndata: {a: "${value}"}\n`);
      return `${file} is typed in`;
    case 2:
      world.unsaved.clear();
      return 'nothing is unsaved';
    case 3:
      world.becomes(name, undefined);
      return `${name} is deleted`;
    case 4:
      world.becomes(name, { kind: 'unknown', status: { kind: 'stale', since: 1, reason: value } });
      return `${name} is stale`;
    case 5:
      world.put(name, { a: value, b: 'x' }, [fields('kustomize-controller', ['a']), ...(random.int(2) === 0 ? [{ ...fields('kubectl', ['a']), operation: 'Update' }] : [])]);
      return `${name} is ${value}`;
    case 6:
      world.kustomization = { ...world.kustomization, suspend: random.int(2) === 0, prune: random.int(2) === 0 };
      return 'the Kustomization says something else';
    case 7:
      world.inventory = NAMES.filter(() => random.int(2) === 0);
      return 'the inventory is another';
    case 8:
    case 9: {
      const managers = [fields('kustomize-controller', ['a']), ...(random.int(2) === 0 ? [{ ...fields('kubectl', ['a']), operation: 'Update' }] : [])];
      const state = world.comes(name, { a: value, b: 'x' }, managers);
      // Anything may happen before it is believed.
      const between = random.int(3) === 0 ? '' : `, ${change(world, random)}`;
      if (random.int(4) === 0) return `${name} comes as ${value}${between}, and never is`;
      if (random.int(4) === 0) world.put(name, { a: '2' }, managers);
      else world.becomes(name, state);
      return `${name} comes as ${value}${between}, and is`;
    }
    case 10:
      world.reading = !world.reading;
      return world.reading ? 'ConfigMaps are being read' : 'ConfigMaps have been read';
    default:
      world.served = !world.served;
      return 'the kinds changed';
  }
}

async function eventually(holds: () => boolean): Promise<void> {
  for (let i = 0; i < 1_000 && !holds(); i++) await wait(5);
  assert.ok(holds());
}

/** A computation that has run while object `one` was being read. */
async function whileRead(world: World): Promise<ReturnType<World['computation']>> {
  world.reading = true;
  world.becomes('one', { kind: 'unknown', status: { kind: 'loading' } });
  const computation = world.computation();
  await world.run(computation);
  return computation;
}

describe('what was judged before is used again, and never shows', () => {
  it('in an order of changes like no other, each run finds what a first run would', async () => {
    const verdicts = new Set<string>();
    for (const seed of [1, 2, 3, 4, 12]) {
      const random = new Random(seed);
      const world = new World();
      world.reading = true;
      try {
        const computation = world.computation();
        for (const file of FILES) world.write(file, NAMES.slice(0, 4), '0');
        for (let step = 0; step < 60; step++) {
          const what = change(world, random);
          if (what.includes('the kinds changed')) computation.refresh();
          // A run that is broken off must not lose what it was told.
          if (step % 3 === 0) await computation.run([world.source], AbortSignal.abort()).catch(() => undefined);
          const [again, fresh] = [await world.run(computation), await world.run(world.computation())];
          for (const { counts } of fresh.environments) for (const verdict of Object.keys(counts)) verdicts.add(verdict);
          assert.deepEqual(seen(again), seen(fresh), `seed ${seed}, step ${step}: ${what}`);
        }
      } finally {
        world.remove();
      }
    }
    for (const verdict of ['drift', 'missing', 'orphan', 'unknown', 'in-sync', 'pending']) assert.ok(verdicts.has(verdict), `${verdict} was never seen: ${[...verdicts].join(', ')}`);
  });

  it('so it is with marks of Helm that objects get, change and lose', async () => {
    const world = new World();
    const computation = world.computation();
    try {
      for (const file of FILES) world.write(file, file === 'plain/c.yaml' ? NAMES : [], '0');
      const installs = ({ environments }: Computed): string[] => environments.flatMap(({ applications }) => applications.flatMap(({ application }) => (application?.kind === 'Helm release' ? [application.ref.name] : [])));
      const marks = (release: string): JsonObject => ({ labels: { 'app.kubernetes.io/managed-by': 'Helm' }, annotations: { 'meta.helm.sh/release-name': release, 'meta.helm.sh/release-namespace': 'shop' } });
      const rows: readonly (readonly [name: string, release: string | undefined, expected: readonly string[]])[] = [
        ['one', undefined, []],
        ['two', 'web', ['web']],
        ['three', 'web', ['web']],
        ['one', 'api', ['api', 'web']],
        ['two', undefined, ['api', 'web']],
        ['three', 'api', ['api']],
        ['one', undefined, ['api']],
        ['three', undefined, []],
      ];
      for (const name of NAMES) world.put(name, { a: '0' }, []);
      for (const [name, release, expected] of rows) {
        world.becomes(name, { kind: 'present', seen: [], object: asLive(configMap(name, { a: '0' }, { uid: `u-${name}`, resourceVersion: '2', ...(release !== undefined && marks(release)) })) });
        // The marks are seen by one run, and the releases found by the next.
        const settled = async (one: Computation): Promise<Computed> => {
          await world.run(one);
          await world.run(one);
          return world.run(one);
        };
        const again = await settled(computation);
        assert.deepEqual(installs(again).sort(), expected, `${name} is of ${release ?? 'nobody'}`);
        const another = world.computation();
        assert.deepEqual(seen(again), seen(await settled(another)));
        another.dispose();
      }
    } finally {
      computation.dispose();
      world.remove();
    }
  });

  it('nothing is current beside the news that the connection is lost, also before the store has told of it', async () => {
    const world = new World();
    try {
      world.write('plain/c.yaml', ['one'], '0');
      world.put('one', { a: '0' }, [fields('kustomize-controller', ['a'])]);
      const computation = world.computation();
      const verdicts = ({ environments, troubles }: Computed): unknown => [troubles.map(({ kind }) => kind), environments.flatMap(({ applications }) => applications).flatMap(({ objects }) => objects.map(({ verdict }) => verdict.verdict))];
      assert.deepEqual(verdicts(await world.run(computation)), [[], ['in-sync']]);
      world.lost = { since: 1, reason: 'gone' };
      world.live.set('/ConfigMap/shop/one', { kind: 'unknown', status: { kind: 'stale', since: 1, reason: 'gone' } });
      assert.deepEqual(verdicts(await computation.run([world.source], NEVER)), [['lost'], ['unknown']]);
    } finally {
      world.remove();
    }
  });

  it('the first run ends once all has been read, and what came meanwhile was judged as it came', async () => {
    const world = new World();
    let [answer, looks] = [(_: number): void => undefined, 0];
    world.settled = () => (world.reading ? new Promise(resolve => (answer = resolve)) : Promise.resolve(1));
    world.reading = true;
    world.becomes('one', { kind: 'unknown', status: { kind: 'loading' } });
    try {
      world.write('plain/c.yaml', ['one'], '0');
      const computation = world.computation();
      await world.source.update(world.unsaved, true, NEVER);
      const running = computation.run([world.source], NEVER);
      // Its schema has come by then.
      await wait(50);
      const object = asLive(configMap('one', { a: '0' }, { uid: 'u', resourceVersion: '1', managedFields: [fields('kubectl', ['a'])] }));
      const state = {
        kind: 'present' as const,
        seen: [],
        get object() {
          looks++;
          return object;
        },
      };
      world.comings.fire({ id: '/ConfigMap/shop/one', state });
      assert.notEqual(looks, 0);
      looks = 0;
      world.reading = false;
      world.becomes('one', state);
      answer(1);
      const { files, reading, settled } = await running;
      assert.deepEqual([[...files.values()].map(({ verdict }) => verdict), reading, looks], [['in-sync'], undefined, 0]);
      assert.equal(settled, await computation.settled());
    } finally {
      world.remove();
    }
  });

  it('where something is slow, the first run has the applications that were read meanwhile', async () => {
    const world = new World();
    let wanted: string[] = [];
    world.cluster.store.want = wants => void (wanted = wants.map(({ kind }) => kind));
    world.settled = () => new Promise(() => undefined);
    world.reading = true;
    world.known = false;
    try {
      world.write('apps/a.yaml', ['one'], '0');
      const computation = world.computation(false);
      await world.source.update(world.unsaved, true, NEVER);
      const running = computation.run([world.source], NEVER);
      await eventually(() => wanted.length > 0);
      world.known = true;
      const { environments, reading } = await running;
      assert.deepEqual(environments.flatMap(({ applications }) => applications.map(({ application, doubt }) => [application?.ref.name, doubt])), [['shop', undefined]]);
      assert.notEqual(reading, undefined);
    } finally {
      world.remove();
    }
  });

  it('what comes while its kind is read is judged then: the run that finds it read does not look at it again', async () => {
    const world = new World();
    try {
      world.write('plain/c.yaml', ['one'], '0');
      const computation = await whileRead(world);
      const looks: string[] = [];
      const object = asLive(configMap('one', { a: '0' }, { uid: 'u', resourceVersion: '1', managedFields: [fields('kubectl', ['a'])] }));
      const state = {
        kind: 'present' as const,
        seen: [],
        get object() {
          looks.push('one');
          return object;
        },
      };
      world.comings.fire({ id: '/ConfigMap/shop/one', state });
      assert.notDeepEqual(looks.splice(0), []);
      world.reading = false;
      world.becomes('one', state);
      const { files } = await computation.run([world.source], NEVER);
      assert.deepEqual([...files.values()].map(({ verdict }) => verdict), ['in-sync']);
      assert.deepEqual(looks, []);
    } finally {
      world.remove();
    }
  });

  it('what was judged as it came is judged again when anything else is no longer what it was', async () => {
    const changes: readonly (readonly [string, (world: World) => void])[] = [
      ['in-sync', () => undefined],
      ['undecided', world => world.write('plain/c.yaml', ['one'], '1')],
      ['pending', world => void world.unsaved.set(join(world.root, 'plain/c.yaml'), 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: one}\ndata: {a: "1"}\n')],
    ];
    for (const [expected, act] of changes) {
      const world = new World();
      try {
        world.write('plain/c.yaml', ['one'], '0');
        const computation = await whileRead(world);
        const state = world.comes('one', { a: '0' }, [fields('kubectl', ['a'])]);
        act(world);
        world.reading = false;
        world.becomes('one', state);
        const { files } = await world.run(computation);
        assert.deepEqual([...files.values()].map(({ verdict }) => verdict), [expected]);
      } finally {
        world.remove();
      }
    }
  });

  it('what is the same is the same object; of a change only what it touches is new', async () => {
    const world = new World();
    try {
      for (const file of FILES) world.write(file, [`${file.slice(-6, -5)}1`, `${file.slice(-6, -5)}2`], '0');
      for (const name of ['a1', 'a2', 'b1', 'b2', 'c1', 'c2']) world.put(name, { a: '0' }, [fields('kustomize-controller', ['a'])]);
      const computation = world.computation();
      const objects = ({ environments }: Computed): Map<string, unknown> => new Map(environments.flatMap(({ applications }) => applications).flatMap(application => application.objects.map(object => [object.ref.name, object])));
      const first = await world.run(computation);
      const second = await world.run(computation);
      assert.deepEqual([...second.files.values()].filter((file, i) => file !== [...first.files.values()][i]), []);
      world.put('a2', { a: 'changed by hand' }, [{ ...fields('kubectl', ['a']), operation: 'Update' }]);
      const third = await world.run(computation);
      const [before, after] = [objects(first), objects(third)];
      assert.deepEqual([...after].filter(([name, object]) => before.get(name) !== object).map(([name]) => name), ['a2']);
      assert.deepEqual([...third.files].filter(([file, state]) => first.files.get(file) !== state).map(([file]) => file), [join(world.root, 'apps/a.yaml')]);
    } finally {
      world.remove();
    }
  });
});
