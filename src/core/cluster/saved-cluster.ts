import { isArray, isObject, member, textAt, type Json, type JsonObject } from '../base/json';
import { parseJson } from '../base/json-text';
import { objectId, refOf, splitApiVersion, type ObjectRef } from '../kube/identity';
import { asLive, type Live } from '../kube/live';
import type { Cluster, KindStatus, LiveState, LiveStore, PresentState, Resource } from './api';
import { ClusterError } from './errors';
import { kindKey } from './merge-wants';
import { readRecording, type RecordedKind, type Recording } from './recording';

/**
 * A cluster read from a text: a recording, or the JSON list that `kubectl get -o json` prints. Of a list nobody knows
 * what was asked for, so what is not in it is unknown, never missing. Throws `ClusterError` `invalid` for anything else.
 */
export function openSaved(text: string, file: string, namespace: string | undefined): Cluster {
  const value = parse(text, file);
  const recording = readRecording(value);
  if (recording) return new SavedCluster(recording, true, namespace);
  const items = objectsIn(value);
  if (!items) throw new ClusterError('invalid', `${file} is neither a recording made by plumbline nor a list of objects as kubectl get -o json prints it`);
  return new SavedCluster(recordingOf(items), false, namespace);
}

function parse(text: string, file: string): Json {
  try {
    return parseJson(text);
  } catch {
    throw new ClusterError('invalid', `${file} is not JSON`);
  }
}

/** The items of a list, with the type that the API leaves out in them; a single object is a list of one. `undefined` for anything else. */
function objectsIn(value: Json): readonly JsonObject[] | undefined {
  if (!isObject(value)) return undefined;
  const [apiVersion, kind, items] = [textAt(value, 'apiVersion'), textAt(value, 'kind'), member(value, 'items')];
  if (apiVersion === undefined || kind === undefined) return undefined;
  if (!kind.endsWith('List') || !isArray(items)) return refOf(value) ? [value] : undefined;
  const type = kind === 'List' ? {} : { apiVersion, kind: kind.slice(0, -'List'.length) };
  return items.filter(isObject).map(item => ({ ...type, ...item }));
}

/** What a list of objects tells: that these exist. */
function recordingOf(items: readonly JsonObject[]): Recording {
  const kinds = new Map<string, { readonly ref: ObjectRef; readonly objects: JsonObject[] }>();
  for (const object of items) {
    const ref = refOf(object);
    if (!ref) continue;
    const kind = kinds.get(kindKey(ref.apiVersion, ref.kind)) ?? { ref, objects: [] };
    kind.objects.push(object);
    kinds.set(kindKey(ref.apiVersion, ref.kind), kind);
  }
  const kindsRead = [...kinds.values()].map(({ ref: { apiVersion, kind }, objects }): RecordedKind => {
    const { group, version } = splitApiVersion(apiVersion);
    const namespaced = objects.some(object => textAt(object, 'metadata', 'namespace') !== undefined);
    return { apiVersion, kind, resource: { group, version, kind, plural: kind.toLowerCase(), namespaced, verbs: ['list'] }, reads: [], objects, omitted: [] };
  });
  return { context: 'a saved list', server: '', uid: undefined, version: 'unknown', namespace: 'default', kinds: kindsRead, schemas: new Map() };
}

const NOTHING = { list: 0, get: 0, dryRun: 0, other: 0, bytes: 0 } as const;

class SavedCluster implements Cluster {
  readonly pin: Cluster['pin'];
  readonly version: string;
  readonly namespace: string;
  readonly masked: boolean;
  readonly traffic = NOTHING;
  readonly store: SavedStore;
  readonly onDiscovery: Cluster['onDiscovery'] = () => ({ dispose: () => undefined });
  readonly #recording: Recording;

  constructor(recording: Recording, masked: boolean, namespace: string | undefined) {
    const { context, server, uid, version } = recording;
    this.#recording = recording;
    this.pin = { context, server, caHash: undefined, user: '', uid, identity: uid ?? `saved ${context}` };
    this.version = version;
    this.namespace = namespace ?? recording.namespace;
    this.masked = masked;
    this.store = new SavedStore(recording.kinds, masked);
  }

