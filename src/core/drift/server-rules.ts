import { isObject, member, textAt, type Json, type JsonObject } from '../base/json';
import { splitApiVersion } from '../kube/identity';
import { field, type Path } from '../kube/path';
import type { SchemaType } from '../kube/schema';
import { isBuiltIn } from './empty-values';

/** What the API server's validation refuses although the schema allows it, and where. The words never repeat a value. */
export interface Refusal {
  readonly path: Path;
  readonly reason: string;
}

/** Rules that hold for every object, and the sizes of ConfigMaps and Secrets (kubernetes `apimachinery/pkg/api/validation`, `pkg/apis/core/validation`). */
export function refusalsOf(object: JsonObject): Refusal[] {
  const template = member(member(object, 'spec'), 'template');
  return [
    ...nameRefusals(object),
    ...labelRefusals(member(object, 'metadata'), METADATA),
    ...(isBuiltIn(groupOf(object)) ? labelRefusals(member(template, 'metadata'), [field('spec'), field('template'), ...METADATA]) : []),
    ...dataRefusals(object),
  ];
}

/** Why the server refuses a text where a number or a text may stand; only for kinds of Kubernetes itself, whose texts are names of ports or percentages. */
export function amountRefusal(type: SchemaType, value: Json, object: JsonObject): string | undefined {
  if (type.kind !== 'scalar' || type.scalar !== 'intOrString' || typeof value !== 'string' || !isBuiltIn(groupOf(object))) return undefined;
  return /^\d+$/.test(value) ? 'text of digits only is neither a number nor a name or percentage: write it without quotes' : undefined;
}

const groupOf = (object: JsonObject): string => splitApiVersion(textAt(object, 'apiVersion') ?? '').group;

const METADATA: Path = [field('metadata')];

const SUBDOMAIN = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/;
const NAME_PART = /^[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?$/;

/** Where names may be any path segment: `system:node`, an address. Servers beside the API server make their own rules (`ImageStreamTag`). */
const FREE_NAMES: ReadonlySet<string> = new Set(['rbac.authorization.k8s.io', 'certificates.k8s.io']);
const hasFreeName = (object: JsonObject): boolean => FREE_NAMES.has(groupOf(object)) || !isBuiltIn(groupOf(object)) || textAt(object, 'kind') === 'IPAddress';

function nameRefusals(object: JsonObject): Refusal[] {
  const name = textAt(object, 'metadata', 'name');
  if (name === undefined) return [];
  const path = [...METADATA, field('name')];
  if (hasFreeName(object)) return name === '.' || name === '..' || /[/%]/.test(name) ? [{ path, reason: 'the name may not be "." or ".." and may hold no "/" or "%"' }] : [];
  if (name.length > 253) return [{ path, reason: 'the name is longer than 253 characters' }];
  return SUBDOMAIN.test(name) ? [] : [{ path, reason: 'a name is lower-case letters, digits, "-" and ".", and begins and ends with a letter or digit' }];
}

function labelRefusals(metadata: Json | undefined, above: Path): Refusal[] {
  const labels = entries(member(metadata, 'labels')).flatMap(([key, value]): Refusal[] => {
    const reason = keyRefusal(key) ?? (typeof value === 'string' ? labelValueRefusal(value) : undefined);
    return reason === undefined ? [] : [{ path: [...above, field('labels'), field(key)], reason }];
  });
  const annotations = entries(member(metadata, 'annotations'));
  const wrong = annotations.flatMap(([key]): Refusal[] => {
    const reason = keyRefusal(key.toLowerCase());
    return reason === undefined ? [] : [{ path: [...above, field('annotations'), field(key)], reason }];
  });
  const size = annotations.reduce((sum, [key, value]) => sum + key.length + bytesOf(value), 0);
  const tooLong = size > 262_144 ? [{ path: [...above, field('annotations')], reason: 'the annotations are longer than 262144 bytes' }] : [];
  return [...labels, ...wrong, ...tooLong];
}

function keyRefusal(key: string): string | undefined {
  const slash = key.indexOf('/');
  const [prefix, name] = slash < 0 ? [undefined, key] : [key.slice(0, slash), key.slice(slash + 1)];
  if (prefix !== undefined && (prefix.length > 253 || !SUBDOMAIN.test(prefix))) return 'what stands before the "/" of the key is no domain name';
  if (name.length > 63) return 'the key’s name is longer than 63 characters';
  return NAME_PART.test(name) ? undefined : 'the key is no name: letters, digits, "-", "_" and ".", beginning and ending with a letter or digit';
}

function labelValueRefusal(value: string): string | undefined {
  if (value.length > 63) return 'a label’s value may have 63 characters, and this one has more';
  return value === '' || NAME_PART.test(value) ? undefined : 'a label’s value is letters, digits, "-", "_" and ".", and begins and ends with a letter or digit';
}

const MIB = 1_048_576;

function dataRefusals(object: JsonObject): Refusal[] {
  const kind = textAt(object, 'kind');
  if (groupOf(object) !== '' || (kind !== 'ConfigMap' && kind !== 'Secret')) return [];
  const out: Refusal[] = [];
  let size = 0;
  for (const part of ['data', 'binaryData']) {
    for (const [key, value] of entries(member(object, part))) {
      if (!/^[-._a-zA-Z0-9]{1,253}$/.test(key) || key === '.' || key.startsWith('..')) out.push({ path: [field(part), field(key)], reason: 'a key of data is letters, digits, "-", "_" and ".", at most 253 of them' });
      if (typeof value === 'string') size += part === 'data' && kind === 'ConfigMap' ? bytesOf(value) : Buffer.byteLength(value, 'base64');
    }
  }
  if (size > MIB) out.push({ path: [field('data')], reason: `the data of a ${kind} may be 1 MiB large, and this is larger` });
  return out;
}

const entries = (map: Json | undefined): [string, Json][] => (isObject(map) ? Object.entries(map) : []);
const bytesOf = (value: Json): number => (typeof value === 'string' ? Buffer.byteLength(value) : 0);
