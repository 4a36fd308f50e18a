import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock, type Clock } from '../../../src/core/base/clock';
import { Emitter } from '../../../src/core/base/event';
import { readContexts } from '../../../src/core/cluster/connect';
import { DriftEngine } from '../../../src/core/drift/engine';
import type { ApplicationState, ObjectState, Snapshot } from '../../../src/core/drift/snapshot';
import { openRepository } from '../../../src/core/git/clone';
import type { BenchCluster, User } from '../../bench/cluster';
import { loadBenchRenderer } from '../../bench/sandbox';
import { connectHere } from '../../bench/wire';
import type { Renderer } from '../../../src/core/render/renderer';
import type { Scratch } from '../git/scratch';
import { eventually, MemoryLog } from '../cluster/open';

export interface EngineOptions {
  readonly cluster: BenchCluster;
  readonly repository: Scratch;
  /** The folder of the repository that is open, or several, from its root; the root where left out. */
  readonly folder?: string | readonly string[];
  readonly user?: User;
  /** In place of the bench server's own address: a proxy's. */
  readonly server?: string;
  readonly clock?: Clock;
  /** Path of the program that renders charts. */
  readonly helm?: string;
  /** What earlier windows decided; nothing where left out. */
  readonly memory?: Map<string, unknown>;
}

/** An engine over a folder on disk, a real repository and a real cluster; what the editor adds is left out. */
export interface OpenEngine {
  readonly engine: DriftEngine;
  readonly log: MemoryLog;
  /** The folders that were given to kustomize as they are on disk so far, from the repository's root. */
  readonly rendered: readonly string[];
  /** The kubeconfig it reads. */
  readonly kubeconfig: string;
  /** Replaces its kubeconfig by another user's or server's. */
  readonly point: (user: User, server?: string) => Promise<void>;
  /** Waits for a snapshot that holds; the error shows the last one. */
  readonly until: (what: string, holds: (snapshot: Snapshot) => boolean, limit?: number) => Promise<Snapshot>;
  readonly changed: (paths: readonly string[]) => void;
  /** Types into a document without saving it; `undefined` closes it. */
  readonly type: (path: string, text: string | undefined) => void;
  readonly close: () => Promise<void>;
}

export async function openEngine({ cluster, repository, user = 'admin', server, clock = systemClock, memory = new Map(), helm, folder: opened = '' }: EngineOptions): Promise<OpenEngine> {
  const folder = await mkdtemp(join(tmpdir(), 'plumbline-engine-'));
  const kubeconfig = join(folder, 'config');
  const log = new MemoryLog();
  const failed = (error: unknown): void => log.error('a listener failed', error);
  const [shape, files, git] = [new Emitter<void>(failed), new Emitter<readonly string[]>(failed), new Emitter<string>(failed)];
  const point = async (as: User, at = cluster.server): Promise<void> => writeFile(kubeconfig, (await readFile(cluster.kubeconfig(as), 'utf8')).replace(cluster.server, at));
  await point(user, server);
  const unsaved = new Map<string, string>();
  const rendered: string[] = [];
  const loadRenderer = async (): Promise<Renderer> => {
    const renderer = await loadBenchRenderer(helm);
    // The tree is asked for right before the build.
    let onDisk = false;
    return {
      ...renderer,
      diskTree: (root, textOf) => {
        onDisk = true;
        return renderer.diskTree(root, textOf);
      },
      kustomize: (tree, root, signal) => {
        if (onDisk) rendered.push(root.folder);
        onDisk = false;
        return renderer.kustomize(tree, root, signal);
      },
    };
  };
  const engine = new DriftEngine({
    workspace: { trusted: true, folders: [opened].flat().map(one => join(repository.root, one)), unsaved: () => unsaved, visible: () => new Set(), onShape: shape.event, onFiles: files.event, onGit: git.event },
    memory: { get: key => memory.get(key), set: (key, value) => Promise.resolve(void memory.set(key, value)) },
    kubeconfigs: { files: () => [kubeconfig], context: undefined },
    loadCluster: () => Promise.resolve({ connect: connectHere, readContexts }),
    loadJudge: () => import('../../../src/core/drift/computation'),
    loadRenderer,
    openRepository: root => openRepository(root, { env: repository.env, untrusted: [repository.root] }),
    env: repository.env,
    userAgent: 'plumbline-test',
    isProduction: () => false,
    verifiesSecrets: () => false,
    clock,
    log,
  });
  engine.start();
  return {
    engine,
    log,
    rendered,
    kubeconfig,
    point,
    until: async (what, holds, limit = 60_000) => {
      await eventually(what, () => holds(engine.current), limit).catch((error: unknown) => {
        throw new Error(`${String(error)}\n${printed(engine.current)}\n${log.lines.join('\n')}`);
      });
      return engine.current;
    },
    changed: paths => files.fire(paths),
    type: (path, text) => {
      if (text === undefined) unsaved.delete(path);
      else unsaved.set(path, text);
      files.fire([path]);
    },
    close: async () => {
      engine.dispose();
      await rm(folder, { recursive: true });
    },
  };
}

export const applicationsIn = (snapshot: Snapshot): readonly ApplicationState[] => snapshot.environments.flatMap(({ applications }) => applications);

/** The application of this name, of the controllers' in this namespace. */
export const applicationNamed = (snapshot: Snapshot, namespace: string, name: string): ApplicationState | undefined =>
  applicationsIn(snapshot).find(({ application }) => application?.ref.name === name && application.ref.namespace === namespace);

export const objectsIn = (snapshot: Snapshot): readonly ObjectState[] => applicationsIn(snapshot).flatMap(({ objects }) => objects);

/** `ConfigMap/a missing`, sorted. */
export const verdictsIn = (snapshot: Snapshot): readonly string[] => objectsIn(snapshot).map(({ ref, verdict }) => `${ref.kind}/${ref.name} ${verdict.verdict}`).sort();

function printed({ connection, ...snapshot }: Snapshot): string {
  const objects = applicationsIn({ connection, ...snapshot }).map(({ id, evidence, objects: list }) => [id, evidence, list.map(({ ref, verdict }) => `${ref.kind}/${ref.name}: ${verdict.verdict}: ${verdict.reason}`)]);
  return JSON.stringify({ connection, objects }, undefined, 2);
}
