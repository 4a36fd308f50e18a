import { posix } from 'node:path';
import { asObject, isObject, listAt, member, textAt, withMember, type Json, type JsonObject } from '../base/json';
import { stringifyJson } from '../base/json-text';
import { readDocuments } from '../manifests/documents';
import { KUSTOMIZATION_FILES, kustomizationAmong } from './kustomization';
import { editKustomization, type Edited } from './kustomization-edit';
import { withKnownNames } from './kustomization-names';
import { textOf } from './reach';
import type { BuildRequest, Substitution } from './sandbox';
import type { Steps } from './sites';

/** What a Flux Kustomization adds to a folder. */
export interface FluxBuild extends Substitution {
  readonly spec: JsonObject;
}

/** What Argo CD changes in the root's kustomization before it is built. */
export interface ArgoEdit {
  readonly file: string;
  /** As `spec.source.kustomize` has them. */
  readonly options: JsonObject;
  /** Where they stand below `spec`. */
  readonly at: Steps;
  /** Files among those of the request that say more of the options; the last one wins. */
  readonly overrides: readonly string[];
  /** What is added of `options.components`. */
  readonly components: readonly string[];
}

/** A root before the controller has changed anything in it. */
export interface RootRequest extends Pick<BuildRequest, 'root' | 'files' | 'unrestricted'> {
  /** `undefined`: as `kustomize build` does. */
  readonly flux: FluxBuild | undefined;
  /** Absent: the kustomization is built as it is. */
  readonly argo?: ArgoEdit | undefined;
}

/** As it is sent; `undefined` where something is to be added to a kustomization that cannot be read. */
export function asBuilt({ root, files, flux, argo, unrestricted }: RootRequest): BuildRequest | undefined {
  if (argo) {
    const edited = editedBy(argo, files);
    return edited.kind === 'edited' ? { root, files: written(files, argo.file, edited.kustomization), flux: undefined, unrestricted } : undefined;
  }
  if (!flux) return { root, files, flux, unrestricted };
  const file = kustomizationAmong(root, files) ?? posix.join(root, KUSTOMIZATION_FILES[0]);
  const read = kustomizationAt(file, files);
  const { spec, ...substitution } = flux;
  const exists = (component: string): boolean => kustomizationAmong(posix.join(root, component), files) !== undefined;
  return read && { root, files: written(files, file, withSpec(read, spec, exists)), flux: { ...substitution, file } };
}

/** The kustomization as Argo CD has it built. */
export function editedBy({ file, options, overrides, components }: ArgoEdit, files: RootRequest['files']): Edited {
  const read = kustomizationAt(file, files);
  const said = overrides.map(override => member(kustomizationAt(override, files), 'kustomize') ?? {});
  return read ? editKustomization(read, said.reduce<JsonObject>(mergedOptions, options), components) : { kind: 'refused', reason: 'it is no map' };
}

/** The options with what a file says of them (reposerver, `mergeSourceParameters`): RFC 7386, but for `null`, which changes nothing, as the merged text is read over the options that are there. */
export function mergedOptions(options: JsonObject, said: Json): JsonObject {
  let out = options;
  for (const [key, value] of Object.entries(isObject(said) ? said : {})) if (value !== null) out = withMember(out, key, isObject(value) ? mergedOptions(asObject(member(out, key)), value) : value);
  return out;
}

/** The same, told to write on each object where it comes from; `undefined` where the kustomization cannot be read. */
export function askingForOrigins(request: BuildRequest): BuildRequest | undefined {
  const { root, files } = request;
  const file = kustomizationAmong(root, files);
  const read = file === undefined ? undefined : kustomizationAt(file, files);
  if (file === undefined || !read) return undefined;
  return { ...request, files: written(files, file, withMember(read, 'buildMetadata', [...listAt(read, 'buildMetadata').filter(one => one !== ORIGINS), ORIGINS])) };
}

const ORIGINS = 'originAnnotations';

/** `undefined`: no YAML, or no map. */
export function kustomizationAt(file: string, files: RootRequest['files']): JsonObject | undefined {
  const [document] = readDocuments(textOf(files.get(file) ?? new Uint8Array()), 'K2');
  const root = document?.root;
  const value = root?.kind === 'map' ? withKnownNames(root).value : document ? root?.value : {};
  return !document?.trouble && isObject(value) ? value : undefined;
}

const written = (files: RootRequest['files'], file: string, value: JsonObject): RootRequest['files'] => new Map(files).set(file, Buffer.from(stringifyJson(value)));

/** The kustomization that the controller writes before it builds (fluxcd/pkg/kustomize `GenerateManifest`). */
export function withSpec(kustomization: JsonObject, spec: JsonObject, exists: (component: string) => boolean): JsonObject {
  let out = kustomization;
  if (listAt(out, 'resources').length === 0) out = withMember(out, 'buildMetadata', [ORIGINS]);
  for (const [from, to] of [['targetNamespace', 'namespace'], ['namePrefix', 'namePrefix'], ['nameSuffix', 'nameSuffix']] as const) {
    const text = textAt(spec, from);
    if (text !== undefined) out = withMember(out, to, text);
  }
  const add = (field: string, added: readonly Json[]): void => {
    if (added.length > 0) out = withMember(out, field, [...listAt(out, field), ...added]);
  };
  add('patches', listAt(spec, 'patches'));
  add('components', listAt(spec, 'components').filter(component => member(spec, 'ignoreMissingComponents') !== true || (typeof component === 'string' && exists(component))));
  const images = listAt(spec, 'images');
  if (images.length > 0) out = withMember(out, 'images', images.reduce(withImage, listAt(out, 'images')));
  const metadata = listAt(spec, 'buildMetadata');
  return metadata.length > 0 ? withMember(out, 'buildMetadata', metadata) : out;
}

/** The Kustomization's entry wins over the folder's; tag and digest count as one. */
function withImage(images: readonly Json[], image: Json): readonly Json[] {
  const index = images.findIndex(other => textAt(other, 'name') === textAt(image, 'name'));
  const before = images[index];
  if (!isObject(before)) return [...images, image];
  const given = (field: string): boolean => (textAt(image, field) ?? '') !== '';
  const take = (onto: JsonObject, field: string): JsonObject => withMember(onto, field, member(image, field) ?? '');
  const renamed = given('newName') ? take(before, 'newName') : before;
  const merged = given('newTag') || given('digest') ? take(take(renamed, 'newTag'), 'digest') : renamed;
  return images.map((other, i) => (i === index ? merged : other));
}
