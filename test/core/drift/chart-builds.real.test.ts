import assert from 'node:assert/strict';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Emitter } from '../../../src/core/base/event';
import type { JsonObject } from '../../../src/core/base/json';
import type { Cluster } from '../../../src/core/cluster/api';
import { openSaved } from '../../../src/core/cluster/saved-cluster';
import type { DriftEngine } from '../../../src/core/drift/engine';
import type { Snapshot } from '../../../src/core/drift/snapshot';
import { BEING_RENDERED } from '../../../src/core/drift/stand-in';
import { storedName } from '../../../src/core/gitops/helm-stored';
import { program } from '../../bench/programs';
import type { Renderer } from '../../../src/core/render/renderer';
import { loadBenchRenderer } from '../../bench/sandbox';
import { eventually, MemoryLog } from '../cluster/open';
import { Scratch } from '../git/scratch';
import { applicationNamed, objectsIn } from './open-engine';
import { engineOverSaved } from './saved-engine';

const URL = 'https://git.example/shop.git';
const TEMPLATE = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ .Release.Name }}, namespace: {{ .Release.Namespace }}}\ndata: {a: "{{ .Values.a }}"}\n';
const chart = (name: string): Record<string, string> => ({ [`charts/${name}/Chart.yaml`]: `apiVersion: v2\nname: ${name}\nversion: 1.0.0\n`, [`charts/${name}/values.yaml`]: 'a: "1"\n', [`charts/${name}/templates/cm.yaml`]: TEMPLATE });
const plain = (value: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: alone, namespace: plain}\ndata: {a: "${value}"}\n`;
const RELEASE = 'apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: web, namespace: web}\nspec:\n  interval: 1h\n  chart: {spec: {chart: ./charts/web, reconcileStrategy: Revision, sourceRef: {kind: GitRepository, name: shop, namespace: flux-system}}}\n';

function live(name: string, namespace: string, manager: string, labels: Readonly<Record<string, string>> = {}, annotations: Readonly<Record<string, string>> = {}): JsonObject {
  const marks = { ...(Object.keys(labels).length > 0 && { labels }), ...(Object.keys(annotations).length > 0 && { annotations }) };
  const keys = (map: object): JsonObject => Object.fromEntries(Object.keys(map).map(key => [`f:${key}`, {}]));
  const fields: JsonObject = { 'f:data': { 'f:a': {} }, 'f:metadata': { 'f:labels': keys(labels), 'f:annotations': keys(annotations) } };
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace, uid: `u-${namespace}-${name}`, resourceVersion: '1', ...marks, managedFields: [{ manager, operation: 'Apply', apiVersion: 'v1', time: '2026-11-24T10:00:00Z', fieldsType: 'FieldsV1', fieldsV1: fields }] }, data: { a: '1' } };
}

/** What a saved list does not say. */
const versioned = (saved: Cluster): Cluster =>
  new Proxy(saved, {
    get: (target, key) => {
      const value: unknown = key === 'version' ? 'v1.37.2' : Reflect.get(target, key, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });

function clusterAt(commit: string): Cluster {
  const manifest = '---\n# Source: web/templates/cm.yaml\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: web, namespace: web}\ndata: {a: "1"}\n';
  const stored = gzipSync(JSON.stringify({ name: 'web', namespace: 'web', version: 1, info: { status: 'deployed' }, chart: { metadata: { name: 'web', version: '1.0.0' }, templates: [{ name: 'templates/cm.yaml', data: Buffer.from(TEMPLATE).toString('base64') }] }, manifest, apply_method: 'ssa' })).toString('base64');
  const items: JsonObject[] = [
    { apiVersion: 'source.toolkit.fluxcd.io/v1', kind: 'GitRepository', metadata: { name: 'shop', namespace: 'flux-system', uid: 's', resourceVersion: '1' }, spec: { url: URL } },
    { apiVersion: 'helm.toolkit.fluxcd.io/v2', kind: 'HelmRelease', metadata: { name: 'web', namespace: 'web', uid: 'h', resourceVersion: '1' }, spec: { chart: { spec: { chart: './charts/web', reconcileStrategy: 'Revision', sourceRef: { kind: 'GitRepository', name: 'shop', namespace: 'flux-system' } } } }, status: { storageNamespace: 'web', history: [{ name: 'web', namespace: 'web', version: 1, status: 'deployed', chartVersion: '1.0.0' }] } },
    { apiVersion: 'v1', kind: 'Secret', metadata: { name: storedName('web', 1), namespace: 'web', uid: 'r', resourceVersion: '1' }, data: { release: Buffer.from(stored).toString('base64') } },
    { apiVersion: 'argoproj.io/v1alpha1', kind: 'Application', metadata: { name: 'api', namespace: 'argocd', uid: 'a', resourceVersion: '1' }, spec: { source: { repoURL: URL, path: 'charts/api', targetRevision: 'main' }, destination: { server: 'https://kubernetes.default.svc', namespace: 'api' } }, status: { sync: { status: 'Synced', revision: commit }, resources: [{ version: 'v1', kind: 'ConfigMap', namespace: 'api', name: 'api' }] } },
    live('alone', 'plain', 'kubectl'),
    live('web', 'web', 'helm-controller', { 'app.kubernetes.io/managed-by': 'Helm', 'helm.toolkit.fluxcd.io/name': 'web', 'helm.toolkit.fluxcd.io/namespace': 'web' }, { 'meta.helm.sh/release-name': 'web', 'meta.helm.sh/release-namespace': 'web' }),
    live('api', 'api', 'argocd-controller', {}, { 'argocd.argoproj.io/tracking-id': 'api:/ConfigMap:api/api' }),
  ];
  return versioned(openSaved(JSON.stringify({ apiVersion: 'v1', kind: 'List', items }), 'list.json', 'plain'));
}

/** A HelmRelease and an Application, each of a chart in the repository; a Helm that waits for as long as it is held. */
class World {
  readonly scratch = new Scratch();
  readonly log = new MemoryLog();
  readonly snapshots: Snapshot[] = [];
  readonly visible = new Set<string>();
  readonly engine: DriftEngine;
  readonly #files = new Emitter<readonly string[]>(error => assert.ifError(error));
  /** Releases whose charts were given to Helm as they are on disk, in that order, as often as they were. */
  readonly asked: string[] = [];
  #held: boolean;
  #waiting: (() => void)[] = [];

  constructor(helm: string, held: boolean) {
    this.#held = held;
    this.scratch.git('remote', 'add', 'origin', URL);
    const saved = clusterAt(this.scratch.commit({ 'plain/a.yaml': plain('1'), 'releases/web.yaml': RELEASE, ...chart('web'), ...chart('api') }));
    this.engine = engineOverSaved({ scratch: this.scratch, cluster: saved, visible: this.visible, onFiles: this.#files.event, log: this.log, loadRenderer: () => this.#renderer(helm) });
    this.engine.onSnapshot(snapshot => this.snapshots.push(snapshot));
  }

  /** The real one, with a real Helm, which is asked only once it is no longer held. */
  async #renderer(helm: string): Promise<Renderer> {
    const renderer = await loadBenchRenderer(helm);
    let onDisk = false;
    return {
      ...renderer,
      diskTree: (root, textOf) => ((onDisk = true), renderer.diskTree(root, textOf)),
      gitTree: (repository, revision) => ((onDisk = false), renderer.gitTree(repository, revision)),
      chart: async (tree, root, signal) => {
        if (onDisk) this.asked.push(root.request.release);
        if (this.#held) await new Promise<void>(resolve => this.#waiting.push(resolve));
        return renderer.chart(tree, root, signal);
      },
    };
  }

  hold(): void {
    this.#held = true;
  }

  release(): void {
    this.#held = false;
    for (const go of this.#waiting.splice(0)) go();
  }

  write(path: string, text: string): void {
    this.scratch.write(path, text);
    this.#files.fire([join(this.scratch.root, path)]);
  }

  verdicts(namespace: string, name: string): readonly string[] {
    return (applicationNamed(this.engine.current, namespace, name)?.objects ?? []).map(({ ref, verdict: { verdict, reason } }) => `${ref.name} ${verdict === 'unknown' ? reason : verdict}`);
  }

  get alone(): string | undefined {
    return objectsIn(this.engine.current).find(({ ref }) => ref.name === 'alone')?.verdict.verdict;
  }

  isJudged(): boolean {
    return String(this.verdicts('web', 'web')) === 'web in-sync' && String(this.verdicts('argocd', 'api')) === 'api in-sync';
  }

  async until(what: string, holds: () => boolean): Promise<void> {
    await eventually(what, holds, 60_000).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${JSON.stringify([this.engine.current.connection, objectsIn(this.engine.current).map(({ ref, verdict }) => [ref.name, verdict.verdict, verdict.reason]), this.asked])}\n${this.log.lines.join('\n')}`);
    });
  }

  dispose(): void {
    this.release();
    this.engine.dispose();
    this.scratch.dispose();
  }
}

