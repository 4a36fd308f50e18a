import { at, fromEntries, isArray, isObject, listAt, member, textAt, type Json, type JsonObject } from '../base/json';
import { splitApiVersion } from './identity';

/**
 * As much of an OpenAPI document of one group-version as describes these kinds: what they refer to at any depth, and no
 * words for people. Fit for `GroupVersionSchemas`, and a small part of the whole.
 */
export function openApiPart(document: JsonObject, apiVersion: string, kinds: ReadonlySet<string>): JsonObject {
  const { group, version } = splitApiVersion(apiVersion);
  const schemas = at(document, 'components', 'schemas');
  const isWanted = (schema: Json): boolean => listAt(schema, 'x-kubernetes-group-version-kind').some(gvk => textAt(gvk, 'group') === group && textAt(gvk, 'version') === version && kinds.has(textAt(gvk, 'kind') ?? ''));
  const pending = isObject(schemas) ? Object.keys(schemas).filter(name => isWanted(schemas[name] ?? null)) : [];
  const kept = new Map<string, Json>();
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    const schema = member(schemas, name);
    if (schema === undefined || kept.has(name)) continue;
    kept.set(name, withoutWords(schema, pending));
  }
  return { components: { schemas: fromEntries([...kept].sort(([a], [b]) => (a < b ? -1 : 1))) } };
}

/** Notes every reference on the way. A property may itself be called `description`: names of properties are left alone. */
function withoutWords(schema: Json, references: string[]): Json {
  if (isArray(schema)) return schema.map(item => withoutWords(item, references));
  if (!isObject(schema)) return schema;
  const reference = textAt(schema, '$ref');
  if (reference !== undefined) references.push(reference.slice(reference.lastIndexOf('/') + 1));
  return fromEntries(
    Object.entries(schema)
      .filter(([key, value]) => !(key === 'description' && typeof value === 'string'))
      .map(([key, value]): [string, Json] => {
        if (key === 'properties' && isObject(value)) return [key, fromEntries(Object.entries(value).map(([name, property]) => [name, withoutWords(property, references)]))];
        return [key, withoutWords(value, references)];
      }),
  );
}
