import { isObject, textAt, type Json, type JsonObject } from '../base/json';

/** Written by SOPS: the text says nothing about the value it stands for. */
export const isEncrypted = (value: Json | undefined): boolean => typeof value === 'string' && value.startsWith('ENC[') && value.endsWith(']');

export const hasSops = (object: JsonObject): boolean => Object.hasOwn(object, 'sops') && isObject(object['sops']) && textAt(object, 'sops', 'mac') !== undefined;
