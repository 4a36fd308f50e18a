import { isArray, isObject, textAt, type Json, type JsonObject } from '../base/json';
import { stringifyJson } from '../base/json-text';
import { isSecret } from '../kube/identity';
import type { Path } from '../kube/path';
import type { ShownValue } from './verdict';

/** Masks what must not be read: a Secret's data is only its size. Decided from the object itself. */
export function shownOf(object: JsonObject, path: Path, value: Json | undefined): ShownValue | undefined {
  if (value === undefined) return undefined;
  const part = path[0]?.kind === 'field' ? path[0].name : undefined;
  if (isSecret(object) && (part === 'data' || part === 'stringData')) return { kind: 'secret', bytes: secretBytes(part, value) };
  return { kind: 'value', value };
}

function secretBytes(part: 'data' | 'stringData', value: Json): number {
  if (typeof value === 'string') return Buffer.byteLength(value, part === 'data' ? 'base64' : 'utf8');
  if (isArray(value) || isObject(value)) return Object.values(value).reduce<number>((sum, item) => sum + secretBytes(part, item), 0);
  return stringifyJson(value).length;
}

/** Written by SOPS: the text says nothing about the value it stands for. */
export const isEncrypted = (value: Json | undefined): boolean => typeof value === 'string' && value.startsWith('ENC[') && value.endsWith(']');

export const hasSops = (object: JsonObject): boolean => Object.hasOwn(object, 'sops') && isObject(object['sops']) && textAt(object, 'sops', 'mac') !== undefined;
