import { posix } from 'node:path';
import { sameJson } from '../base/json';
import { stringifyJson } from '../base/json-text';
import type { Manifest } from '../manifests/document';
import { KUSTOMIZATION_FILES, kustomizationIn } from './kustomization';
import { componentsOf, type KustomizeRenderer, type Rendered } from './kustomize';
import { reach } from './reach';
import { Attribution, type RootObjects } from './root-objects';
import type { FluxBuild } from './root-request';
import type { Tree } from './tree';

export interface FluxRoot {
  /** The Kustomization's path in the tree. */
  readonly folder: string;
  /** What the controller lists where the folder has no kustomization of its own: files, and folders that have one. */
  readonly resources: readonly string[];
  readonly build: Omit<FluxBuild, 'unknown'>;
  /** Not every variable is known: see `uncertain`. */
  readonly variablesUnknown: boolean;
  /** Absolute path of the tree. */
  readonly top: string;
}

/** Stand in for an unknown variable, one after another: what comes out alike with all of them does not depend on it. */
const GUESSES = ['plumblinea', 'plumbline-unknown-variable', ''] as const;

/** What kustomize-controller builds of a folder (fluxcd/pkg/kustomize). */
export class FluxRenderer {
  readonly #kustomize: KustomizeRenderer;
  readonly #attribution: Attribution;

  constructor(kustomize: KustomizeRenderer) {
    this.#kustomize = kustomize;
    this.#attribution = new Attribution(kustomize);
  }

  /** What it reads, without building it. Rejects with the signal's reason. */
  async reads(tree: Tree, root: FluxRoot, signal: AbortSignal): Promise<{ readonly files: Iterable<string>; readonly seen: Iterable<string> }> {
    const { files, seen } = await reach(await withKustomization(tree, root, signal), root.folder, componentsOf(root.build), signal);
    return { files: files.keys(), seen };
  }

  /** Rejects as `KustomizeRenderer.render` does. */
  async render(tree: Tree, root: FluxRoot, signal: AbortSignal): Promise<RootObjects> {
    const { folder, build, variablesUnknown, top } = root;
    const whole = await withKustomization(tree, root, signal);
    const render = (unknown: string | undefined): Promise<Rendered> => this.#kustomize.render(whole, folder, { flux: unknown === undefined ? build : { ...build, unknown } }, signal);
    const first = await render(variablesUnknown ? GUESSES[0] : undefined);
    if (first.kind === 'failed') return first;
    const attributed = await this.#attribution.of(first, top);
    const manifests = attributed.map(({ manifest }) => manifest);
    const uncertain = new Set<Manifest>();
    for (const guess of variablesUnknown ? GUESSES.slice(1) : []) {
      const other = await render(guess);
      const others = other.kind === 'failed' ? [] : await this.#attribution.of(other, top);
      for (const [i, manifest] of manifests.entries()) if (!sameJson(manifest.object, others[i]?.manifest.object)) uncertain.add(manifest);
    }
    return { kind: 'rendered', yaml: first.yaml, manifests, uncertain, files: new Set(first.reach.files.keys()), seen: first.seen, warnings: first.warnings, trace: traceSignal => this.#attribution.trace(first, attributed, top, traceSignal) };
  }
}

const withKustomization = async (tree: Tree, root: FluxRoot, signal: AbortSignal): Promise<Tree> => ((await kustomizationIn(tree, root.folder, signal)) === undefined ? new WithKustomization(tree, root) : tree);

/** A tree with the kustomization that the controller writes into a folder that has none. */
class WithKustomization implements Tree {
  readonly #tree: Tree;
  readonly #path: string;
  readonly #bytes: Uint8Array;

  constructor(tree: Tree, { folder, resources }: FluxRoot) {
    this.#tree = tree;
    this.#path = posix.join(folder, KUSTOMIZATION_FILES[0]);
    this.#bytes = Buffer.from(stringifyJson({ resources: resources.map(path => `./${posix.relative(folder, path)}`) }));
  }

  entry(path: string, signal: AbortSignal): ReturnType<Tree['entry']> {
    return path === this.#path ? Promise.resolve({ kind: 'file', bytes: this.#bytes }) : this.#tree.entry(path, signal);
  }
}
