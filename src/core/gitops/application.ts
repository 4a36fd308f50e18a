import type { JsonObject } from '../base/json';
import type { ObjectRef } from '../kube/identity';

/** The unit a controller applies. Read from the cluster, never typed by hand. */
export interface Application {
  readonly tool: 'flux';
  readonly kind: 'Kustomization';
  /** The application object itself, at the version it was read. */
  readonly ref: ObjectRef;
  readonly uid: string;
  readonly resourceVersion: string;
  /** The managedFields name under which its controller applies. */
  readonly manager: string;
  readonly source: ApplicationSource | undefined;
  /** Folder inside the source, `/`-separated, no leading or trailing slash; `''` is the root. */
  readonly path: string;
  /** Commit last applied, 40 or 64 hex digits; `undefined` while nothing was, or where the revision is not a Git one. */
  readonly appliedRevision: string | undefined;
  readonly attemptedRevision: string | undefined;
  readonly pause: Pause | undefined;
  /** Milliseconds. */
  readonly interval: number | undefined;
  readonly reconciling: boolean;
  readonly ready: { readonly status: 'True' | 'False' | 'Unknown'; readonly reason: string; readonly message: string } | undefined;
  /** When its last whole run ended, by the API server's clock, RFC 3339: nothing it applied is newer. `undefined` while it runs, after a failure, and where it is not recorded. */
  readonly ranAt: string | undefined;
  readonly prune: boolean;
  readonly force: boolean;
  readonly targetNamespace: string | undefined;
  readonly commonMetadata: { readonly labels: JsonObject; readonly annotations: JsonObject };
  readonly inventory: readonly ObjectRef[];
  /** What in `spec` changes the manifests in a way that this version does not compute; words for a person, empty when nothing. */
  readonly notComputed: readonly string[];
  /** Set when the objects live in another cluster (`spec.kubeConfig`). */
  readonly remoteCluster: boolean;
  /** The Kustomization that applies this one, if any. */
  readonly parent: ObjectRef | undefined;
  /** Why what is said here may not be how it is now, in one sentence without a full stop; `undefined`: it is current. */
  readonly doubt: string | undefined;
}

export interface ApplicationSource {
  readonly ref: ObjectRef;
  readonly url: string;
  readonly branch: string | undefined;
  /** Commit of the current artifact. */
  readonly revision: string | undefined;
  readonly suspended: boolean;
  /** `spec.ignore` of the GitRepository: what it leaves out, in the syntax of `.gitignore`. */
  readonly ignore: string | undefined;
}

/** Somebody stopped the controller. Whatever is not recorded is `undefined`, never guessed. */
export interface Pause {
  readonly reason: string | undefined;
  readonly by: string | undefined;
  /** Milliseconds since the epoch. */
  readonly since: number | undefined;
  /** The field manager that set `spec.suspend`. */
  readonly manager: string | undefined;
}
