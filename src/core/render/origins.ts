import { posix } from 'node:path';
import { isObject, member, sameJson, textAt, withMember, type JsonObject } from '../base/json';
import { readDocuments } from '../manifests/documents';

/** Where kustomize says that an object comes from; paths from the top of the tree. */
export type ObjectOrigin =
  | { readonly kind: 'file'; readonly file: string }
  /** The kustomization whose generator made it. */
  | { readonly kind: 'generator'; readonly kustomization: string }
  | { readonly kind: 'unknown' };

const ANNOTATION = 'config.kubernetes.io/origin';

/**
 * What is written on the objects of a build that was asked for origins, one for each in order. Patches see the annotations while
 * kustomize works: they count only if nothing else came of it (`plain`). `root` is the folder that was built.
 */
export function toldOrigins(plain: readonly JsonObject[], annotated: readonly JsonObject[], root: string): readonly ObjectOrigin[] | undefined {
  if (plain.length !== annotated.length || !plain.every((object, i) => sameJson(unmarked(object), annotated[i] && unmarked(annotated[i])))) return undefined;
  return annotated.map(object => originOf(textAt(object, 'metadata', 'annotations', ANNOTATION), root));
}

function unmarked(object: JsonObject): JsonObject {
  const metadata = member(object, 'metadata');
  const annotations = member(metadata, 'annotations');
  if (!isObject(metadata) || !isObject(annotations)) return object;
  const others = withMember(annotations, ANNOTATION, undefined);
  return withMember(object, 'metadata', withMember(metadata, 'annotations', Object.keys(others).length > 0 ? others : undefined));
}

function originOf(text: string | undefined, root: string): ObjectOrigin {
  const origin = text === undefined ? undefined : readDocuments(text, 'K2')[0]?.root?.value;
  const [path, repository, kustomization] = ['path', 'repo', 'configuredIn'].map(field => textAt(origin, field));
  if (repository !== undefined) return { kind: 'unknown' };
  if (kustomization !== undefined) return { kind: 'generator', kustomization: posix.join(root, kustomization) };
  return path === undefined ? { kind: 'unknown' } : { kind: 'file', file: posix.join(root, path) };
}
