import type { JsonObject } from '../base/json';
import type { Cluster } from '../cluster/api';
import { splitApiVersion } from '../kube/identity';
import { GroupVersionSchemas } from '../kube/openapi';
import type { SchemaType } from '../kube/schema';

/** Kinds whose schema is not known yet judge as undecided, so a schema must come, or be known not to exist. */
export type SchemaState = { readonly kind: 'loading' } | { readonly kind: 'ready'; readonly type: SchemaType | undefined };

interface Known {
  readonly document: JsonObject | undefined;
  /** `undefined`: there are none. */
  readonly schemas: GroupVersionSchemas | undefined;
}

const LOADING: SchemaState = { kind: 'loading' };

/** The schemas of one session, fetched per group-version on first need. */
export class Schemas {
  readonly #cluster: Cluster;
  readonly #onArrival: () => void;
  readonly #onFailure: (error: unknown) => void;
  readonly #known = new Map<string, Known>();
  readonly #asked = new Map<string, Promise<void>>();
  /** What `of` has answered, by group-version and kind: it is asked for each object. */
  readonly #states = new Map<string, Map<string, SchemaState>>();
  /** Grows with whatever may make `of` answer otherwise. */
  generation = 0;

  constructor(cluster: Cluster, onArrival: () => void, onFailure: (error: unknown) => void) {
    this.#cluster = cluster;
    this.#onArrival = onArrival;
    this.#onFailure = onFailure;
  }

  of(apiVersion: string, kind: string): SchemaState {
    if (!this.#known.has(apiVersion)) {
      this.#ask(apiVersion);
      return LOADING;
    }
    const states = this.#states.get(apiVersion) ?? new Map<string, SchemaState>();
    const known = states.get(kind);
    if (known) return known;
    const { group, version } = splitApiVersion(apiVersion);
    const state: SchemaState = { kind: 'ready', type: this.#known.get(apiVersion)?.schemas?.typeOf(kind, group, version) };
    this.#states.set(apiVersion, states.set(kind, state));
    return state;
  }

  /** Fulfilled, with how many there were, once each schema that was asked for has come or could not be read. */
  async settled(): Promise<number> {
    await Promise.all(this.#asked.values());
    return this.#asked.size;
  }

  /** After discovery changed: kinds may have come or changed shape. What is known counts until the server has said what it is now. */
  forget(): void {
    this.generation++;
    this.#asked.clear();
    for (const apiVersion of this.#known.keys()) this.#ask(apiVersion);
  }

  #ask(apiVersion: string): void {
    if (this.#asked.has(apiVersion)) return;
    const reading = this.#cluster.openapi(apiVersion).then(
      document => {
        if (this.#asked.get(apiVersion) === reading) this.#is(apiVersion, document);
      },
      (error: unknown) => {
        if (this.#asked.get(apiVersion) !== reading) return;
        // Without a schema types are deduced: less is decided, nothing is wrong. The next refresh asks again.
        this.#is(apiVersion, undefined);
        this.#onFailure(error);
      },
    );
    this.#asked.set(apiVersion, reading);
  }

  /** A document that has not changed is the same object: nothing has to be judged again for it. */
  #is(apiVersion: string, document: JsonObject | undefined): void {
    const known = this.#known.get(apiVersion);
    if (known && known.document === document) return;
    this.generation++;
    this.#states.delete(apiVersion);
    this.#known.set(apiVersion, { document, schemas: document && new GroupVersionSchemas(document) });
    this.#onArrival();
  }
}
