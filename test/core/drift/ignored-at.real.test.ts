import assert from 'node:assert/strict';
import { systemClock } from '../../../src/core/base/clock';
import { Emitter } from '../../../src/core/base/event';
import type { JsonObject } from '../../../src/core/base/json';
import type { LiveState } from '../../../src/core/cluster/api';
import { openSaved } from '../../../src/core/cluster/saved-cluster';
import { DriftEngine } from '../../../src/core/drift/engine';
import { openRepository } from '../../../src/core/git/clone';
import { loadBenchRenderer } from '../../bench/sandbox';
import { MemoryLog } from '../cluster/open';
import { Scratch } from '../git/scratch';
import { objectsIn } from './open-engine';

const URL = 'https://git.example/shop.git';
const ABSENT: LiveState = { kind: 'absent' };
const configMap = (name: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}, namespace: shop}\ndata: {a: "1"}\n`;

describe('what a source left out of the commit that is applied', () => {
  it('was not applied, whatever the rules of the working tree say: it is pending, not missing, plain or rendered', async () => {
    const scratch = new Scratch();
    scratch.git('remote', 'add', 'origin', URL);
    const files = Object.fromEntries(['plain', 'built'].flatMap(folder => ['kept', 'left'].map(name => [`${folder}/${name}.yaml`, configMap(`${folder}-${name}`)])));
    const applied = scratch.commit({ ...files, '.sourceignore': '/plain/left.yaml\n/built/left.yaml\n' });
    scratch.commit({ '.sourceignore': '# nothing\n' });
    const kustomization = (name: string, more: JsonObject): JsonObject => ({
      apiVersion: 'kustomize.toolkit.fluxcd.io/v1', kind: 'Kustomization', metadata: { name, namespace: 'flux-system', uid: `k-${name}`, resourceVersion: '1' },
      spec: { path: `./${name}`, prune: true, sourceRef: { kind: 'GitRepository', name: 'shop' }, ...more }, status: { lastAppliedRevision: `main@sha1:${applied}`, conditions: [{ type: 'Ready', status: 'True' }] },
    });
    const source: JsonObject = { apiVersion: 'source.toolkit.fluxcd.io/v1', kind: 'GitRepository', metadata: { name: 'shop', namespace: 'flux-system', uid: 's', resourceVersion: '1' }, spec: { url: URL } };
    const items = [source, kustomization('plain', {}), kustomization('built', { namePrefix: 'x-' }), { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'some', namespace: 'shop', uid: 'c', resourceVersion: '1' } }];
    const saved = openSaved(JSON.stringify({ apiVersion: 'v1', kind: 'List', items }), 'list.json', 'shop');
    const read = saved.store.read.bind(saved.store);
    saved.store.read = ref => (ref.kind === 'ConfigMap' ? ABSENT : read(ref));
    const never = new Emitter<never>(error => assert.ifError(error));
    const engine = new DriftEngine({
      workspace: { trusted: true, folders: [scratch.root], unsaved: () => new Map(), visible: () => new Set(), onShape: never.event, onFiles: never.event, onGit: never.event },
      memory: { get: () => undefined, set: () => Promise.resolve() },
      kubeconfigs: { files: () => ['list.json'], context: saved.pin.context },
      loadCluster: () => Promise.resolve({ connect: () => Promise.resolve(saved), readContexts: () => Promise.resolve({ contexts: [{ name: saved.pin.context, server: undefined, user: undefined, namespace: undefined }], current: saved.pin.context }) }),
      loadJudge: () => import('../../../src/core/drift/computation'),
      loadRenderer: () => loadBenchRenderer(),
      openRepository: folder => openRepository(folder, { env: scratch.env, untrusted: [scratch.root] }),
      env: scratch.env, userAgent: 'plumbline-test', isProduction: () => false, verifiesSecrets: () => false, clock: systemClock, log: new MemoryLog(),
    });
    try {
      const verdicts = objectsIn(await engine.once()).map(({ ref, verdict }) => `${ref.name} ${verdict.verdict}`).sort();
      assert.deepEqual(verdicts, ['plain-kept missing', 'plain-left pending', 'x-built-kept missing', 'x-built-left pending']);
    } finally {
      engine.dispose();
      scratch.dispose();
    }
  });
});
