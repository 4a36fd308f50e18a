import type { ClusterPin } from '../cluster/api';
import type { Application, Pause } from '../gitops/application';
import type { ObjectRef } from '../kube/identity';
import type { Manifest, ManifestProblem } from '../manifests/document';
import type { Trouble } from './trouble';
import type { FieldVerdict, ObjectVerdict, Verdict } from './verdict';

/** Everything a view may show, at one moment. Immutable; `generation` grows by one with each. */
export interface Snapshot {
  readonly generation: number;
  /** The one that tells most where several clusters are shown. */
  readonly connection: Connection;
  /** One for each context that is shown, at least one; what each could not read leaves the others alone. */
  readonly connections: readonly Connection[];
  /** Worst first. */
  readonly environments: readonly Environment[];
  /** By absolute path. Files without manifests and problems are left out. */
  readonly files: ReadonlyMap<string, FileState>;
}

export type Connection =
  | { readonly kind: 'untrusted' }
  | { readonly kind: 'noFolder' }
  | { readonly kind: 'noManifests' }
  | { readonly kind: 'noKubeconfig'; readonly looked: readonly string[] }
  | { readonly kind: 'disconnected'; readonly contexts: readonly string[] }
  | { readonly kind: 'connecting'; readonly context: string }
  | { readonly kind: 'failed'; readonly context: string; readonly failure: 'offline' | 'denied' | 'invalid' | 'consent'; readonly message: string; readonly since: number }
  | {
      readonly kind: 'connected';
      readonly pin: ClusterPin;
      readonly version: string;
      readonly troubles: readonly Trouble[];
      /** Some of what is wanted is being read for the first time, or is being rendered. */
      readonly reading: Reading | undefined;
      /** Why there may be applications, and pauses, that are not known; one sentence without a full stop. */
      readonly doubt: string | undefined;
      /** A person allowed asking the API server, by dry-runs, about whatever stays undecided. */
      readonly verifying: boolean;
    };

export interface Progress {
  readonly done: number;
  readonly of: number;
}

/** How many of the kinds that are wanted have been read, or could not be. A kind that is read in several namespaces may count for each. */
export interface Reading extends Progress {
  /** Of what is rendered; absent where all of it is. */
  readonly rendering?: Progress;
}

/** Where applications meet a cluster: one context, one main namespace. */
export interface Environment {
  /** `<context>/<namespace>`. */
  readonly id: string;
  readonly context: string;
  /** For applications whose objects live elsewhere: `another cluster (…)`, and which. */
  readonly namespace: string;
  readonly production: boolean;
  /** Changes were enabled for it, on purpose, by a person. */
  readonly writable: boolean;
  readonly applications: readonly ApplicationState[];
  readonly counts: Counts;
}

export type Counts = Readonly<Partial<Record<Verdict, number>>>;

/** A controller's application, or a folder nobody but people and pipelines apply. */
export interface ApplicationState {
  /** Unique in the snapshot. */
  readonly id: string;
  readonly environment: string;
  readonly application: Application | undefined;
  /** Absolute path of its folder. */
  readonly folder: string;
  /** How the match was found, one sentence each. */
  readonly evidence: readonly string[];
  /** Why it cannot be told who applies the folder, or as what; `undefined` when it is known. Nothing in it is then judged. */
  readonly doubt: string | undefined;
  /** Of a plain folder: the context that has what this cluster lacks. Which of them it is meant for is not known, and what is not here is undecided. */
  readonly elsewhere?: string;
  readonly pause: Pause | undefined;
  /** Who applies the application itself, nearest first, up to the root. */
  readonly owners: readonly ObjectRef[];
  readonly objects: readonly ObjectState[];
  readonly counts: Counts;
}

export interface ObjectState {
  /** Unique in the snapshot; begins with its application's, and `|`. */
  readonly id: string;
  readonly application: string;
  readonly ref: ObjectRef;
  /** `undefined` for an orphan. */
  readonly manifest: Manifest | undefined;
  readonly verdict: ObjectVerdict;
}

export interface PlacedField {
  readonly object: ObjectState;
  readonly field: FieldVerdict;
}

export interface FileState {
  readonly file: string;
  /** The text that the ranges of these verdicts refer to: the open buffer's, or the saved file's. */
  readonly textVersion: string;
  readonly objects: readonly ObjectState[];
  /** Open fields of objects that are written in other files, and whose values are set in this one. */
  readonly placed: readonly PlacedField[];
  readonly problems: readonly ManifestProblem[];
  /** The worst of its objects, and of the fields that are set in it. */
  readonly verdict: Verdict | undefined;
}
