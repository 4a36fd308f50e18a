import { isArray, isObject, member, withMember, type Json, type JsonObject } from '../base/json';
import { readDocuments } from '../manifests/documents';
import { textOf } from '../render/reach';
import type { Tree } from '../render/tree';
import { argoHelm, helmDoubts, withOwnFiles, type ArgoHelm } from './argo-helm';

export type Overridden = { readonly kind: 'helm'; readonly helm: ArgoHelm } | { readonly kind: 'refused'; readonly file: string; readonly message: string };

/**
 * What Helm is asked for once the files beside a chart have been laid over the source (reposerver, `mergeSourceParameters`): each a
 * JSON merge patch of all that the Application says of it, in this order. Rejects with the signal's reason.
 */
export async function overridden(helm: ArgoHelm, files: readonly string[], tree: Tree, signal: AbortSignal): Promise<Overridden> {
  let written = helm.written;
  let last: string | undefined;
  for (const file of files) {
    const entry = await tree.entry(file, signal);
    if (entry.kind === 'absent' || entry.kind === 'folder') continue;
    const [document] = entry.kind === 'file' ? readDocuments(textOf(entry.bytes), 'K2') : [];
    const patch = document?.trouble ? undefined : document?.root?.value;
    if (entry.kind !== 'file' || !isObject(patch)) return { kind: 'refused', file, message: 'This file says more of how Argo CD renders the chart, and it cannot be read.' };
    if (Object.keys(patch).some(key => TOOLS.has(key))) return { kind: 'refused', file, message: 'This file says more of how Argo CD renders the chart than options of Helm: what comes of it is not computed.' };
    last = file;
    const more = member(patch, 'helm');
    if (isObject(more)) written = patched(written, more);
  }
  if (last === undefined) return { kind: 'helm', helm };
  const asked = withOwnFiles(argoHelm(written), helm.refsHere);
  const doubts = helmDoubts(asked, 'this file and spec.source');
  return doubts.length === 0 ? { kind: 'helm', helm: asked } : { kind: 'refused', file: last, message: `What Argo CD renders with this file is not computed: ${doubts.join(', ')}.` };
}

/** Other ways of rendering: with one of these the source has two, or another. */
const TOOLS: ReadonlySet<string> = new Set(['kustomize', 'directory', 'plugin']);

/**
 * A JSON merge patch, as Argo CD reads its result into what it had: what the patch takes away stays, and an item of a list keeps what the
 * one in its place had and it does not say. Only values as an object are one piece (seen on 3.6.1).
 */
function patched(before: JsonObject, patch: JsonObject): JsonObject {
  let out = before;
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) continue;
    const old = member(out, key);
    if (key === 'valuesObject') out = withMember(out, key, merged(old ?? null, value));
    else out = withMember(out, key, isArray(value) && isArray(old) ? value.map((item, i) => (isObject(item) && isObject(old[i]) ? patched(old[i], item) : item)) : value);
  }
  return out;
}

/** RFC 7386. */
function merged(target: Json, patch: Json): Json {
  if (!isObject(patch)) return patch;
  let out: JsonObject = isObject(target) ? target : {};
  for (const [key, value] of Object.entries(patch)) out = withMember(out, key, value === null ? undefined : merged(member(out, key) ?? null, value));
  return out;
}
