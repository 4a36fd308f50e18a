import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../../src/core/base/clock';
import { Emitter } from '../../../src/core/base/event';
import { ClusterError } from '../../../src/core/cluster/errors';
import { Clusters } from '../../../src/core/drift/clusters';
import { DriftEngine } from '../../../src/core/drift/engine';
import { eventually } from '../cluster/open';

/** What a window keeps from one start to the next. */
class Window {
  readonly kept = new Map<string, unknown>();
  contexts: readonly string[] = ['a', 'b', 'c'];
  configured: readonly string[] = [];
  readonly root = mkdtempSync(join(tmpdir(), 'plumbline-clusters-'));

  constructor() {
    writeFileSync(join(this.root, 'a.yaml'), 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: good}\n');
  }

  /** Runs with clusters of which none can be reached. `asked`: the contexts that were tried, in order. */
  async run(use: (clusters: Clusters, asked: readonly string[]) => Promise<void>): Promise<void> {
    const asked: string[] = [];
    const events = new Emitter<never>(error => assert.ifError(error));
    const { root, kept } = this;
    const shared = {
      workspace: { trusted: true, folders: [root], unsaved: () => new Map<string, string>(), visible: () => new Set<string>(), onShape: events.event, onFiles: events.event, onGit: events.event },
      memory: { get: (key: string) => kept.get(key), set: (key: string, value: unknown) => Promise.resolve(void kept.set(key, value)) },
      loadCluster: () =>
        Promise.resolve({
          connect: ({ context }: { readonly context: string | undefined }) => {
            asked.push(context ?? '');
            return Promise.reject(new ClusterError('denied', `${context ?? ''} says no`));
          },
          readContexts: () => Promise.resolve({ contexts: this.contexts.map(name => ({ name, server: `https://${name}`, user: 'u', namespace: undefined })), current: this.contexts[0] }),
        }),
      isProduction: (name: string) => name === 'c',
      clock: systemClock,
    };
    const clusters = new Clusters({
      ...shared,
      kubeconfigs: { files: () => ['/nowhere/config'] },
      configured: () => this.configured,
      onFailure: error => assert.ifError(error),
      open: kubeconfigs =>
        new DriftEngine({
          ...shared,
          kubeconfigs,
          loadJudge: () => import('../../../src/core/drift/computation'),
          loadRenderer: () => Promise.reject(new Error('nothing is rendered here')),
          openRepository: () => Promise.resolve(undefined),
          env: {},
          userAgent: 'test',
          verifiesSecrets: () => false,
          log: { info: () => undefined, warn: () => undefined, error: () => undefined },
        }),
    });
    try {
      clusters.start();
      await use(clusters, asked);
    } finally {
      clusters.dispose();
    }
  }

  async opens(expected: readonly string[]): Promise<void> {
    await this.run(async (clusters, asked) => {
      await eventually(`${expected.join()} have failed`, () => clusters.current.connections.filter(({ kind }) => kind === 'failed').length === expected.length);
      assert.deepEqual([...asked].sort(), expected);
    });
  }
}

describe('which clusters a window shows', () => {
  let window: Window;
  beforeEach(() => {
    window = new Window();
  });
  afterEach(() => rmSync(window.root, { recursive: true }));

  it('the current context, where nobody has chosen', () => window.opens(['a']));

  it('what the setting names, whatever was chosen before', async () => {
    window.kept.set('contexts', ['a']);
    window.configured = ['c', 'b', 'c'];
    await window.opens(['b', 'c']);
  });

  it('what was chosen last in this folder', async () => {
    await window.run(async (clusters, asked) => {
      await eventually('the first is tried', () => asked.length === 1);
      await clusters.show(['b', 'c']);
      await eventually('both have failed', () => clusters.current.connections.filter(({ kind }) => kind === 'failed').length === 2);
      assert.deepEqual(asked, ['a', 'b', 'c']);
      assert.deepEqual((await clusters.contexts()).map(({ name, production, current, shown, reached }) => [name, production, current, shown, reached]), [['a', false, true, undefined, undefined], ['b', false, false, 0, undefined], ['c', true, false, 1, undefined]]);
      await clusters.show(['c']);
      assert.deepEqual([asked.length, clusters.current.connections.length], [3, 1], 'what stays is left alone');
    });
    await window.opens(['c']);
  });

  it('the current context again, when the only one that was chosen is gone; of several none gives way to another', async () => {
    window.kept.set('contexts', ['gone']);
    await window.opens(['a']);
    window.kept.set('contexts', ['gone', 'b']);
    await window.opens(['b', 'gone']);
  });
});
