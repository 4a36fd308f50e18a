import { createHash } from 'node:crypto';
import { isObject, listAt, type JsonObject } from '../base/json';
import { readDocuments } from '../manifests/documents';
import { placeDropped, placeError } from './place-error';
import { NOWHERE, reach, type Reach, type RenderProblem } from './reach';
import { toldOrigins, type ObjectOrigin } from './origins';
import { asBuilt, askingForOrigins, type ArgoEdit, type FluxBuild, type RootRequest } from './root-request';
import { SandboxError, type BuildAnswer, type Sandbox } from './sandbox';
import { effectsOf, type RootEffects } from './tracer';
import type { Tree } from './tree';

/** What became of a root. `seen` are the paths of its tree that decide the result: while none of them changes, it stays. */
export type Rendered =
  | {
      readonly kind: 'rendered';
      /** Byte-equal to what kustomize prints. */
      readonly yaml: string;
      readonly seen: ReadonlySet<string>;
      readonly reach: Reach;
      /** The same object for as long as nothing that was read has changed. */
      readonly build: object;
      /** What was built: to build it once more with something changed. */
      readonly request: RootRequest;
      /** What kustomize by itself would complain about. */
      readonly warnings: readonly RenderProblem[];
    }
  | { readonly kind: 'failed'; readonly problems: readonly RenderProblem[]; readonly seen: ReadonlySet<string> };

export interface RenderOptions {
  readonly flux?: FluxBuild;
  /** With the files that it names as overrides. */
  readonly argo?: { readonly edit: ArgoEdit; readonly overrides: ReadonlyMap<string, Uint8Array> } | undefined;
  readonly unrestricted?: boolean | undefined;
}

/** Characters of rendered YAML to remember. */
const CACHE_LENGTH = 32_000_000;
/** What kustomize asks for beyond what its kustomizations name comes in this many rounds, or not at all. */
const ROUNDS = 3;

/** Builds kustomize roots in the sandbox, each again only when what it reads has changed. */
export class KustomizeRenderer {
  readonly #sandbox: Sandbox;
  readonly #kept = new Map<string, BuildAnswer>();
  readonly #effects = new WeakMap<object, Promise<RootEffects>>();
  #length = 0;

  constructor(sandbox: Sandbox) {
    this.#sandbox = sandbox;
  }

  /**
   * `root` is a folder of the tree, `/`-separated, `''` for its top. What is wrong with the root is in the answer. Rejects with the
   * signal's reason, and with `SandboxError` `noProgram` or `disposed`: then nothing was found out about the root.
   */
  async render(tree: Tree, root: string, { flux, argo, unrestricted }: RenderOptions, signal: AbortSignal): Promise<Rendered> {
    const reached = await reach(tree, root, argo?.edit.components ?? componentsOf(flux), signal);
    const { refusals } = reached;
    if (refusals.length > 0) return { kind: 'failed', problems: refusals, seen: reached.seen };
    if (reached.kustomizations.size === 0) return { kind: 'failed', problems: [{ file: root, range: NOWHERE, message: 'This folder has no kustomization.yaml.' }], seen: reached.seen };
    const files = new Map([...reached.files, ...(argo?.overrides ?? [])]);
    const seen = new Set(reached.seen);
    for (let round = 1; ; round++) {
      const request = { root, files, flux, argo: argo?.edit, unrestricted };
      const answer = await this.#build(request, signal);
      const more = round < ROUNDS && (await found(tree, answer.missing, files, seen, signal));
      if (!more) return resultOf(answer, request, { ...reached, files, seen });
    }
  }