  resource(apiVersion: string, kind: string): Resource | undefined {
    return this.store.kind(apiVersion, kind)?.resource;
  }

  resources(group: string): readonly Resource[] {
    return this.#recording.kinds.flatMap(({ resource }) => (resource?.group === group ? [resource] : []));
  }

  get(ref: ObjectRef): Promise<Live | undefined> {
    const state = this.store.read(ref);
    return state.kind === 'unknown' ? Promise.reject(new ClusterError('offline', 'it is not in the saved file')) : Promise.resolve(state.kind === 'present' ? state.object : undefined);
  }

  labelled(): Promise<never> {
    return Promise.reject(new ClusterError('offline', 'it is not in the saved file'));
  }

  patch(): Promise<never> {
    return Promise.reject(new ClusterError('offline', 'a saved file cannot be written to'));
  }

  allowed(): Promise<boolean> {
    return Promise.resolve(false);
  }

  openapi(apiVersion: string): Promise<JsonObject | undefined> {
    return Promise.resolve(this.#recording.schemas.get(apiVersion));
  }

  verifyPin(): Promise<never> {
    return Promise.reject(new ClusterError('offline', 'a saved file is no cluster'));
  }

  dispose(): void {
    // Nothing is held.
  }
}

/** The same one whenever the object is read. */
type Saved = Extract<LiveState, { readonly kind: 'present' }>;

class SavedStore implements LiveStore {
  readonly onChange: LiveStore['onChange'] = () => ({ dispose: () => undefined });
  readonly lost: LiveStore['lost'];
  readonly #kinds = new Map<string, { readonly recorded: RecordedKind; readonly byId: ReadonlyMap<string, Saved> }>();
  /** What is not there was looked for. */
  readonly #whole: boolean;

  constructor(kinds: readonly RecordedKind[], whole: boolean) {
    this.#whole = whole;
    this.lost = undefined;
    for (const recorded of kinds) this.#kinds.set(kindKey(recorded.apiVersion, recorded.kind), { recorded, byId: new Map(recorded.objects.map((object): [string, Saved] => [idOf(object), { kind: 'present', object: asLive(object), seen: [] }])) });
  }

  kind(apiVersion: string, kind: string): RecordedKind | undefined {
    return this.#kinds.get(kindKey(apiVersion, kind))?.recorded;
  }

  want(): void {
    // Nothing more can be read.
  }

  settled(): Promise<number> {
    return Promise.resolve(0);
  }

  read(ref: ObjectRef): LiveState {
    const found = this.#kinds.get(kindKey(ref.apiVersion, ref.kind));
    const namespace = found?.recorded.resource?.namespaced === true ? ref.namespace : undefined;
    const status = this.status(ref.apiVersion, ref.kind, namespace);
    if (!found || status.kind !== 'ready') return { kind: 'unknown', status };
    const id = objectId({ ...ref, namespace });
    const saved = found.byId.get(id);
    if (saved) return saved;
    return this.#whole && !found.recorded.omitted.includes(id) ? { kind: 'absent' } : { kind: 'unknown', status: NOT_SAVED };
  }

  list(apiVersion: string, kind: string): readonly PresentState[] {
    return [...(this.#kinds.get(kindKey(apiVersion, kind))?.byId.values() ?? [])];
  }

  status(apiVersion: string, kind: string, namespace: string | undefined): KindStatus {
    const recorded = this.kind(apiVersion, kind);
    if (!recorded) return NOT_SAVED;
    if (!recorded.resource) return { kind: 'notInstalled' };
    if (!this.#whole) return { kind: 'ready', verifiedAt: 0 };
    const everywhere = recorded.reads.find(read => read.namespace === undefined);
    const own = recorded.reads.find(read => read.namespace === namespace);
    // Everywhere, unless that was forbidden and the namespace was read on its own.
    if (everywhere && everywhere.status.kind !== 'denied') return everywhere.status;
    return own?.status ?? everywhere?.status ?? NOT_SAVED;
  }
}

const NOT_SAVED: KindStatus = { kind: 'offline', since: 0, reason: 'the saved file does not say' };

const idOf = (object: JsonObject): string => {
  const ref = refOf(object);
  return ref ? objectId(ref) : '';
};
