import { at, fromEntries, isArray, isObject, listAt, member, textAt, type Json, type JsonObject } from '../base/json';
import { isTooDeep } from '../kube/depth';
import { objectId, refOf } from '../kube/identity';
import type { Live } from '../kube/live';
import { openApiPart } from '../kube/openapi-part';
import { redact } from '../kube/redact';
import type { Cluster, KindStatus, Resource, Want } from './api';
import { mergeWants } from './merge-wants';

export const RECORDING = 'plumbline/recording/v1';

/** What was read of one kind. */
export interface RecordedKind {
  readonly apiVersion: string;
  readonly kind: string;
  /** `undefined`: the cluster did not serve it. */
  readonly resource: Resource | undefined;
  /** Where it was read, and what came of it; `undefined` is everywhere. */
  readonly reads: readonly { readonly namespace: string | undefined; readonly status: KindStatus }[];
  readonly objects: readonly JsonObject[];
  /** Ids of objects that could not be written down. */
  readonly omitted: readonly string[];
}

export interface Recording {
  readonly context: string;
  readonly server: string;
  readonly uid: string | undefined;
  readonly version: string;
  readonly namespace: string;
  readonly kinds: readonly RecordedKind[];
  /** By group-version. */
  readonly schemas: ReadonlyMap<string, JsonObject>;
}

/** A session that remembers what was wanted of it, so that it can be written down. */
export class RecordedSession {
  readonly cluster: Cluster;
  #wants: readonly Want[] = [];
  readonly #documents = new Map<string, JsonObject>();

