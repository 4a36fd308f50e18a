import { posix } from 'node:path';
import { sameJson } from '../base/json';
import { stringifyJson } from '../base/json-text';
import type { Manifest } from '../manifests/document';
import { KUSTOMIZATION_FILES } from './kustomization';
import type { KustomizeRenderer, Rendered } from './kustomize';
import { attribute, type Attributed } from './provenance';
import { textOf, type RenderProblem } from './reach';
import type { FluxBuild } from './sandbox';
import { RenderedTrace, type ObjectTrace } from './trace';
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

export type FluxObjects =
  | {
      readonly kind: 'rendered';
      /** `object` is what was rendered, `file` and `root` where it comes from. */
      readonly manifests: readonly Manifest[];
      /** Of these it depends on unknown variables what they are. */
      readonly uncertain: ReadonlySet<Manifest>;
      /** Files that were read, from the top of the tree. */
      readonly files: ReadonlySet<string>;
      /** Where the values of each of `manifests` are set; found out at the first call. */
      readonly trace: (signal: AbortSignal) => Promise<ReadonlyMap<Manifest, ObjectTrace>>;
    }
  | { readonly kind: 'failed'; readonly problems: readonly RenderProblem[] };

/** Stand in for an unknown variable, one after another: what comes out alike with all of them does not depend on it. */
const GUESSES = ['plumblinea', 'plumbline-unknown-variable', ''] as const;

/** What kustomize-controller builds of a folder (fluxcd/pkg/kustomize). */
export class FluxRenderer {
  readonly #kustomize: KustomizeRenderer;
  /** By build: the same objects again while nothing has changed, so that nobody judges them anew. */
  readonly #attributed = new WeakMap<object, readonly Attributed[]>();

  constructor(kustomize: KustomizeRenderer) {
    this.#kustomize = kustomize;
  }

  /** Rejects as `KustomizeRenderer.render` does. */
  async render(tree: Tree, root: FluxRoot, signal: AbortSignal): Promise<FluxObjects> {
    const { folder, build, variablesUnknown } = root;
    const whole = (await hasKustomization(tree, folder, signal)) ? tree : new WithKustomization(tree, root);
    const render = (unknown: string | undefined): Promise<Rendered> => this.#kustomize.render(whole, folder, { flux: unknown === undefined ? build : { ...build, unknown }, origins: true }, signal);
    const first = await render(variablesUnknown ? GUESSES[0] : undefined);
    if (first.kind === 'failed') return first;
    const attributed = this.#attribute(first, root);
    const manifests = attributed.map(({ manifest }) => manifest);
    const uncertain = new Set<Manifest>();
    for (const guess of variablesUnknown ? GUESSES.slice(1) : []) {
      const other = await render(guess);
      const others = other.kind === 'failed' ? [] : this.#attribute(other, root);
      for (const [i, manifest] of manifests.entries()) if (!sameJson(manifest.object, others[i]?.manifest.object)) uncertain.add(manifest);
    }
    return { kind: 'rendered', manifests, uncertain, files: new Set(first.reach.files.keys()), trace: traceSignal => this.#trace(first, attributed, root.top, traceSignal) };
  }

  async #trace(rendered: Extract<Rendered, { readonly kind: 'rendered' }>, attributed: readonly Attributed[], top: string, signal: AbortSignal): Promise<ReadonlyMap<Manifest, ObjectTrace>> {
    const effects = await this.#kustomize.effects(rendered, signal);
    const texts = new Map<string, string>();
    const fileText = (file: string): string => {
      const text = texts.get(file) ?? textOf(rendered.request.files.get(file) ?? new Uint8Array());
      texts.set(file, text);
      return text;
    };
    return new Map(attributed.map(from => [from.manifest, new RenderedTrace({ ...from, effects, textOf: fileText, top })]));
  }

  #attribute(rendered: Extract<Rendered, { readonly kind: 'rendered' }>, { folder, top }: FluxRoot): readonly Attributed[] {
    const kept = this.#attributed.get(rendered.build);
    if (kept) return kept;
    const attributed = attribute(rendered.yaml, rendered.origins, rendered.reach, folder, top);
    this.#attributed.set(rendered.build, attributed);
    return attributed;
  }
}

async function hasKustomization(tree: Tree, folder: string, signal: AbortSignal): Promise<boolean> {
  for (const name of KUSTOMIZATION_FILES) if ((await tree.entry(posix.join(folder, name), signal)).kind === 'file') return true;
  return false;
}

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
