import { isObject, listAt, member, textAt, withMember, type Json, type JsonObject } from '../base/json';
import { FieldSet } from './fieldset';
import type { Path } from './path';

/** One entry of `metadata.managedFields`. `time` is when this manager last changed any of its fields, RFC 3339. */
export interface ManagedEntry {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  readonly subresource: string | undefined;
  readonly time: string | undefined;
  readonly fields: FieldSet;
}

/**
 * The entries of a live object; `undefined` when nothing can be said about ownership: managedFields are missing, were
 * reset (`[]`, `[{}]`), or hold anything that the API server itself would throw away as a whole (managedfields.go,
 * `DecodeManagedFields`).
 */
export function managedEntries(live: JsonObject): readonly ManagedEntry[] | undefined {
  const entries: ManagedEntry[] = [];
  for (const item of listAt(live, 'metadata', 'managedFields')) {
    const entry = readEntry(item);
    if (entry === undefined) return undefined;
    entries.push(entry);
  }
  return entries.length === 0 ? undefined : entries;
}

function readEntry(item: Json): ManagedEntry | undefined {
  const operation = textAt(item, 'operation');
  const apiVersion = textAt(item, 'apiVersion');
  if ((operation !== 'Apply' && operation !== 'Update') || !apiVersion || textAt(item, 'fieldsType') !== 'FieldsV1') return undefined;
  const fields = FieldSet.parse(member(item, 'fieldsV1') ?? {});
  if (fields === undefined) return undefined;
  const subresource = textAt(item, 'subresource');
  return { manager: textAt(item, 'manager') ?? '', operation, apiVersion, subresource: subresource === '' ? undefined : subresource, time: textAt(item, 'time'), fields };
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
