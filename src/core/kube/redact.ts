import { fromEntries, isArray, isObject, member, sameJson, textAt, withMember, type Json, type JsonObject } from '../base/json';
import { parseJson, stringifyJson } from '../base/json-text';
import { isTooDeep } from './depth';
import { isSecret } from './identity';
import type { Shown } from './live';
import type { Path, PathElement } from './path';
import { redactText, SECRET_FIELDS, secretsOf } from './secret-text';

/** A value as a person may see it: secret data only as its size. */
export type ShownValue = { readonly kind: 'value'; readonly value: Json } | { readonly kind: 'secret'; readonly bytes: number };

export const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** A masked value in an object for eyes, and in a recording. */
export const maskOf = (bytes: number): string => `(secret, ${bytes} ${bytes === 1 ? 'byte' : 'bytes'})`;

/** The size that a mask tells of the value it stands for; `undefined` for what is no mask. */
const maskedBytes = (value: Json): number | undefined => {
  const found = typeof value === 'string' ? /^\(secret, (\d+) bytes?\)$/.exec(value) : null;
  return found ? Number(found[1]) : undefined;
};

/** Whether a text was masked, or a part of it: it says nothing about the one it stands for. */
export const isMasked = (value: Json | undefined): boolean => typeof value === 'string' && /\(secret(?:, \d+ bytes?)?\)/.test(value);

/**
 * An object, or a list of them, fit for eyes. Masks the values of Secrets, whatever types they have, wherever a Secret
 * stands: as the object, as an item, inside another object, or as text in an annotation. Keys stay. What is a Secret is
 * decided from the object itself.
 */
export function redact(live: JsonObject): Shown {
  const shown = isTooDeep(live) ? stub(live) : redactObject(live, false);
  return shown as Shown;
}

/** What can be said of an object that is nested beyond all sense. */
const stub = (object: JsonObject): JsonObject => ({ apiVersion: textAt(object, 'apiVersion') ?? '', kind: textAt(object, 'kind') ?? '', metadata: { name: textAt(object, 'metadata', 'name') ?? '' } });

/** The value at a path of an object, fit for eyes; `undefined` stays. */
export function shownValue(object: JsonObject, path: Path, value: Json): ShownValue;
export function shownValue(object: JsonObject, path: Path, value: Json | undefined): ShownValue | undefined;
export function shownValue(object: JsonObject, path: Path, value: Json | undefined): ShownValue | undefined {
  if (value === undefined) return undefined;
  const part = secretPart(object, path);
  if (part !== undefined) return { kind: 'secret', bytes: sizeOf(value, part) };
  if (isTooDeep(value)) return { kind: 'value', value: '(nested too deeply to be shown)' };
  const [first, second, third] = path.map(step => (step.kind === 'field' ? step.name : undefined));
  if (first !== 'metadata') return { kind: 'value', value: redactNested(value) };
  if (path.length === 1) return { kind: 'value', value: isObject(value) ? redactMetadata(object, value) : redactNested(value) };
  if (second !== 'annotations') return { kind: 'value', value: isSecret(object) ? redactTexts(value, secretsOf(object)) : value };
  if (third !== undefined) return { kind: 'value', value: redactAnnotation(object, third, value) };
  return { kind: 'value', value: redactAnnotations(object, value) };
}

/** The field of a Secret that the path goes through, if it does. */
function secretPart(object: JsonObject, path: Path): string | undefined {
  let here: Json | undefined = object;
  // Most objects have none, and finding list items takes time.
  if (!isSecret(object) && !path.some(step => step.kind === 'field' && isSecretField(step.name, false))) return undefined;
  for (const [depth, step] of path.entries()) {
    if (step.kind === 'field' && isObject(here) && isSecret(here) && isSecretField(step.name, depth === 0)) return step.name;
    here = below(here, step);
  }
  return undefined;
}

function below(value: Json | undefined, step: PathElement): Json | undefined {
  if (step.kind === 'field') return member(value, step.name);
  if (!isArray(value)) return undefined;
  if (step.kind === 'index') return value[step.index];
  return step.kind === 'key' ? value.find(item => step.fields.some(([name, wanted]) => member(item, name) === wanted)) : undefined;
}

/** In a Secret of its own, whatever is no known field counts as secret: a misspelt `data` still holds one. */
const isSecretField = (name: string, isWhole: boolean): boolean => (isWhole ? !OPEN_FIELDS.has(name) : SECRET_FIELDS.some(field => field === name));

const OPEN_FIELDS: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'metadata', 'type', 'immutable', 'status']);

