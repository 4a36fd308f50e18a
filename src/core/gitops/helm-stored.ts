import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { at, isObject, listAt, member, textAt, type Json, type JsonObject } from '../base/json';
import { parseJson } from '../base/json-text';

const unzip = promisify(gunzip);

/** An etcd object of 1 MiB unpacks to a few; whatever becomes larger was made to. */
const MAX_BYTES = 64 * 1024 * 1024;

/** How Helm named its record of one revision of a release (helm `pkg/storage`, `makeKey`). */
export const storedName = (release: string, revision: number): string => `sh.helm.release.v1.${release}.v${revision}`;

/**
 * One revision of a release, as Helm recorded it. Its texts may hold secrets: what is made of them becomes text for a person
 * only through `redact`, as live objects do.
 */
export interface StoredRelease {
  readonly name: string;
  readonly namespace: string;
  readonly revision: number;
  /** `deployed`, `superseded`, `failed`, `pending-upgrade`, `uninstalled` … */
  readonly status: string;
  /** What was applied but for hooks: YAML of many documents, each with a `# Source:` line. */
  readonly manifest: string;
  readonly chart: { readonly name: string; readonly version: string };
  /** The chart's own templates: SHA-256 of each, in hex, by path inside the chart. */
  readonly templates: ReadonlyMap<string, string>;
  /** The chart's own values. */
  readonly defaults: JsonObject;
  /** The values that the user gave. */
  readonly values: JsonObject;
  /** How it was applied. Helm 3 knows only one way, and does not write it down. */
  readonly method: 'client-side' | 'server-side';
  /** RFC 3339. */
  readonly deployedAt: string | undefined;
}

export type ReadRelease = { readonly kind: 'known'; readonly release: StoredRelease } | { readonly kind: 'unreadable'; readonly reason: string };

/** Reads the Secret or ConfigMap in which Helm keeps a revision: JSON, packed by gzip, as base64; a Secret's data are base64 once more. */
export async function readStoredRelease(object: JsonObject): Promise<ReadRelease> {
  const text = textAt(object, 'data', 'release');
  if (text === undefined) return { kind: 'unreadable', reason: 'it has no data called release' };
  try {
    const packed = Buffer.from(textAt(object, 'kind') === 'Secret' ? Buffer.from(text, 'base64').toString('latin1') : text, 'base64');
    // Very old ones are not packed.
    const plain = packed[0] === 0x1f && packed[1] === 0x8b ? await unzip(packed, { maxOutputLength: MAX_BYTES }) : packed;
    return releaseOf(parseJson(plain.toString('utf8')));
  } catch {
    // No word of the error: it may quote what could not be read.
    return { kind: 'unreadable', reason: 'it is not a release as Helm packs one' };
  }
}

function releaseOf(value: Json): ReadRelease {
  const [name, namespace, status] = [textAt(value, 'name'), textAt(value, 'namespace'), textAt(value, 'info', 'status')];
  const revision = member(value, 'version');
  if (!name || status === undefined || typeof revision !== 'number') return { kind: 'unreadable', reason: 'it is a release of a form that is not known' };
  const mapIn = (found: Json | undefined): JsonObject => (isObject(found) ? found : {});
  return {
    kind: 'known',
    release: {
      name,
      namespace: namespace || 'default',
      revision,
      status,
      // Left out where there are but hooks.
      manifest: textAt(value, 'manifest') ?? '',
      chart: { name: textAt(value, 'chart', 'metadata', 'name') ?? '', version: textAt(value, 'chart', 'metadata', 'version') ?? '' },
      templates: new Map(listAt(value, 'chart', 'templates').map(one => [textAt(one, 'name') ?? '', createHash('sha256').update(Buffer.from(textAt(one, 'data') ?? '', 'base64')).digest('hex')])),
      defaults: mapIn(at(value, 'chart', 'values')),
      values: mapIn(member(value, 'config')),
      method: textAt(value, 'apply_method') === 'ssa' ? 'server-side' : 'client-side',
      deployedAt: textAt(value, 'info', 'last_deployed') || undefined,
    },
  };
}
