import { isArray, isObject, textAt, type Json, type JsonObject } from '../base/json';

/** Written by SOPS, or with something in it that is: the text says nothing about the value it stands for. */
export function isEncrypted(value: Json | undefined): boolean {
  if (typeof value === 'string') return /^ENC\[[A-Z0-9_]+,data:[^\]]*\]$/.test(value);
  return isArray(value) ? value.some(isEncrypted) : isObject(value) && Object.values(value).some(isEncrypted);
}

/** Encrypted as a whole document (kustomize-controller, `isSOPSEncryptedResource`). */
export const hasSops = (object: JsonObject): boolean => !!textAt(object, 'sops', 'mac');
