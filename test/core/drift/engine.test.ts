import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { systemClock } from '../../../src/core/base/clock';
import { Emitter } from '../../../src/core/base/event';
import { ClusterError } from '../../../src/core/cluster/errors';
import { DriftEngine } from '../../../src/core/drift/engine';
import type { Snapshot } from '../../../src/core/drift/snapshot';

const OBJECT = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: good}\n';

interface Setup {
  readonly trusted: boolean;
  readonly file?: string;
  readonly folders?: 'none';
  readonly contexts?: readonly string[];
}

/** Runs an engine over a folder whose cluster is never reached, until it shows what is wanted; says how often the cluster code was asked. */
async function run({ trusted, file, folders, contexts = ['bench'] }: Setup, wanted: (snapshot: Snapshot) => boolean): Promise<{ readonly snapshot: Snapshot; readonly connects: number; readonly git: number }> {
  const root = mkdtempSync(join(tmpdir(), 'plumbline-engine-'));
  if (file !== undefined) writeFileSync(join(root, 'a.yaml'), file);
  const events = new Emitter<never>(error => assert.ifError(error));
  let connects = 0;
  let git = 0;
  const engine = new DriftEngine({
    workspace: { trusted, folders: folders === 'none' ? [] : [root], unsaved: () => new Map(), visible: () => new Set(), onShape: events.event, onFiles: events.event, onGit: events.event },
    memory: { get: () => undefined, set: () => Promise.resolve() },
    kubeconfigs: { files: () => ['/nowhere/config'], context: undefined },
    loadCluster: () =>
      Promise.resolve({
        connect: () => {
          connects++;
          return Promise.reject(new ClusterError('offline', 'connection refused'));
        },
        readContexts: () => Promise.resolve({ contexts: contexts.map(name => ({ name, server: undefined, user: undefined, namespace: undefined })), current: contexts[0] }),
      }),
    loadJudge: () => import('../../../src/core/drift/computation'),
    loadRenderer: () => Promise.reject(new Error('nothing is rendered here')),
    openRepository: () => {
      git++;
      return Promise.resolve(undefined);
    },
    env: {},
    userAgent: 'test',
    isProduction: () => false,
    verifiesSecrets: () => false,
    clock: systemClock,
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
  });
  try {
    engine.start();
    for (let i = 0; i < 200 && !(engine.current.generation > 0 && wanted(engine.current)); i++) await wait(10);
    assert.ok(wanted(engine.current), JSON.stringify(engine.current.connection));
    await wait(50);
    return { snapshot: engine.current, connects, git };
  } finally {
    engine.dispose();
    rmSync(root, { recursive: true, force: true });
  }
}

const shows = (kind: Snapshot['connection']['kind']) => (snapshot: Snapshot): boolean => snapshot.connection.kind === kind;

describe('the engine before there is a cluster', () => {
  it('an untrusted folder is listed, every object unknown, and neither Git nor the cluster is asked', async () => {
    const { snapshot, connects, git } = await run({ trusted: false, file: OBJECT }, shows('untrusted'));
    assert.deepEqual(snapshot.environments.flatMap(({ applications }) => applications.flatMap(({ objects }) => objects.map(({ ref, verdict }) => [ref.name, verdict.verdict]))), [['good', 'unknown']]);
    assert.deepEqual([connects, git], [0, 0]);
  });

  it('a trusted folder without manifests opens no connection', async () => {
    const { connects } = await run({ trusted: true }, shows('noManifests'));
    assert.equal(connects, 0);
  });

  it('a window without a folder opens none either', async () => {
    const { connects } = await run({ trusted: true, folders: 'none' }, shows('noFolder'));
    assert.equal(connects, 0);
  });

  it('no kubeconfig is said, with where was looked', async () => {
    const { snapshot } = await run({ trusted: true, file: OBJECT, contexts: [] }, shows('noKubeconfig'));
    assert.deepEqual(snapshot.connection, { kind: 'noKubeconfig', looked: ['/nowhere/config'] });
  });

  it('a cluster that cannot be reached is named with the reason, and nothing is green', async () => {
    const { snapshot, connects } = await run({ trusted: true, file: OBJECT }, shows('failed'));
    assert.equal(connects, 1);
    assert.ok(snapshot.connection.kind === 'failed' && snapshot.connection.failure === 'offline' && snapshot.connection.message === 'connection refused');
    assert.ok([...snapshot.files.values()].flatMap(({ objects }) => objects).every(({ verdict }) => verdict.verdict === 'unknown'));
  });
});