  constructor(session: Cluster) {
    const want = (wants: readonly Want[]): void => {
      // Whoever opens the file may ask for others of a kind: of those that were not read it could not be told that they are not there.
      this.#wants = wants.map(one => ({ ...one, alone: undefined }));
      session.store.want(this.#wants);
    };
    const openapi: Cluster['openapi'] = async (apiVersion, signal) => {
      const document = await session.openapi(apiVersion, signal);
      if (document) this.#documents.set(apiVersion, document);
      return document;
    };
    const store = overlay(session.store, { want });
    this.cluster = overlay(session, { openapi, store });
  }

  /** Everything that was read, with secrets masked: fit for a file. */
  recording(): Recording {
    const { cluster } = this;
    const { pin, version, namespace } = cluster;
    const kinds = [...mergeWants(this.#wants).values()].map(want => this.#kind(want));
    const schemas = [...this.#documents].map(([apiVersion, document]) => [apiVersion, openApiPart(document, apiVersion, new Set(kinds.filter(kind => kind.apiVersion === apiVersion).map(({ kind }) => kind)))] as const);
    return { context: pin.context, server: withoutLogin(pin.server), uid: pin.uid, version, namespace, kinds, schemas: new Map(schemas) };
  }

  #kind({ apiVersion, kind, namespaces }: Want): RecordedKind {
    const { store } = this.cluster;
    const resource = this.cluster.resource(apiVersion, kind);
    const everywhere = store.status(apiVersion, kind, undefined);
    // Where everywhere was refused, every namespace that anybody named was tried.
    const tried = namespaces ?? (everywhere.kind === 'denied' && resource?.namespaced ? [...new Set(this.#wants.flatMap(want => [...(want.namespaces ?? []), ...(want.fallback ?? [])])), this.cluster.namespace] : []);
    const reads = [...(namespaces ? [] : [undefined]), ...new Set(tried)].map(namespace => ({ namespace, status: store.status(apiVersion, kind, namespace) }));
    const objects = store.list(apiVersion, kind).map(({ object }) => object);
    const fit = objects.filter(object => !isTooDeep(object));
    return { apiVersion, kind, resource, reads, objects: byId(fit).map(redact), omitted: objects.filter(object => isTooDeep(object)).map(idOf).sort() };
  }
}

/** The same object but for these members. Members that are getters or methods keep their own `this`. */
function overlay<T extends object>(target: T, members: Partial<T>): T {
  return new Proxy(target, {
    get: (_, key) => {
      if (Object.hasOwn(members, key)) return members[key as keyof T];
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

const idOf = (object: JsonObject): string => {
  const ref = refOf(object);
  return ref ? objectId(ref) : '';
};

const byId = (objects: readonly Live[]): Live[] => [...objects].sort((a, b) => (idOf(a) < idOf(b) ? -1 : 1));

function withoutLogin(server: string): string {
  if (!URL.canParse(server)) return server;
  const url = new URL(server);
  url.username = '';
  url.password = '';
  return url.href.replace(/\/$/, '');
}

export function writeRecording({ context, server, uid, version, namespace, kinds, schemas }: Recording): JsonObject {
  return {
    schema: RECORDING,
    cluster: { context, server, uid: uid ?? null, version, namespace },
    kinds: kinds.map(({ apiVersion, kind, resource, reads, objects, omitted }): JsonObject => ({
      apiVersion,
      kind,
      resource: resource ? { plural: resource.plural, namespaced: resource.namespaced, verbs: resource.verbs } : null,
      reads: reads.map(read => ({ namespace: read.namespace ?? null, status: { ...read.status } })),
      omitted,
      objects,
    })),
    schemas: fromEntries(schemas),
  };
}

/** Reads what `writeRecording` wrote; `undefined` for anything else. What is damaged in it counts as not read. */
export function readRecording(value: Json): Recording | undefined {
  if (textAt(value, 'schema') !== RECORDING) return undefined;
  const cluster = member(value, 'cluster');
  const schemas = member(value, 'schemas');
  return {
    context: textAt(cluster, 'context') ?? '',
    server: textAt(cluster, 'server') ?? '',
    uid: textAt(cluster, 'uid'),
    version: textAt(cluster, 'version') ?? 'unknown',
    namespace: textAt(cluster, 'namespace') ?? 'default',
    kinds: listAt(value, 'kinds').flatMap(entry => readKind(entry) ?? []),
    schemas: new Map(isObject(schemas) ? Object.entries(schemas).filter((entry): entry is [string, JsonObject] => isObject(entry[1])) : []),
  };
}

function readKind(entry: Json): RecordedKind | undefined {
  const apiVersion = textAt(entry, 'apiVersion');
  const kind = textAt(entry, 'kind');
  if (apiVersion === undefined || kind === undefined) return undefined;
  return {
    apiVersion,
    kind,
    resource: readResource(member(entry, 'resource'), apiVersion, kind),
    reads: listAt(entry, 'reads').map(read => ({ namespace: textAt(read, 'namespace'), status: readStatus(member(read, 'status')) })),
    objects: listAt(entry, 'objects').filter(isObject),
    omitted: listAt(entry, 'omitted').filter(id => typeof id === 'string'),
  };
}

function readResource(value: Json | undefined, apiVersion: string, kind: string): Resource | undefined {
  const plural = textAt(value, 'plural');
  if (plural === undefined) return undefined;
  const slash = apiVersion.indexOf('/');
  const verbs = member(value, 'verbs');
  return { group: apiVersion.slice(0, Math.max(slash, 0)), version: apiVersion.slice(slash + 1), kind, plural, namespaced: member(value, 'namespaced') === true, verbs: isArray(verbs) ? verbs.filter(verb => typeof verb === 'string') : [] };
}

function readStatus(value: Json | undefined): KindStatus {
  const reason = textAt(value, 'reason') ?? 'the recording does not say why';
  const number = (key: string): number => {
    const found = at(value, key);
    return typeof found === 'number' ? found : 0;
  };
  switch (textAt(value, 'kind')) {
    case 'ready':
      return { kind: 'ready', verifiedAt: number('verifiedAt') };
    case 'denied':
      return { kind: 'denied', reason };
    case 'stale':
      return { kind: 'stale', since: number('since'), reason };
    case 'notInstalled':
      return { kind: 'notInstalled' };
    case 'offline':
    default:
      return { kind: 'offline', since: number('since'), reason };
  }
}