describe('charts that take their time', () => {
  let helm: string;
  let world: World;
  before(async function () {
    this.timeout(600_000);
    helm = await program('helm');
  });
  afterEach(() => world.dispose());

  it('a Helm that hangs keeps nothing waiting: what it renders is said to be rendered', async () => {
    world = new World(helm, true);
    world.engine.start();
    await world.until('the plain manifest is judged', () => world.alone === 'in-sync');
    await world.until('Helm was asked', () => world.asked.includes('web') && world.asked.includes('api'));
    await world.until('what it holds is there', () => [world.verdicts('web', 'web'), world.verdicts('argocd', 'api')].every(([verdict]) => verdict?.endsWith(BEING_RENDERED)));
    world.write('plain/a.yaml', plain('2'));
    await world.until('what is edited meanwhile is judged', () => world.alone === 'pending');
    assert.deepEqual([world.verdicts('web', 'web'), world.verdicts('argocd', 'api')], [[`web ${BEING_RENDERED}`], [`api ${BEING_RENDERED}`]]);
    world.release();
    await world.until('all is judged', () => world.isJudged());
    const seen = new Set(world.snapshots.flatMap(snapshot => objectsIn(snapshot).flatMap(({ ref, verdict }) => (ref.kind !== 'ConfigMap' || ref.name === 'alone' ? [] : [`${ref.name} ${verdict.verdict}`]))));
    assert.deepEqual([...seen].filter(one => !/ (?:in-sync|unknown)$/.test(one)), [], 'never missing, and no orphan');
  });

  it('whoever asks for the whole answer gets it', async () => {
    world = new World(helm, false);
    await world.engine.once();
    assert.ok(world.isJudged());
    assert.deepEqual(world.snapshots.flatMap(objectsIn).filter(({ verdict }) => verdict.reason === BEING_RENDERED).map(({ ref }) => ref.name), []);
  });

  it('nothing is rendered again for what it does not read, and anew for what it does', async () => {
    world = new World(helm, false);
    world.engine.start();
    await world.until('all is judged', () => world.isJudged() && world.engine.current.connection.kind === 'connected' && world.engine.current.connection.reading === undefined);
    const before = world.asked.length;
    world.hold();
    world.write('plain/a.yaml', plain('2'));
    await world.until('the plain manifest is judged', () => world.alone === 'pending');
    assert.ok(world.isJudged());
    world.write('charts/web/templates/cm.yaml', TEMPLATE.replace('data: {', 'data: {b: "2", '));
    await world.until('the chart is rendered', () => world.asked.length > before);
    // What was known is not taken away at once, and then it is.
    await world.until('it is said to be rendered', () => String(world.verdicts('web', 'web')) === `web ${BEING_RENDERED}`);
    world.release();
    await world.until('the template is judged', () => String(world.verdicts('web', 'web')) === 'web pending');
    assert.deepEqual([...new Set(world.asked.slice(before))], ['web']);
    assert.deepEqual(world.verdicts('argocd', 'api'), ['api in-sync']);
  });
});