function sizeOf(value: Json, part: string): number {
  const masked = maskedBytes(value);
  if (masked !== undefined) return masked;
  if (typeof value === 'string') return Buffer.byteLength(value, part === 'data' ? 'base64' : 'utf8');
  if (isArray(value)) return value.reduce<number>((sum, item) => sum + sizeOf(item, part), 0);
  if (isObject(value)) return Object.values(value).reduce<number>((sum, item) => sum + sizeOf(item, part), 0);
  return stringifyJson(value).length;
}

function redactObject(object: JsonObject, ofSecretList: boolean): JsonObject {
  const items = member(object, 'items');
  const kind = textAt(object, 'kind') ?? '';
  if (isArray(items) && kind.endsWith('List')) {
    const secrets = kind === 'SecretList';
    return withMember(object, 'items', items.map(item => (isObject(item) ? redactObject(item, secrets) : item)));
  }
  const secret = ofSecretList || isSecret(object);
  const typed = secret && !isSecret(object) ? withMember(withMember(object, 'kind', 'Secret'), 'apiVersion', 'v1') : object;
  return fromEntries(
    Object.entries(object).map(([name, value]): [string, Json] => {
      if (secret && isSecretField(name, true)) return [name, maskEach(value, name)];
      if (name === 'metadata' && isObject(value)) return [name, redactMetadata(typed, value)];
      return [name, redactNested(value)];
    }),
  );
}

const maskEach = (value: Json, part: string): Json => (isObject(value) ? fromEntries(Object.entries(value).map(([key, item]) => [key, maskOf(sizeOf(item, part))])) : maskOf(sizeOf(value, part)));

/** What names an object, and who wrote which of its fields: shown of every Secret anyway, and needed to tell one from another. */
const IDENTITY: ReadonlySet<string> = new Set(['name', 'namespace', 'uid', 'resourceVersion', 'creationTimestamp', 'managedFields']);

/** Annotations, and any other text of a Secret's metadata that repeats one of its values. */
function redactMetadata(object: JsonObject, metadata: JsonObject): JsonObject {
  const secrets = secretsOf(object);
  return fromEntries(Object.entries(metadata).map(([name, value]) => [name, IDENTITY.has(name) ? value : name === 'annotations' ? redactAnnotations(object, value) : redactTexts(value, secrets)]));
}

function redactAnnotations(object: JsonObject, annotations: Json): Json {
  return isObject(annotations) ? fromEntries(Object.entries(annotations).map(([key, value]) => [key, redactAnnotation(object, key, value)])) : redactNested(annotations);
}

function redactAnnotation(object: JsonObject, key: string, value: Json): Json {
  if (typeof value !== 'string') return isSecret(object) ? redactTexts(value, secretsOf(object)) : redactNested(value);
  if (isSecret(object)) return key === LAST_APPLIED ? maskOf(Buffer.byteLength(value)) : redactText(redactEmbedded(value), secretsOf(object));
  return redactEmbedded(value);
}

/** Text that may be a whole object. What looks like a Secret but cannot be read is masked as a whole. */
function redactEmbedded(text: string): string {
  const value = parsed(text);
  if (value === undefined || isTooDeep(value)) return MENTIONS_SECRET.test(text) ? maskOf(Buffer.byteLength(text)) : text;
  const redacted = isObject(value) ? redactObject(value, false) : redactNested(value);
  return sameJson(value, redacted) ? text : stringifyJson(redacted);
}

/** In YAML, in broken JSON, in JSON within a string. */
const MENTIONS_SECRET = /kind[\s"'\\]*:[\s"'\\]*Secret(?:List)?(?![a-z])/i;

function parsed(text: string): Json | undefined {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    const value = parseJson(text);
    return isObject(value) || isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Secrets that are part of another object. What holds none is handed back as it is. */
function redactNested(value: Json): Json {
  if (isArray(value)) {
    const items = value.map(redactNested);
    return items.some((item, i) => item !== value[i]) ? items : value;
  }
  if (!isObject(value)) return value;
  const secret = isSecret(value);
  const members = Object.entries(value).map(([name, item]): [string, Json] => {
    if (secret && isSecretField(name, false)) return [name, maskEach(item, name)];
    return [name, name === 'annotations' ? redactAnnotations(value, item) : redactNested(item)];
  });
  return members.some(([name, item]) => item !== value[name]) ? fromEntries(members) : value;
}

function redactTexts(value: Json, secrets: ReadonlySet<string>): Json {
  if (secrets.size === 0) return value;
  if (typeof value === 'string') return redactText(value, secrets);
  if (isArray(value)) return value.map(item => redactTexts(item, secrets));
  return isObject(value) ? fromEntries(Object.entries(value).map(([key, item]) => [key, redactTexts(item, secrets)])) : value;
}
