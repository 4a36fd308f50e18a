import type { Event } from '../base/event';
import type { Json, JsonObject } from '../base/json';
import type { Disposable } from '../base/lifetime';
import type { ObjectRef } from '../kube/identity';
import type { Live } from '../kube/live';

/** What a session is tied to for its whole life. Nothing is written when any of it has changed. */
export interface ClusterPin {
  readonly context: string;
  readonly server: string;
  /** SHA-256 of the CA bundle, hex; `undefined` where the kubeconfig names none. */
  readonly caHash: string | undefined;
  /** The kubeconfig's user entry, not an authenticated name. */
  readonly user: string;
  /** UID of namespace `kube-system`, `undefined` where it may not be read. */
  readonly uid: string | undefined;
  /** `uid`, else a hash of server and CA: the text under which decisions about this cluster are remembered. */
  readonly identity: string;
}

/** One served kind, from discovery. */
export interface Resource {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
}

/** `consent`: a program has to be allowed by a person first. */
export type ClusterFailure = 'consent' | 'denied' | 'unauthenticated' | 'offline' | 'notFound' | 'conflict' | 'invalid' | 'throttled' | 'badAnswer' | 'aborted';

/**
 * Where one kind (in one namespace, or everywhere) stands. Verdicts follow from it:
 * nothing is in sync, and nothing is missing, unless it is `ready`.
 */
export type KindStatus =
  | { readonly kind: 'loading' }
  | { readonly kind: 'ready'; readonly verifiedAt: number }
  | { readonly kind: 'stale'; readonly since: number; readonly reason: string }
  | { readonly kind: 'denied'; readonly reason: string }
  | { readonly kind: 'offline'; readonly since: number; readonly reason: string }
  | { readonly kind: 'notInstalled' };

/** What a session has asked and got so far. */
export interface Traffic {
  /** Lists of a kind, each once however many objects it has. */
  readonly list: number;
  readonly get: number;
  readonly dryRun: number;
  /** Versions, kinds, schemas, rights, watches. */
  readonly other: number;
  /** Of the bodies of all answers, unpacked. */
  readonly bytes: number;
}

/** One object in the store. A state that is `===` an earlier one says the same: `object` may be made anew at each question, and throws `SyntaxError` when the server sent what is none. */
export type LiveState =
  | { readonly kind: 'present'; readonly object: Live; readonly seen: readonly Sighting[]; /** Its resourceVersion, where that is known without the object. */ readonly version?: string | undefined }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unknown'; readonly status: KindStatus | Elsewhere };

/** One version of an object that is there; the same one as long as it is. Its `object` may be made of its text whenever somebody asks. */
export type PresentState = LiveState & { readonly kind: 'present' };

/**
 * An object whose text is here: what `read` will give once the reading that it belongs to is known to be whole, and maybe never.
 * To look at it costs least now.
 */
export interface Coming {
  /** `objectId`. */
  readonly id: string;
  readonly state: PresentState;
}

/** It lives in another cluster, which nobody has asked here; `reason` says which, in one sentence without a full stop. */
export interface Elsewhere {
  readonly kind: 'elsewhere';
  readonly reason: string;
}

/** A change that a watch saw happen: an exact time, unlike managedFields. */
export interface Sighting {
  /** Milliseconds since the epoch, the server's clock. */
  readonly at: number;
  readonly manager: string | undefined;
}

/** A kind that somebody wants kept current. `namespaces` undefined: everywhere. */
export interface Want {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespaces: readonly string[] | undefined;
  /** By namespace (empty for a kind that has none): the only object that is wanted there. Where one is named, others need not be read. */
  readonly alone?: ReadonlyMap<string, string> | undefined;
  /** Where to look one by one when everywhere is wanted and forbidden; what other wants name is tried too. */
  readonly fallback?: readonly string[];
  /** It only adds to what is said: that it may not be read is no trouble. */
  readonly extra?: true;
}

/** What is known of the cluster now. Reading is synchronous and never fetches. */
export interface LiveStore {
  /** Replaces the set of wanted kinds; watches start and stop to match. */
  want(wants: readonly Want[]): void;
  read(ref: ObjectRef): LiveState;
  /** Fulfilled, with how many readings were begun so far, once each has been made or has failed. */
  settled(): Promise<number>;
  /** Everything held of one kind, any namespace. */
  list(apiVersion: string, kind: string): readonly PresentState[];
  status(apiVersion: string, kind: string, namespace: string | undefined): KindStatus;
  /** Set while the server cannot be reached at all; milliseconds since the epoch. */
  readonly lost: { readonly since: number; readonly reason: string } | undefined;
  /** Ids (`objectId`) that changed, or `all` when statuses did. Coalesced: at most one event in 100 ms. */
  readonly onChange: Event<ReadonlySet<string> | 'all'>;
  /** What comes while a kind is being read; absent where nothing does. */
  readonly onComing?: Event<Coming>;
}

/** What an object is called and labelled: all that a list of labels brings. */
export interface Labelled {
  readonly namespace: string;
  readonly name: string;
  readonly labels: JsonObject;
}

export interface PatchRequest {
  readonly ref: ObjectRef;
  /** `apply` is server-side apply; the body of `json` is a list of operations. */
  readonly type: 'apply' | 'merge' | 'json';
  readonly body: Json;
  readonly fieldManager: string;
  readonly force?: boolean;
  readonly dryRun?: boolean;
  readonly subresource?: string;
}

export interface PatchResult {
  readonly object: Live;
  /** `Warning` headers, the text only. */
  readonly warnings: readonly string[];
}

/** A connected, pinned cluster. Every method rejects with `ClusterError`. */
export interface Cluster extends Disposable {
  readonly pin: ClusterPin;
  /** As `/version` says: `v1.37.2`. */
  readonly version: string;
  /** The context's namespace, `default` where it names none. */
  readonly namespace: string;
  readonly store: LiveStore;
  readonly traffic: Traffic;
  /** The live objects come from a recording: what is secret in them is a mask, and says nothing of the value. */
  readonly masked: boolean;
  /** From the cached discovery; `undefined` for a kind that is not served. `refresh` asks again. */
  resource(apiVersion: string, kind: string): Resource | undefined;
  /** Every served kind of one group, preferred version first; `undefined` where that could not be read. */
  resources(group: string): readonly Resource[] | undefined;
  readonly onDiscovery: Event<void>;
  /** A fresh, consistent read; `undefined` when the server says 404. */
  get(ref: ObjectRef, signal?: AbortSignal): Promise<Live | undefined>;
  /** What is called so by its labels (`owner=helm`), in one namespace or everywhere, read freshly; the server sends no bodies. */
  labelled(kind: Pick<ObjectRef, 'apiVersion' | 'kind'>, namespace: string | undefined, selector: string, signal?: AbortSignal): Promise<readonly Labelled[]>;
  patch(request: PatchRequest, signal?: AbortSignal): Promise<PatchResult>;
  /** SelfSubjectAccessReview, cached per verb, kind and namespace. */
  allowed(verb: 'patch' | 'create' | 'get' | 'list', ref: ObjectRef, signal?: AbortSignal): Promise<boolean>;
  /** The OpenAPI v3 document of one group-version, cached by its hash; `undefined` where the server has none. */
  openapi(apiVersion: string, signal?: AbortSignal): Promise<JsonObject | undefined>;
  /** Reads namespace `kube-system` anew and throws unless it is still the pinned cluster. Asked before every write. */
  verifyPin(signal?: AbortSignal): Promise<void>;
}
