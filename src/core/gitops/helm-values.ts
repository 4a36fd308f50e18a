import { isArray, isObject, member, withMember, type Json, type JsonObject } from '../base/json';
import { readDocuments } from '../manifests/documents';
import { mergedMaps } from '../render/value-maps';

/** One entry of a HelmRelease's `spec.valuesFrom`: a key of a ConfigMap or Secret in its namespace. */
export interface HelmValuesRef {
  readonly kind: string;
  readonly name: string;
  readonly key: string;
  /** Where the whole of it goes, as one value; `undefined`: it is a YAML text of values. */
  readonly path: string | undefined;
  readonly optional: boolean;
}

/** The data of a ConfigMap, or of a Secret, decoded. */
export type ValuesData = { readonly kind: 'data'; readonly data: ReadonlyMap<string, string> } | { readonly kind: 'absent' } | { readonly kind: 'unreadable' };

export type MergedValues =
  | { readonly kind: 'known'; readonly values: JsonObject; /** Texts that come from Secrets: for no eye. */ readonly secrets: readonly string[] }
  /** `reason` completes "its values are not known: …". */
  | { readonly kind: 'unknown'; readonly reason: string };

/** The values that helm-controller gives to Helm (`internal/chartutil`, `ChartValuesFromReferences`): those it refers to in their order, then its own. */
export function mergedValues(own: JsonObject, refs: readonly HelmValuesRef[], read: (kind: string, name: string) => ValuesData): MergedValues {
  let values: JsonObject = {};
  const secrets: string[] = [];
  for (const { kind, name, key, path, optional } of refs) {
    const found = kind === 'ConfigMap' || kind === 'Secret' ? read(kind, name) : undefined;
    if (!found) return { kind: 'unknown', reason: `they come from the kind ${kind}, which is none that is read` };
    if (found.kind === 'unreadable') return { kind: 'unknown', reason: `${kind} ${name} could not be read` };
    const text = found.kind === 'data' ? found.data.get(key) : undefined;
    if (text === undefined) {
      if (optional) continue;
      return { kind: 'unknown', reason: found.kind === 'absent' ? `${kind} ${name} is not there` : `${kind} ${name} has no key ${key}` };
    }
    if (kind === 'Secret') secrets.push(text);
    const merged = path === undefined ? mergedText(values, text) : placed(values, path, text);
    if (!merged) return { kind: 'unknown', reason: `${kind} ${name} gives its ${key} in a form that is not computed` };
    values = merged;
    if (kind === 'Secret' && path === undefined) secrets.push(...textsIn(values));
  }
  return { kind: 'known', values: mergedMaps(values, own), secrets };
}

function mergedText(values: JsonObject, text: string): JsonObject | undefined {
  const documents = readDocuments(text, 'K2');
  const [first] = documents;
  if (first === undefined) return values;
  const value = first.root?.value;
  if (documents.length > 1 || first.trouble) return undefined;
  return isObject(value) ? mergedMaps(values, value) : value === null || value === undefined ? values : undefined;
}

/** Names with dots between them, each perhaps with indexes; nothing that stands for something else. */
const PATH = /^[\w-]+(?:\[\d+\])*(?:\.[\w-]+(?:\[\d+\])*)*$/;
/** Beyond which Helm refuses an index (`strvals`, `MaxIndex`). */
const MAX_INDEX = 65_536;

/** The value at this path, as `--set` reads it: quotes make a text of it, lists and escapes are left out here. `undefined`: not computed. */
function placed(values: JsonObject, path: string, text: string): JsonObject | undefined {
  const quote = [`'`, `"`].some(mark => text.startsWith(mark) && text.endsWith(mark));
  const given = quote ? text.replace(/^['"]+|['"]+$/g, '') : text;
  if (!PATH.test(path) || /[,\\]/.test(given) || given.startsWith('{') || given === 'null') return undefined;
  const steps = [...path.matchAll(/[\w-]+/g)].map(([name]) => name);
  // `a[0].b` and `a.0.b` read alike above, and are not.
  const kinds = [...path.matchAll(/(^|[.[])[\w-]+/g)].map(([, mark]) => (mark === '[' ? 'index' : 'name'));
  if (steps.some((step, i) => kinds[i] === 'index' && Number(step) > MAX_INDEX)) return undefined;
  const out = set(values, steps.map((step, i) => (kinds[i] === 'index' ? Number(step) : step)), quote ? given : typed(given));
  return isObject(out) ? out : undefined;
}

/** `undefined`: there is something else in the way, over which Helm has rules of its own. */
function set(value: Json | undefined, [step, ...rest]: readonly (string | number)[], leaf: Json): Json | undefined {
  if (step === undefined) return leaf;
  if (typeof step === 'string') {
    if (value !== undefined && !isObject(value)) return undefined;
    const below = set(value && member(value, step), rest, leaf);
    return below === undefined ? undefined : withMember(value ?? {}, step, below);
  }
  if (value !== undefined && !isArray(value)) return undefined;
  const list = [...(value ?? [])];
  const below = set(list[step], rest, leaf);
  if (below === undefined) return undefined;
  while (list.length < step) list.push(null);
  list[step] = below;
  return list;
}

/** Helm's `typedVal`: what looks like a number or a truth is one, unless a zero leads. */
function typed(text: string): Json {
  if (text === 'true' || text === 'false') return text === 'true';
  if (text === '0') return 0;
  if (!/^[+-]?[1-9]\d*$/.test(text) && !/^[+-]0+\d*$/.test(text)) return text;
  const number = BigInt(text.replace('+', ''));
  if (BigInt.asIntN(64, number) !== number) return text;
  return Number.isSafeInteger(Number(number)) ? Number(number) : number;
}

/** Every text in these values. */
export function* textsIn(value: Json): Generator<string> {
  if (typeof value === 'string') yield value;
  else if (isArray(value)) for (const item of value) yield* textsIn(item);
  else if (isObject(value)) for (const item of Object.values(value)) yield* textsIn(item);
}
