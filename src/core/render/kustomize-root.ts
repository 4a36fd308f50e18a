import { posix } from 'node:path';
import { isObject, listAt, member, withMember, type Json, type JsonObject } from '../base/json';
import { stringifyJson } from '../base/json-text';
import { readDocuments } from '../manifests/documents';
import { kustomizationIn } from './kustomization';
import { addedComponents, editKustomization } from './kustomization-edit';
import type { KustomizeRenderer, RenderOptions } from './kustomize';
import { NOWHERE, textOf, type RenderProblem } from './reach';
import { Attribution, type RootObjects } from './root-objects';
import type { Tree } from './tree';

export interface KustomizeRoot {
  /** Path in the tree. */
  readonly folder: string;
  /** What Argo CD changes in the folder's kustomization first, as `spec.source.kustomize` has it; empty: nothing. */
  readonly options: JsonObject;
  /** Files of the folder that say more of these options, where they are there: the last one wins. */
  readonly overrides: readonly string[];
  /** Absolute path of the tree. */
  readonly top: string;
}

/** What `kustomize build` makes of a folder, for Argo CD and for `kubectl apply -k`. */
export class RootRenderer {
  readonly #kustomize: KustomizeRenderer;
  readonly #attribution: Attribution;

  constructor(kustomize: KustomizeRenderer) {
    this.#kustomize = kustomize;
    this.#attribution = new Attribution(kustomize);
  }

  /** Rejects as `KustomizeRenderer.render` does. */
  async render(tree: Tree, root: KustomizeRoot, signal: AbortSignal): Promise<RootObjects> {
    const options = await optionsOf(tree, root, signal);
    const edit = 'message' in options ? options : Object.keys(options.options).length === 0 ? undefined : await edited(tree, { ...root, ...options }, signal);
    if (edit && 'message' in edit) return { kind: 'failed', problems: [edit] };
    const rendered = await this.#kustomize.render(tree, root.folder, { edit }, signal);
    // A component is looked for before it is built upon.
    const seen = listAt(root.options, 'components').length > 0 ? undefined : new Set([...rendered.seen, ...root.overrides.map(name => posix.join(root.folder, name))]);
    if (rendered.kind === 'failed') return { kind: 'failed', problems: rendered.problems, ...(seen && { seen }) };
    const attributed = await this.#attribution.of(rendered, root.top, signal);
    return {
      kind: 'rendered',
      yaml: rendered.yaml,
      manifests: attributed.map(({ manifest }) => manifest),
      uncertain: new Set(),
      files: new Set(rendered.reach.files.keys()),
      ...(seen && { seen }),
      // Places of an edited kustomization are none of the file.
      ...(!edit && { trace: (traceSignal: AbortSignal) => this.#attribution.trace(rendered, attributed, root.top, traceSignal) }),
    };
  }
}

/** The options with what the folder says of them (reposerver, `mergeSourceParameters`). */
async function optionsOf(tree: Tree, { folder, options, overrides }: KustomizeRoot, signal: AbortSignal): Promise<{ readonly options: JsonObject } | RenderProblem> {
  let merged = options;
  for (const name of overrides) {
    const file = posix.join(folder, name);
    const entry = await tree.entry(file, signal);
    if (entry.kind === 'absent' || entry.kind === 'folder') continue;
    const patch = entry.kind === 'file' ? readDocuments(textOf(entry.bytes), 'K2')[0]?.root?.value : undefined;
    if (!isObject(patch) || Object.keys(patch).some(key => key !== 'kustomize')) return { file, range: NOWHERE, message: 'This file says more of its Application than options of kustomize: what comes of it is not computed.' };
    merged = asObject(mergePatch(merged, member(patch, 'kustomize') ?? {}));
  }
  return { options: merged };
}

/** RFC 7386, but for `null`, which changes nothing: Argo CD reads the merged text over the options that it has. */
function mergePatch(target: Json | undefined, patch: Json): Json {
  if (!isObject(patch)) return patch;
  let out = asObject(target);
  for (const [key, value] of Object.entries(patch)) if (value !== null) out = withMember(out, key, mergePatch(member(out, key), value));
  return out;
}

const asObject = (value: Json | undefined): JsonObject => (isObject(value) ? value : {});

/** The kustomization as it is built; a folder without one is left for the build to complain about. */
async function edited(tree: Tree, { folder, options }: Pick<KustomizeRoot, 'folder' | 'options'>, signal: AbortSignal): Promise<RenderOptions['edit'] | RenderProblem> {
  const file = await kustomizationIn(tree, folder, signal);
  const entry = file === undefined ? undefined : await tree.entry(file, signal);
  if (file === undefined || entry?.kind !== 'file') return undefined;
  const kustomization = readDocuments(textOf(entry.bytes), 'K2')[0]?.root?.value;
  const problem = (reason: string): RenderProblem => ({ file, range: NOWHERE, message: `The Application's options cannot be written into this kustomization: ${reason}.` });
  if (!isObject(kustomization)) return problem('it is no map');
  const components = await addedComponents(options, async component => (await kustomizationIn(tree, posix.join(folder, component), signal)) !== undefined);
  const out = editKustomization(kustomization, options, components);
  return out.kind === 'refused' ? problem(out.reason) : { file, bytes: Buffer.from(stringifyJson(out.kustomization)), components };
}
