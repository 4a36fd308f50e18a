import { isObject, listAt, member, textAt, withMember, type Json, type JsonObject } from '../base/json';
import { FieldSet } from './fieldset';
import { checkFieldsV1, type FieldsV1 } from './fields-v1';
import type { Path } from './path';

/** Who an entry of `metadata.managedFields` speaks of. `time` is when this manager last changed any of its fields, RFC 3339. */
interface ManagedBy {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  readonly subresource: string | undefined;
  readonly time: string | undefined;
}

/** An entry as it stands in the object: for walks. */
export interface WrittenEntry extends ManagedBy {
  readonly fieldsV1: FieldsV1;
}

/** An entry whose fields can be reckoned with. */
export interface ManagedEntry extends ManagedBy {
  readonly fields: FieldSet;
}

/** As `writtenEntries`, as sets. */
export const managedEntries = (live: JsonObject): readonly ManagedEntry[] | undefined =>
  writtenEntries(live)?.map(({ fieldsV1, ...by }) => ({ ...by, fields: FieldSet.parse(fieldsV1) ?? FieldSet.empty }));

/**
 * The entries of a live object; `undefined` when nothing can be said about ownership: managedFields are missing, were
 * reset (`[]`, `[{}]`), or hold anything that the API server itself would throw away as a whole (managedfields.go,
 * `DecodeManagedFields`).
 */
export function writtenEntries(live: JsonObject): readonly WrittenEntry[] | undefined {
  const entries: WrittenEntry[] = [];
  for (const item of listAt(live, 'metadata', 'managedFields')) {
    const entry = readEntry(item);
    if (entry === undefined) return undefined;
    entries.push(entry);
  }
  return entries.length === 0 ? undefined : entries;
}

function readEntry(item: Json): WrittenEntry | undefined {
  const operation = textAt(item, 'operation');
  const apiVersion = textAt(item, 'apiVersion');
  if ((operation !== 'Apply' && operation !== 'Update') || !apiVersion || textAt(item, 'fieldsType') !== 'FieldsV1') return undefined;
  const fieldsV1 = checkFieldsV1(member(item, 'fieldsV1') ?? {});
  if (fieldsV1 === undefined) return undefined;
  const subresource = textAt(item, 'subresource');
  return { manager: textAt(item, 'manager') ?? '', operation, apiVersion, subresource: subresource === '' ? undefined : subresource, time: textAt(item, 'time'), fieldsV1 };
}

/** The entries that have the path itself, in their own order. */
export function ownersOf(entries: readonly ManagedEntry[], path: Path): ManagedEntry[] {
  return entries.filter(({ fields }) => fields.has(path));
}

/** What the server compares to tell entries apart: the version counts only for updates (managedfields.go, `BuildManagerIdentifier`). */
export function entryKey(entry: Pick<ManagedEntry, 'manager' | 'operation' | 'apiVersion' | 'subresource'>): string {
  return JSON.stringify([entry.manager, entry.operation, entry.subresource ?? '', entry.operation === 'Update' ? entry.apiVersion : '']);
}

/** An object without `metadata.managedFields`: what is compared and merged. */
export function withoutManagedFields(object: JsonObject): JsonObject {
  const metadata = member(object, 'metadata');
  if (!isObject(metadata) || !Object.hasOwn(metadata, 'managedFields')) return object;
  return withMember(object, 'metadata', withMember(metadata, 'managedFields', undefined));
}