  /** Which places set the values of what was rendered; found out once. Rejects as `render` does. */
  effects({ build, request, reach: reached, yaml }: Extract<Rendered, { readonly kind: 'rendered' }>, signal: AbortSignal): Promise<RootEffects> {
    const kept = this.#effects.get(build);
    if (kept) return kept;
    const finding = effectsOf(request, reached, documentsIn(yaml), async changed => {
      const answer = await this.#ask(changed, signal);
      return answer.error === undefined ? documentsIn(answer.yaml) : undefined;
    });
    this.#effects.set(build, finding);
    finding.catch(() => this.#effects.delete(build));
    return finding;
  }

  /** Builds once more, for kustomize to tell where each object comes from; `undefined` where it cannot. Rejects as `render` does. */
  async origins({ request, yaml }: Extract<Rendered, { readonly kind: 'rendered' }>, signal: AbortSignal): Promise<readonly ObjectOrigin[] | undefined> {
    const built = asBuilt(request);
    const asking = built && askingForOrigins(built);
    const answer = asking && (await this.#sandbox.build(asking, signal).catch(refused));
    return answer?.error === undefined && answer ? toldOrigins(documentsIn(yaml), documentsIn(answer.yaml), request.root) : undefined;
  }

  async #ask(request: RootRequest, signal: AbortSignal): Promise<BuildAnswer> {
    const built = asBuilt(request);
    const answer = await this.#sandbox.build(built ?? { ...request, flux: undefined }, signal).catch(refused);
    return built || answer.error !== undefined ? answer : refused(new SandboxError('ended', 'the kustomization cannot be read'));
  }

  async #build(request: RootRequest, signal: AbortSignal): Promise<BuildAnswer> {
    const key = keyOf(request);
    const kept = this.#kept.get(key);
    if (kept) {
      this.#kept.delete(key);
      this.#kept.set(key, kept);
      return kept;
    }
    const answer = await this.#ask(request, signal);
    this.#kept.set(key, answer);
    this.#length += answer.yaml.length;
    for (const [oldest, { yaml }] of this.#kept) {
      if (this.#length <= CACHE_LENGTH || oldest === key) break;
      this.#kept.delete(oldest);
      this.#length -= yaml.length;
    }
    return answer;
  }
}

/** What a Flux Kustomization adds to the components of its folder. */
export const componentsOf = (build: Pick<FluxBuild, 'spec'> | undefined): readonly string[] => listAt(build?.spec, 'components').filter(component => typeof component === 'string');

/** What the same files would do to it again is an answer, too. */
function refused(error: unknown): BuildAnswer {
  if (!(error instanceof SandboxError) || error.kind === 'noProgram' || error.kind === 'disposed') throw error;
  return { yaml: '', error: error.message, missing: [] };
}

const documentsIn = (yaml: string): JsonObject[] => readDocuments(yaml, 'K2').flatMap(({ root }) => (root && isObject(root.value) ? [root.value] : []));

/** Adds what was asked for and is there; true when there was any. */
async function found(tree: Tree, missing: readonly string[], files: Map<string, Uint8Array>, seen: Set<string>, signal: AbortSignal): Promise<boolean> {
  let any = false;
  for (const path of missing) {
    if (seen.has(path) || path.includes(':/')) continue;
    seen.add(path);
    const entry = await tree.entry(path, signal);
    if (entry.kind !== 'file') continue;
    files.set(path, entry.bytes);
    any = true;
  }
  return any;
}

function resultOf(answer: BuildAnswer, request: RootRequest, reached: Reach): Rendered {
  const { root } = request;
  const { seen } = reached;
  if (answer.error !== undefined) return { kind: 'failed', problems: [placeError(answer.error, root, reached)], seen };
  return { kind: 'rendered', yaml: answer.yaml, seen, reach: reached, build: answer, request, warnings: answer.dropped === undefined ? [] : [placeDropped(answer.dropped, root, reached)] };
}

function keyOf({ root, files, flux, argo, unrestricted }: RootRequest): string {
  const hash = createHash('sha256').update(JSON.stringify([root, flux, argo, unrestricted]));
  for (const [path, bytes] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) hash.update(`\0${path}\0${bytes.length}\0`).update(bytes);
  return hash.digest('hex');
}
