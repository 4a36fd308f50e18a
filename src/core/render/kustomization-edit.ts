import { at, isObject, type Json, type JsonObject, listAt, mapAt, member, textAt, withMember } from '../base/json';

/** What `kustomize edit` makes of a kustomization, or why it refuses; `reason` is one sentence without a full stop. */
export type Edited = { readonly kind: 'edited'; readonly kustomization: JsonObject } | { readonly kind: 'refused'; readonly reason: string };

class Refused extends Error {}

/**
 * Changes a kustomization as Argo CD has `kustomize edit` do by the options of a source (util/kustomize `Build`, kustomize
 * commands/edit of 5.8): in its order. `components` are those that are added: see `addedComponents`.
 */
export function editKustomization(kustomization: JsonObject, options: JsonObject, components: readonly string[]): Edited {
  try {
    let out = kustomization;
    for (const field of ['namePrefix', 'nameSuffix'] as const) out = set(out, field, textAt(options, field));
    out = setImages(out, listAt(options, 'images'));
    out = setReplicas(out, listAt(options, 'replicas'));
    out = addLabels(out, options);
    out = addToMap(out, 'commonAnnotations', mapAt(options, 'commonAnnotations'), member(options, 'forceCommonAnnotations') === true, 'annotation');
    out = set(out, 'namespace', textAt(options, 'namespace'));
    const patches = listAt(options, 'patches');
    if (patches.length > 0) out = withMember(out, 'patches', [...listAt(out, 'patches'), ...patches]);
    const present = listAt(out, 'components');
    const added = components.filter(component => !present.includes(component));
    if (added.length > 0) out = withMember(out, 'components', [...present, ...added]);
    return { kind: 'edited', kustomization: out };
  } catch (error) {
    if (error instanceof Refused) return { kind: 'refused', reason: error.message };
    throw error;
  }
}

/** With `ignoreMissingComponents` Argo CD 3.6 adds the first one that is there, and no more. */
export async function addedComponents(options: JsonObject, exists: (component: string) => Promise<boolean>): Promise<string[]> {
  const components = listAt(options, 'components').filter(component => typeof component === 'string');
  if (member(options, 'ignoreMissingComponents') !== true) return components;
  for (const component of components) if (await exists(component)) return [component];
  return [];
}

const set = (object: JsonObject, field: string, value: string | undefined): JsonObject => (value ? withMember(object, field, value) : object);

/** Parts of an image; `*` keeps what the kustomization has. */
interface Image {
  readonly name: string;
  readonly newName: string;
  readonly newTag: string;
  readonly digest: string;
}

function setImages(object: JsonObject, wanted: readonly Json[]): JsonObject {
  if (wanted.length === 0) return object;
  const images = new Map(wanted.map(text => imageOf(text)).map(image => [image.name, image] as const));
  const kept = new Map<string, Json>();
  for (const present of listAt(object, 'images')) {
    const name = textAt(present, 'name') ?? '';
    const image = images.get(name);
    if (!image) kept.set(name, present);
    else images.set(name, { name, newName: keep(image.newName, present, 'newName'), newTag: keep(image.newTag, present, 'newTag'), digest: keep(image.digest, present, 'digest') });
  }
  for (const image of images.values()) kept.set(image.name, written(image));
  return withMember(object, 'images', [...kept].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, image]) => image));
}

const KEEP = '*';
/** A tag may be written as a number. */
function keep(value: string, present: Json, field: string): string {
  const before = member(present, field);
  return value !== KEEP ? value : typeof before === 'string' || typeof before === 'number' ? String(before) : '';
}

function written({ name, newName, newTag, digest }: Image): JsonObject {
  const parts = { newName, newTag, digest };
  return { name, ...Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== '' && value !== KEEP)) };
}

/** `name:tag`, `name@digest`, `name=newname:tag@digest` (setimage.go `parse`). */
function imageOf(text: Json): Image {
  if (typeof text !== 'string') throw new Refused('an image is no text');
  const equals = text.indexOf('=');
  const [key, value] = equals < 0 ? ['', text] : [text.slice(0, equals), text.slice(equals + 1)];
  const { name, tag, digest } = splitImage(value);
  if (name === text) throw new Refused(`the image ${text} names no tag, digest or new name`);
  return key === '' ? { name, newName: '', newTag: tag, digest } : { name: key, newName: name, newTag: tag, digest };
}

/** kustomize api/internal/image `Split`. */
function splitImage(text: string): { readonly name: string; readonly tag: string; readonly digest: string } {
  const slash = text.indexOf('/');
  const from = slash < 0 ? 0 : slash;
  const at = text.indexOf('@', from);
  const whole = at < 0 ? text : text.slice(0, at);
  const digest = at < 0 ? '' : text.slice(at + 1);
  const colon = whole.indexOf(':', from);
  return colon < 0 ? { name: whole, tag: '', digest } : { name: whole.slice(0, colon), tag: whole.slice(colon + 1), digest };
}

function setReplicas(object: JsonObject, wanted: readonly Json[]): JsonObject {
  if (wanted.length === 0) return object;
  const replicas = new Map(listAt(object, 'replicas').map(present => [textAt(present, 'name') ?? '', present] as const));
  for (const one of wanted) {
    const name = textAt(one, 'name') ?? '';
    const count = member(one, 'count');
    const number = typeof count === 'string' && /^[+-]?\d+$/.test(count) ? Number(count) : count;
    if (typeof number !== 'number') throw new Refused(`the count of ${name} is no whole number`);
    replicas.set(name, { name, count: number });
  }
  return withMember(object, 'replicas', [...replicas].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one));
}

/** `edit add label`: into `commonLabels`, or without selectors into `labels`. */
function addLabels(object: JsonObject, options: JsonObject): JsonObject {
  const wanted = mapAt(options, 'commonLabels');
  const force = member(options, 'forceCommonLabels') === true;
  const templates = member(options, 'labelIncludeTemplates') === true;
  if (Object.keys(wanted).length === 0) return object;
  if (member(options, 'labelWithoutSelector') !== true) {
    if (templates) throw new Refused('labelIncludeTemplates needs labelWithoutSelector');
    return addToMap(object, 'commonLabels', wanted, force, 'label');
  }
  const labels = listAt(object, 'labels');
  const flag = (label: Json, field: string): boolean => member(label, field) === true;
  const index = labels.findIndex(label => !flag(label, 'includeSelectors') && flag(label, 'includeTemplates') === templates);
  const present = labels[index];
  const pairs = addToMap({ pairs: at(present, 'pairs') ?? {} }, 'pairs', wanted, force, 'label');
  const changed: JsonObject = { ...(isObject(present) ? present : templates ? { includeTemplates: true } : {}), ...pairs };
  return withMember(object, 'labels', index < 0 ? [...labels, changed] : labels.map((label, i) => (i === index ? changed : label)));
}

function addToMap(object: JsonObject, field: string, wanted: JsonObject, force: boolean, what: string): JsonObject {
  if (Object.keys(wanted).length === 0) return object;
  let map = mapAt(object, field);
  for (const [key, value] of Object.entries(wanted)) {
    if (Object.hasOwn(map, key) && !force) throw new Refused(`the ${what} ${key} is in the kustomization already, and is not to be forced`);
    map = withMember(map, key, value);
  }
  return withMember(object, field, map);
}
