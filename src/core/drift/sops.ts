import { isArray, isObject, type Json, type JsonObject, mapAt, textAt } from '../base/json';
import { isSecret } from '../kube/identity';
import type { Manifest } from '../manifests/document';

/** Written by SOPS, or with something in it that is: the text says nothing about the value it stands for. */
export function isEncrypted(value: Json | undefined): boolean {
  if (typeof value === 'string') return /^ENC\[[A-Z0-9_]+,data:[^\]]*\]$/.test(value);
  return isArray(value) ? value.some(isEncrypted) : isObject(value) && Object.values(value).some(isEncrypted);
}

/** Encrypted as a whole document (kustomize-controller, `isSOPSEncryptedResource`). */
export const hasSops = (object: JsonObject): boolean => !!textAt(object, 'sops', 'mac');

const SOURCE = 'a file that it is built of is encrypted, and only the controller decrypts it: its values, and a name made of them, are not known';

/**
 * Of what a decrypting controller builds: Secrets generated from encrypted files, which it decrypts before it builds, and
 * whatever names one of them. Here their content, and so their hash, is another.
 */
export function encryptedSources(manifests: readonly Manifest[]): Map<Manifest, string> {
  const generated = manifests.filter(({ object }) => isSecret(object) && !hasSops(object) && Object.values(mapAt(object, 'data')).some(holdsSops));
  const names = generated.map(({ ref }) => ref.name);
  const found = manifests.filter(manifest => generated.includes(manifest) || names.some(name => mentions(manifest.object, name)));
  return new Map(found.map(manifest => [manifest, SOURCE]));
}

/** What every format of SOPS has in an encrypted file. */
const holdsSops = (value: Json): boolean => typeof value === 'string' && /ENC\[AES256_GCM,/.test(Buffer.from(value, 'base64').toString('latin1'));

function mentions(value: Json, name: string): boolean {
  if (typeof value === 'string') return value === name;
  return isArray(value) ? value.some(item => mentions(item, name)) : isObject(value) && Object.values(value).some(item => mentions(item, name));
}
