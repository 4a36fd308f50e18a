import type { Clock } from '../base/clock';
import { at, member, textAt, type JsonObject } from '../base/json';
import { splitApiVersion } from '../kube/identity';
import { isClusterError } from './errors';
import type { Rest } from './rest';
import type { SchemaFiles } from './schema-files';

/** Milliseconds for which the list of documents and their hashes is believed. */
const INDEX_MS = 30_000;

/** Where documents are kept between sessions, and what tells this server's from those of others. */
export interface SchemaStore {
  readonly files: SchemaFiles;
  readonly scope: string;
}

/** OpenAPI v3 documents, one per group-version, kept by the hash that the server puts into their URL. */
export class OpenApi {
  readonly #rest: Rest;
  readonly #clock: Clock;
  readonly #store: SchemaStore | undefined;
  /** By group-version, the latest of each. */
  readonly #documents = new Map<string, { readonly url: string; readonly document: Promise<JsonObject> }>();
  #index: { readonly paths: Promise<JsonObject | undefined>; readonly until: number } | undefined;

  constructor(rest: Rest, clock: Clock, store: SchemaStore | undefined) {
    this.#rest = rest;
    this.#clock = clock;
    this.#store = store;
  }

  /** Asks where the documents are, so that the first of them can be asked for at once. Whether that fails shows then. */
  readAhead(): void {
    this.#paths().catch(() => undefined);
  }

  /** `undefined` where the server has no document for it, or none at all. Rejects with `ClusterError`. */
  async document(apiVersion: string, signal: AbortSignal | undefined): Promise<JsonObject | undefined> {
    const { group, version } = splitApiVersion(apiVersion);
    const paths = await this.#paths();
    signal?.throwIfAborted();
    const url = textAt(member(paths, group === '' ? `api/${version}` : `apis/${group}/${version}`), 'serverRelativeURL');
    if (url === undefined) return undefined;
    const kept = this.#documents.get(apiVersion);
    if (kept?.url === url) return kept.document;
    const entry = { url, document: this.#read(url, apiVersion) };
    this.#documents.set(apiVersion, entry);
    entry.document.catch(() => {
      if (this.#documents.get(apiVersion) === entry) this.#documents.delete(apiVersion);
    });
    return entry.document;
  }

  /** Kinds came or went: hashes are read anew; unchanged documents stay. */
  forgetIndex(): void {
    this.#index = undefined;
  }

  async #read(url: string, apiVersion: string): Promise<JsonObject> {
    // Without a hash nothing tells whether the server has a newer one.
    const store = url.includes('hash=') ? this.#store : undefined;
    const kept = await store?.files.read(store.scope, url);
    if (kept) return kept;
    const { object } = await this.#rest.json({ path: url, what: `the schema of ${apiVersion}`, patient: true });
    // Its paths are of no use here, and half of it.
    const document = { components: member(object, 'components') ?? null };
    store?.files.keep(store.scope, url, document);
    return document;
  }

  #paths(): Promise<JsonObject | undefined> {
    if (this.#index && this.#clock.now() < this.#index.until) return this.#index.paths;
    const paths = this.#readPaths();
    const entry = { paths, until: this.#clock.now() + INDEX_MS };
    this.#index = entry;
    paths.catch(() => {
      if (this.#index === entry) this.#index = undefined;
    });
    return paths;
  }

  async #readPaths(): Promise<JsonObject | undefined> {
    try {
      const { object } = await this.#rest.json({ path: '/openapi/v3', what: 'the schemas of this cluster', patient: true });
      const paths = at(object, 'paths');
      return typeof paths === 'object' ? (paths as JsonObject) : undefined;
    } catch (error) {
      if (isClusterError(error) && (error.kind === 'notFound' || error.kind === 'denied')) return undefined;
      throw error;
    }
  }
}
