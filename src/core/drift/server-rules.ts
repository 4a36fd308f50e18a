import { asObject, isObject, member, textAt, type Json, type JsonObject } from '../base/json';
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
  const group = groupOf(object);
  return [
    ...nameRefusals(object, group),
    ...labelRefusals(member(object, 'metadata'), METADATA),
    ...(isObject(template) && isBuiltIn(group) ? labelRefusals(member(template, 'metadata'), TEMPLATE_METADATA) : []),
    ...dataRefusals(object, group),
  ];
}

/** Why the server refuses a text where a number or a text may stand; only for kinds of Kubernetes itself, whose texts are names of ports or percentages. */
export function amountRefusal(type: SchemaType, value: Json, object: JsonObject): string | undefined {
  if (type.kind !== 'scalar' || type.scalar !== 'intOrString' || typeof value !== 'string' || !isBuiltIn(groupOf(object))) return undefined;
  return /^\d+$/.test(value) ? 'text of digits only is neither a number nor a name or percentage: write it without quotes' : undefined;
}

const groupOf = (object: JsonObject): string => splitApiVersion(textAt(object, 'apiVersion') ?? '').group;

const METADATA: Path = [field('metadata')];
const TEMPLATE_METADATA: Path = [field('spec'), field('template'), ...METADATA];

const SUBDOMAIN = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/;
const NAME_PART = /^[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?$/;

/** Where names may be any path segment: `system:node`, an address. Servers beside the API server make their own rules (`ImageStreamTag`). */
const FREE_NAMES: ReadonlySet<string> = new Set(['rbac.authorization.k8s.io', 'certificates.k8s.io']);
const hasFreeName = (object: JsonObject, group: string): boolean => FREE_NAMES.has(group) || !isBuiltIn(group) || textAt(object, 'kind') === 'IPAddress';

function nameRefusals(object: JsonObject, group: string): Refusal[] {
  const name = textAt(object, 'metadata', 'name');
  if (name === undefined) return [];
  const path = [...METADATA, field('name')];
  if (hasFreeName(object, group)) return name === '.' || name === '..' || /[/%]/.test(name) ? [{ path, reason: 'the name may not be "." or ".." and may hold no "/" or "%"' }] : [];
  if (name.length > 253) return [{ path, reason: 'the name is longer than 253 characters' }];
  return SUBDOMAIN.test(name) ? [] : [{ path, reason: 'a name is lower-case letters, digits, "-" and ".", and begins and ends with a letter or digit' }];
}

function labelRefusals(metadata: Json | undefined, above: Path): Refusal[] {
  const out: Refusal[] = [];
  const labels = asObject(member(metadata, 'labels'));
  for (const key of Object.keys(labels)) {
    const value = labels[key];
    const reason = keyRefusal(key) ?? (typeof value === 'string' ? labelValueRefusal(value) : undefined);
    if (reason !== undefined) out.push({ path: [...above, field('labels'), field(key)], reason });
  }
  const annotations = asObject(member(metadata, 'annotations'));
  for (const key of Object.keys(annotations)) {
    const reason = keyRefusal(key.toLowerCase());
    if (reason !== undefined) out.push({ path: [...above, field('annotations'), field(key)], reason });
  }
  if (isLonger(annotations, 262_144)) out.push({ path: [...above, field('annotations')], reason: 'the annotations are longer than 262144 bytes' });
  return out;
}

/** In bytes, keys (in characters) and texts together. A character has three at most, so that most need not be counted. */
function isLonger(texts: JsonObject, limit: number): boolean {
  let characters = 0;
  for (const key of Object.keys(texts)) {
    const value = texts[key];
    characters += key.length + (typeof value === 'string' ? value.length : 0);
  }
  return 3 * characters > limit && Object.entries(texts).reduce((sum, [key, value]) => sum + key.length + bytesOf(value), 0) > limit;
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

function dataRefusals(object: JsonObject, group: string): Refusal[] {
  const kind = textAt(object, 'kind');
  if (group !== '' || (kind !== 'ConfigMap' && kind !== 'Secret')) return [];
  const out: Refusal[] = [];
  let characters = 0;
  for (const part of DATA) {
    const data = asObject(member(object, part));
    for (const key of Object.keys(data)) {
      const value = data[key];
      if (!DATA_KEY.test(key) || key === '.' || key.startsWith('..')) out.push({ path: [field(part), field(key)], reason: 'a key of data is letters, digits, "-", "_" and ".", at most 253 of them' });
      if (typeof value === 'string') characters += value.length;
    }
  }
  // A character has three bytes at most: mostly they need not be counted.
  if (3 * characters > MIB && dataBytes(object, kind) > MIB) out.push({ path: [field('data')], reason: `the data of a ${kind} may be 1 MiB large, and this is larger` });
  return out;
}

const DATA = ['data', 'binaryData'] as const;
const DATA_KEY = /^[-._a-zA-Z0-9]{1,253}$/;

function dataBytes(object: JsonObject, kind: string): number {
  const sizes = DATA.flatMap(part => Object.values(asObject(member(object, part))).map(value => (part === 'data' && kind === 'ConfigMap' ? bytesOf(value) : typeof value === 'string' ? Buffer.byteLength(value, 'base64') : 0)));
  return sizes.reduce((sum, size) => sum + size, 0);
}

const bytesOf = (value: Json): number => (typeof value === 'string' ? Buffer.byteLength(value) : 0);
