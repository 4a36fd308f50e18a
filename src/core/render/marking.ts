import { fromEntries, isArray, isObject, scalarText, textAt, type Json, type JsonObject } from '../base/json';
import { stringifyJson } from '../base/json-text';
import { readDocuments } from '../manifests/documents';
import { textOf } from './reach';
import type { RootSites } from './root-sites';
import type { RootRequest } from './root-request';
import type { Inner, Site, Spot, Steps, Token } from './sites';

interface Change {
  readonly path: Steps;
  readonly value: Json;
}

/** What is written at a spot. */
interface Edit {
  readonly spot: Spot;
  readonly value: Json;
}

/**
 * The request with each of these places changed to its token, and with what is loosened. Files are written anew as JSON, which
 * builds to the same.
 */
export function marked(request: RootRequest, { documents, loosened }: RootSites, sites: readonly (readonly [Site, Token])[]): RootRequest {
  const files = new Map(request.files);
  const inFiles = new Map<string, Edit[]>();
  const outside: Edit[] = [];
  // Where a place is changed and loosened, too, the change does both, and counts.
  const edits = [...sites.map(([{ spot, marked: mark }, token]) => ({ spot, value: mark(token) })), ...loosened];
  for (const edit of edits) {
    const { spot } = edit;
    const list = spot.kind === 'spec' || spot.kind === 'variable' ? outside : (inFiles.get(spot.file) ?? []);
    list.push(edit);
    if (spot.kind !== 'spec' && spot.kind !== 'variable') inFiles.set(spot.file, list);
  }
  for (const [file, list] of inFiles) {
    const [roots, bytes] = [documents.get(file), request.files.get(file) ?? new Uint8Array()];
    files.set(file, roots ? Buffer.from(rewritten(roots.map(({ value }) => value), list)) : edited(bytes, list));
  }
  return { ...request, files, ...outsideWith(request, outside) };
}

function rewritten(values: readonly Json[], edits: readonly Edit[]): string {
  const inDocument = (document: number): Nested[] => edits.flatMap(({ spot, value }) => (spot.kind === 'yaml' && spot.document === document ? [{ path: spot.path, inner: spot.inner, value }] : []));
  return values.map((value, document) => stringifyJson(withValues(value, changesIn(value, inDocument(document))))).join('\n---\n');
}

function edited(bytes: Uint8Array, edits: readonly Edit[]): Uint8Array {
  const added = edits.find(({ spot }) => spot.kind === 'bytes');
  if (added) return Buffer.concat([bytes, Buffer.from(scalarText(added.value))]);
  let out = textOf(bytes);
  const last = [...edits].sort(({ spot: a }, { spot: b }) => (a.kind === 'text' && b.kind === 'text' ? b.start - a.start : 0));
  for (const { spot, value } of last) if (spot.kind === 'text') out = out.slice(0, spot.start) + scalarText(value) + out.slice(spot.end);
  return Buffer.from(out);
}

/** The controller's object with these of its fields changed. */
function outsideWith({ flux, argo }: RootRequest, edits: readonly Edit[]): Pick<RootRequest, 'flux' | 'argo'> {
  const fields = edits.flatMap(({ spot, value }) => (spot.kind === 'spec' ? [{ path: spot.path, inner: spot.inner, value }] : []));
  const variables = edits.flatMap(({ spot, value }): [string, string][] => (spot.kind === 'variable' ? [[spot.name, scalarText(value)]] : []));
  const changed = (object: JsonObject): JsonObject => withValues(object, changesIn(object, fields)) as JsonObject;
  return {
    flux: flux && { ...flux, spec: changed(flux.spec), ...(flux.variables && { variables: { ...flux.variables, ...Object.fromEntries(variables) } }) },
    ...(argo && { argo: { ...argo, options: changed(argo.options) } }),
  };
}

interface Nested extends Change {
  readonly inner?: Inner | undefined;
}

/** What is written inside a text is changed in that text, all of it at once. */
function changesIn(value: Json, edits: readonly Nested[]): Change[] {
  const changes: Change[] = [];
  const texts = new Map<string, { readonly path: Steps; readonly list: { readonly document: number; readonly edit: Nested }[] }>();
  for (const { path, inner, value: next } of edits) {
    if (!inner) changes.push({ path, value: next });
    else {
      const key = JSON.stringify(path);
      const text = texts.get(key) ?? { path, list: [] };
      text.list.push({ document: inner.document, edit: { path: inner.path, inner: inner.inner, value: next } });
      texts.set(key, text);
    }
  }
  for (const { path, list } of texts.values()) {
    const roots = readDocuments(textAt(value, ...path) ?? '', 'K3').flatMap(({ root }) => root ?? []);
    changes.push({ path, value: roots.map((root, document) => stringifyJson(withValues(root.value, changesIn(root.value, list.flatMap(one => (one.document === document ? [one.edit] : [])))))).join('\n---\n') });
  }
  return changes;
}

/** A copy with these values in place of its own, or in addition to them. */
function withValues(value: Json, changes: readonly Change[], depth = 0): Json {
  if (changes.length === 0) return value;
  const whole = changes.find(({ path }) => path.length === depth);
  if (whole) return whole.value;
  const below = new Map<string | number | undefined, Change[]>();
  for (const change of changes) {
    const step = change.path[depth];
    const list = below.get(step);
    if (list) list.push(change);
    else below.set(step, [change]);
  }
  if (isArray(value)) return value.map((item, i) => withValues(item, below.get(i) ?? [], depth + 1));
  if (!isObject(value)) return value;
  const added = changes.flatMap(({ path, value: item }) => (path.length === depth + 1 && !Object.hasOwn(value, String(path[depth])) ? [[String(path[depth]), item] as const] : []));
  return fromEntries([...Object.entries(value).map(([key, item]) => [key, withValues(item, below.get(key) ?? [], depth + 1)] as const), ...added]);
}
