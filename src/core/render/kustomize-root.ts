import { posix } from 'node:path';
import { isObject, listAt, member, type JsonObject } from '../base/json';
import { readDocuments } from '../manifests/documents';
import { kustomizationIn } from './kustomization';
import { addedComponents } from './kustomization-edit';
import type { KustomizeRenderer, RenderOptions } from './kustomize';
import { NOWHERE, reach, textOf, type RenderProblem } from './reach';
import { editedBy, mergedOptions, type ArgoEdit } from './root-request';
import { Attribution, type RootObjects } from './root-objects';
import type { Steps } from './sites';
import type { Tree } from './tree';

export interface KustomizeRoot {
  /** Path in the tree. */
  readonly folder: string;
  /** What Argo CD changes in the folder's kustomization first, as `spec.source.kustomize` has it; empty: nothing. */
  readonly options: JsonObject;
  /** Where they stand below `spec` of the Application; absent where there are none. */
  readonly at?: Steps;
  /** Files of the folder that say more of these options, where they are there: the last one wins. */
  readonly overrides: readonly string[];
  /** Its files may lie anywhere in the tree (`--load-restrictor LoadRestrictionsNone`). */
  readonly unrestricted?: boolean;
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

  /** What it reads, without building it. Rejects with the signal's reason. */
  async reads(tree: Tree, { folder, options, overrides }: KustomizeRoot, signal: AbortSignal): Promise<{ readonly files: Iterable<string>; readonly seen: Iterable<string> }> {
    const { files, seen } = await reach(tree, folder, listAt(options, 'components').filter(component => typeof component === 'string'), signal);
    return { files: files.keys(), seen: [...seen, ...overrides.map(name => posix.join(folder, name))] };
  }

  /** Rejects as `KustomizeRenderer.render` does. */
  async render(tree: Tree, root: KustomizeRoot, signal: AbortSignal): Promise<RootObjects> {
    const argo = await editOf(tree, root, signal);
    if (argo && 'message' in argo) return { kind: 'failed', problems: [argo] };
    const rendered = await this.#kustomize.render(tree, root.folder, { argo, unrestricted: root.unrestricted }, signal);
    // A component is looked for before it is built upon.
    const seen = listAt(root.options, 'components').length > 0 ? undefined : new Set([...rendered.seen, ...root.overrides.map(name => posix.join(root.folder, name))]);
    if (rendered.kind === 'failed') return { kind: 'failed', problems: rendered.problems, ...(seen && { seen }) };
    const attributed = await this.#attribution.of(rendered, root.top);
    return {
      kind: 'rendered',
      yaml: rendered.yaml,
      manifests: attributed.map(({ manifest }) => manifest),
      uncertain: new Set(),
      files: new Set(rendered.reach.files.keys()),
      ...(seen && { seen }),
      trace: (traceSignal: AbortSignal) => this.#attribution.trace(rendered, attributed, root.top, traceSignal),
    };
  }
}

/** What Argo CD changes; `undefined` where it changes nothing, and in a folder without a kustomization, which is left for the build to complain about. */
async function editOf(tree: Tree, { folder, options, at = [], overrides }: KustomizeRoot, signal: AbortSignal): Promise<RenderOptions['argo'] | RenderProblem> {
  const found = new Map<string, Uint8Array>();
  for (const file of overrides.map(name => posix.join(folder, name))) {
    const entry = await tree.entry(file, signal);
    if (entry.kind === 'absent' || entry.kind === 'folder') continue;
    const said = entry.kind === 'file' ? readDocuments(textOf(entry.bytes), 'K2')[0]?.root?.value : undefined;
    if (entry.kind !== 'file' || !isObject(said) || Object.keys(said).some(key => key !== 'kustomize')) return { file, range: NOWHERE, message: 'This file says more of its Application than options of kustomize: what comes of it is not computed.' };
    found.set(file, entry.bytes);
  }
  if (Object.keys(options).length === 0 && found.size === 0) return undefined;
  const file = await kustomizationIn(tree, folder, signal);
  const entry = file === undefined ? undefined : await tree.entry(file, signal);
  if (file === undefined || entry?.kind !== 'file') return undefined;
  const said = [...found.values()].map(bytes => member(readDocuments(textOf(bytes), 'K2')[0]?.root?.value, 'kustomize') ?? {});
  const components = await addedComponents(said.reduce<JsonObject>(mergedOptions, options), async component => (await kustomizationIn(tree, posix.join(folder, component), signal)) !== undefined);
  const edit: ArgoEdit = { file, options, at, overrides: [...found.keys()], components };
  const edited = editedBy(edit, new Map([...found, [file, entry.bytes]]));
  if (edited.kind === 'refused') return { file, range: NOWHERE, message: `The Application's options cannot be written into this kustomization: ${edited.reason}.` };
  return { edit, overrides: found };
}
