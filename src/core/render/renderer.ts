import { join } from 'node:path';
import type { Clock } from '../base/clock';
import type { Disposable } from '../base/lifetime';
import type { Repository } from '../git/repository';
import { filesOnDisk } from './chart-files';
import { ChartRoots, type ChartRendering, type ChartRoot } from './chart-root';
import { DiskTree } from './disk-tree';
import { FluxRenderer, type FluxRoot } from './flux-root';
import { GitTrees } from './git-tree';
import { HelmTool, type HelmSearch } from './helm-tool';
import { KustomizeRenderer } from './kustomize';
import { RootRenderer, type KustomizeRoot } from './kustomize-root';
import type { RootObjects } from './root-objects';
import { Sandbox } from './sandbox';
import type { SandboxFiles } from './sandbox-messages';
import type { Tree } from './tree';

/** What a root reads, as far as its kustomizations name it; paths of its tree. */
export interface Reads {
  readonly files: Iterable<string>;
  /** Those that were looked at, too, and may not be there. */
  readonly seen: Iterable<string>;
}

/** What renders: loaded on first need, ended by its owner. */
export interface Renderer extends Disposable {
  /** See `FluxRenderer`. */
  flux(tree: Tree, root: FluxRoot, signal: AbortSignal): Promise<RootObjects>;
  /** See `RootRenderer`. */
  kustomize(tree: Tree, root: KustomizeRoot, signal: AbortSignal): Promise<RootObjects>;
  /** What `flux` and `kustomize` read; nothing is built. */
  fluxReads(tree: Tree, root: FluxRoot, signal: AbortSignal): Promise<Reads>;
  kustomizeReads(tree: Tree, root: KustomizeRoot, signal: AbortSignal): Promise<Reads>;
  /** See `ChartRoots`. */
  chart(tree: Tree, root: ChartRoot, signal: AbortSignal): Promise<ChartRendering>;
  /** A working tree; `textOf` gives the texts that are known already, unsaved ones first, by absolute path. */
  diskTree(root: string, textOf: (path: string) => string | undefined): Tree;
  /** Everything below a folder of a working tree, from its top. */
  filesOnDisk(top: string, folder: string): Promise<readonly string[]>;
  gitTree(repository: Repository, revision: string): Tree;
}

/** The build puts what the sandbox is made of beside the bundle that this is part of. */
const BUILT: SandboxFiles = { worker: join(__dirname, 'kustomize-worker.cjs'), program: join(__dirname, 'kustomize.wasm.br'), runtime: join(__dirname, 'kustomize.js') };

export function openRenderer(clock: Clock, helm: HelmSearch, files: SandboxFiles = BUILT): Renderer {
  const sandbox = new Sandbox(files, clock);
  const kustomize = new KustomizeRenderer(sandbox);
  const [flux, plain] = [new FluxRenderer(kustomize), new RootRenderer(kustomize)];
  const trees = new GitTrees();
  const charts = new ChartRoots(new HelmTool(helm, clock));
  return {
    flux: (tree, root, signal) => flux.render(tree, root, signal),
    kustomize: (tree, root, signal) => plain.render(tree, root, signal),
    fluxReads: (tree, root, signal) => flux.reads(tree, root, signal),
    kustomizeReads: (tree, root, signal) => plain.reads(tree, root, signal),
    chart: (tree, root, signal) => charts.render(tree, root, signal),
    diskTree: (root, textOf) => new DiskTree(root, textOf),
    filesOnDisk,
    gitTree: (repository, revision) => trees.of(repository, revision),
    dispose: () => sandbox.dispose(),
  };
}
