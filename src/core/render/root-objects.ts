import { Turns } from '../base/turns';
import type { Manifest } from '../manifests/document';
import { Foresight } from './foresight';
import type { KustomizeRenderer, Rendered } from './kustomize';
import { attribute, printedObjects, toldSource, type Attributed } from './provenance';
import { textOf, type RenderProblem } from './reach';
import { Sources, type Source } from './sources';
import { RenderedTrace, type ObjectTrace } from './trace';

/** What kustomize builds of a folder. */
export type RootObjects =
  | {
      readonly kind: 'rendered';
      /** Byte-equal to what kustomize prints. */
      readonly yaml: string;
      /** `object` is what was rendered, `file` and `root` where it comes from. */
      readonly manifests: readonly Manifest[];
      /** Of these it depends on unknown variables what they are. */
      readonly uncertain: ReadonlySet<Manifest>;
      /** Files that were read, from the top of the tree. */
      readonly files: ReadonlySet<string>;
      /** Paths that decide the result, read or looked for, of one that ends in `/` everything below it; absent where more does. */
      readonly seen?: ReadonlySet<string>;
      /** The program that rendered them, where it is the user's own: then the files are templates, and no manifests. */
      readonly by?: string;
      /** What is to be said of the files all the same. */
      readonly warnings?: readonly RenderProblem[];
      /** As `GroupObjects.once`. */
      readonly once?: ReadonlyMap<Manifest, OnceRule>;
      /** As `GroupObjects.ahead`. */
      readonly ahead?: string;
      /** Where the values of each of `manifests` are set; found out at the first call. Absent where what is built is not what the files say. */
      readonly trace?: (signal: AbortSignal) => Promise<ReadonlyMap<Manifest, ObjectTrace>>;
    }
  | { readonly kind: 'failed'; readonly problems: readonly RenderProblem[]; readonly seen?: ReadonlySet<string>; /** What a verdict says of it in place of the first problem's message: a few words, without a full stop. */ readonly cause?: string; /** Nothing is wrong with the files: there is no Helm. */ readonly noHelm?: true };

/** What is found out is kept, whoever asked first: nobody stops it. */
const NEVER = new AbortController().signal;

/** What is installed once, and not compared after that: the rule that says so; `expected`: it should be there. */
export interface OnceRule {
  readonly text: string;
  readonly expected: boolean;
}

type Built = Extract<Rendered, { readonly kind: 'rendered' }>;

/** Places what was rendered, and its values. */
export class Attribution {
  readonly #kustomize: KustomizeRenderer;
  readonly #turns = new Turns();
  /** By build: the same objects again while nothing has changed, so that nobody judges them anew. */
  readonly #kept = new WeakMap<object, Promise<readonly Attributed[]>>();

  constructor(kustomize: KustomizeRenderer) {
    this.#kustomize = kustomize;
  }

  /** `top` is the tree's absolute path. Rejects as `KustomizeRenderer.render` does. */
  of(rendered: Built, top: string): Promise<readonly Attributed[]> {
    const kept = this.#kept.get(rendered.build);
    if (kept) return kept;
    const placing = this.#place(rendered, top, NEVER);
    this.#kept.set(rendered.build, placing);
    placing.catch(() => this.#kept.delete(rendered.build));
    return placing;
  }

  /** Where names do not tell where every object comes from, kustomize is asked. */
  async #place(rendered: Built, top: string, signal: AbortSignal): Promise<readonly Attributed[]> {
    const { request, reach } = rendered;
    const printed = await this.#turns.finish(printedObjects(rendered.yaml), signal);
    const sources = new Sources(reach);
    await this.#turns.finish(sources.read(), signal);
    const foresight = new Foresight(sources, reach, request);
    const foreseen = new Map(printed.map(manifest => [manifest, foresight.of(manifest.ref)] as const));
    const origins = [...foreseen.values()].includes(undefined) ? await this.#kustomize.origins(rendered, signal) : undefined;
    const sourceOf = (manifest: Manifest): Source | undefined => foreseen.get(manifest) ?? toldSource(sources, origins?.[manifest.document - 1], manifest, request.root);
    return this.#turns.finish(attribute(printed, sourceOf, top), signal);
  }

  async trace(rendered: Built, attributed: readonly Attributed[], top: string, signal: AbortSignal): Promise<ReadonlyMap<Manifest, ObjectTrace>> {
    const effects = await this.#kustomize.effects(rendered, signal);
    const texts = new Map<string, string>();
    const fileText = (file: string): string => {
      const text = texts.get(file) ?? textOf(rendered.request.files.get(file) ?? new Uint8Array());
      texts.set(file, text);
      return text;
    };
    return new Map(attributed.map(from => [from.manifest, new RenderedTrace({ ...from, effects, textOf: fileText, top, at: rendered.request.argo?.at ?? [] })]));
  }
}
