import assert from 'node:assert/strict';
import { systemClock } from '../../../src/core/base/clock';
import { Emitter, type Event } from '../../../src/core/base/event';
import type { Log } from '../../../src/core/base/log';
import type { Cluster } from '../../../src/core/cluster/api';
import { DriftEngine } from '../../../src/core/drift/engine';
import { openRepository } from '../../../src/core/git/clone';
import type { Renderer } from '../../../src/core/render/renderer';
import type { Scratch } from '../git/scratch';

export interface SavedEngineParts {
  readonly scratch: Scratch;
  /** Read from a saved list: nothing of it ever changes. */
  readonly cluster: Cluster;
  readonly visible: ReadonlySet<string>;
  readonly onFiles: Event<readonly string[]>;
  readonly log: Log;
  readonly loadRenderer: () => Promise<Renderer>;
}

/** The engine over a repository, as the editor runs it, for tests that hold back what is rendered. */
export function engineOverSaved({ scratch, cluster, visible, onFiles, log, loadRenderer }: SavedEngineParts): DriftEngine {
  const never = new Emitter<never>(error => assert.ifError(error));
  const { context } = cluster.pin;
  return new DriftEngine({
    workspace: { trusted: true, folders: [scratch.root], unsaved: () => new Map(), visible: () => visible, onShape: never.event, onFiles, onGit: never.event },
    memory: { get: () => undefined, set: () => Promise.resolve() },
    kubeconfigs: { files: () => ['list.json'], context },
    loadCluster: () => Promise.resolve({ connect: () => Promise.resolve(cluster), readContexts: () => Promise.resolve({ contexts: [{ name: context, server: undefined, user: undefined, namespace: undefined }], current: context }) }),
    loadJudge: () => import('../../../src/core/drift/computation'),
    loadRenderer,
    openRepository: folder => openRepository(folder, { env: scratch.env, untrusted: [scratch.root] }),
    env: scratch.env,
    userAgent: 'plumbline-test',
    isProduction: () => false,
    verifiesSecrets: () => false,
    clock: systemClock,
    log,
  });
}
