import { fromEntries, isArray, isObject, scalarText, textAt, type Json, type JsonObject } from '../base/json';
import { stringifyJson } from '../base/json-text';
import { readDocuments } from '../manifests/documents';
import { textOf } from './reach';
import type { RootSites } from './root-sites';
import type { FluxBuild, RootRequest } from './root-request';
import type { Site, Steps, Token } from './sites';

/** Every token has a number of its own; it stands in texts, labels, names and tags, and a count can be one. */
const FIRST_NUMBER = 7_000_000_000;
const TOKEN = /zq(\d+)qz/g;

export const tokenOf = (index: number): Token => ({ text: `zq${index}qz`, number: FIRST_NUMBER + index });

/** The tokens that a rendered value holds. */
export function tokensIn(value: Json): number[] {
  // A count keeps the quotes of the text that it is put in the place of.
  const count = typeof value === 'number' || (typeof value === 'string' && /^7\d{9}$/.test(value)) ? Number(value) : 0;
  if (count >= FIRST_NUMBER && count < FIRST_NUMBER + 1e9) return [count - FIRST_NUMBER];
  const text = typeof value === 'string' ? value : typeof value === 'object' && value !== null ? stringifyJson(value) : '';
  const found = [...text.matchAll(TOKEN)];
  // Secrets and binary data are Base64.
  const inside = found.length === 0 && /^[A-Za-z0-9+/\n]+=*\n*$/.test(text) ? [...Buffer.from(text, 'base64').toString('latin1').matchAll(TOKEN)] : found;
  return inside.map(([, digits]) => Number(digits));
}

export const withoutTokens = (text: string): string => text.replaceAll(TOKEN, '');

interface Change {
  readonly path: Steps;
  readonly value: Json;
}

/** The request with each of these places changed to its token. Files are written anew as JSON, which builds to the same. */
export function marked(request: RootRequest, { documents }: RootSites, sites: readonly (readonly [Site, Token])[]): RootRequest {
  const files = new Map(request.files);
  const inFiles = new Map<string, (readonly [Site, Token])[]>();
  const inSpec: (readonly [Site, Token])[] = [];
  for (const one of sites) {
    const { spot } = one[0];
    if (spot.kind === 'yaml' || spot.kind === 'text') inFiles.set(spot.file, [...(inFiles.get(spot.file) ?? []), one]);
    else inSpec.push(one);
  }
  for (const [file, list] of inFiles) {
    const roots = documents.get(file);
    files.set(file, Buffer.from(roots ? rewritten(roots.map(({ value }) => value), list) : edited(textOf(request.files.get(file) ?? new Uint8Array()), list)));
  }
  return { ...request, files, flux: request.flux && inSpec.length > 0 ? fluxWith(request.flux, inSpec) : request.flux };
}

function rewritten(values: readonly Json[], sites: readonly (readonly [Site, Token])[]): string {
  return values.map((value, document) => stringifyJson(withValues(value, changesIn(value, sites.filter(([{ spot }]) => spot.kind === 'yaml' && spot.document === document))))).join('\n---\n');
}

function edited(text: string, sites: readonly (readonly [Site, Token])[]): string {
  let out = text;
  const last = [...sites].sort(([a], [b]) => (a.spot.kind === 'text' && b.spot.kind === 'text' ? b.spot.start - a.spot.start : 0));
  for (const [{ spot, marked: mark }, token] of last) if (spot.kind === 'text') out = out.slice(0, spot.start) + scalarText(mark(token)) + out.slice(spot.end);
  return out;
}

function fluxWith(flux: FluxBuild, sites: readonly (readonly [Site, Token])[]): FluxBuild {
  const variables = sites.flatMap(([{ spot, marked: mark }, token]): [string, string][] => (spot.kind === 'variable' ? [[spot.name, scalarText(mark(token))]] : []));
  return { ...flux, spec: withValues(flux.spec, changesIn(flux.spec, sites)) as JsonObject, ...(flux.variables && { variables: { ...flux.variables, ...Object.fromEntries(variables) } }) };
}

/** What is written inside a text is changed in that text, all of it at once. */
function changesIn(value: Json, sites: readonly (readonly [Site, Token])[]): Change[] {
  const changes: Change[] = [];
  const inner = new Map<string, { readonly path: Steps; readonly list: { readonly document: number; readonly change: Change }[] }>();
  for (const [{ spot, marked: mark }, token] of sites) {
    if (spot.kind !== 'yaml' && spot.kind !== 'spec') continue;
    if (!spot.inner) changes.push({ path: spot.path, value: mark(token) });
    else {
      const key = JSON.stringify(spot.path);
      const text = inner.get(key) ?? { path: spot.path, list: [] };
      text.list.push({ document: spot.inner.document, change: { path: spot.inner.path, value: mark(token) } });
      inner.set(key, text);
    }
  }
  for (const { path, list } of inner.values()) {
    const roots = readDocuments(textAt(value, ...path) ?? '', 'K3').flatMap(({ root }) => root ?? []);
    changes.push({ path, value: roots.map((root, document) => stringifyJson(withValues(root.value, list.filter(one => one.document === document).map(({ change }) => change)))).join('\n---\n') });
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
