import type { Event } from '../base/event';
import type { Disposable } from '../base/lifetime';
import type { Cluster } from '../cluster/api';
import type { JudgeInput } from './judge-input';
import type { Snapshot } from './snapshot';

/** What the engine asks of the editor about files. Paths are absolute and native. */
export interface Workspace {
  readonly trusted: boolean;
  readonly folders: readonly string[];
  /** Unsaved texts of open documents, by path. */
  unsaved(): ReadonlyMap<string, string>;
  /** Trust was granted, or folders came or went. */
  readonly onShape: Event<void>;
  /** Files that were typed in, saved, created, changed outside or deleted. */
  readonly onFiles: Event<readonly string[]>;
  /** Something in the `.git` of this repository changed; the value is the working tree's root. */
  readonly onGit: Event<string>;
}

/** Small decisions that outlive a window: which context was chosen, where changes were enabled. Never a secret, never cluster data. */
export interface Memory {
  get(key: string): unknown;
  set(key: string, value: unknown): Promise<void>;
}

/** Which kubeconfig files to read, in order; asked anew at each connection. */
export interface Kubeconfigs {
  files(): readonly string[];
  /** A context the user set; `undefined`: the kubeconfig's current one at the moment of connecting. */
  readonly context: string | undefined;
  /** A file that was read, or was looked for, may say something else now. Left out where a run ends before that matters. */
  readonly onChange?: Event<void>;
}

/** Turns files, Git and the cluster into numbered snapshots. */
export interface Engine extends Disposable {
  readonly current: Snapshot;
  readonly onSnapshot: Event<Snapshot>;
  /** First use: indexes the folders and, when trusted and remembered or asked, connects. Cheap to call again. */
  start(): void;
  /** Opens a session to this context (`undefined`: as `Kubeconfigs` says) in place of the present one. */
  connect(context: string | undefined): Promise<void>;
  contexts(): Promise<readonly string[]>;
  /** Reads files, Git and statuses anew. */
  refresh(): Promise<void>;
  /** Remembered per cluster identity and namespace. */
  setWritable(environment: string, writable: boolean): Promise<void>;
  /**
   * Asks the API server what an apply would do to these objects (by `ObjectState.id`), by dry-runs that write nothing, and
   * shows what it says in a new snapshot. Rejects when stopped.
   */
  verify(objects: readonly string[], signal: AbortSignal): Promise<void>;
  /** Whether to ask, from now on and by itself, about whatever stays undecided in the connected cluster. Remembered on this machine for that cluster and server. */
  setVerifying(allowed: boolean): Promise<void>;
  /** The open session; ask for it at the moment of use, never keep it. */
  readonly cluster: Cluster | undefined;
  /** What the verdict of this object (by `ObjectState.id`) was judged from: for explanations, projections and plans. Holds the live object in clear. */
  input(object: string): JudgeInput | undefined;
  /** The text whose ranges the snapshot's verdicts of this file use. */
  text(file: string): string | undefined;
}
