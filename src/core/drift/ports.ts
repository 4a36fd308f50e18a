import type { Event } from '../base/event';
import type { Disposable } from '../base/lifetime';
import type { Cluster } from '../cluster/api';
import type { JudgeInput } from './judge-input';
import type { Snapshot } from './snapshot';

/** What somebody sees at this moment: that is found out first. */
export interface Looked {
  /** Absolute paths of the files in front. */
  readonly files: ReadonlySet<string>;
  /** By `ApplicationState.id`. */
  readonly applications: ReadonlySet<string>;
}

/** What the engine asks of the editor about files. Paths are absolute and native. */
export interface Workspace {
  readonly trusted: boolean;
  readonly folders: readonly string[];
  /** Unsaved texts of open documents, by path. */
  unsaved(): ReadonlyMap<string, string>;
  /** Files in front of somebody now. */
  visible(): ReadonlySet<string>;
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
  /** The context to open; `undefined`: `remembered`, else the kubeconfig's current one at the moment of connecting. */
  readonly context: string | undefined;
  /** What was chosen before; passed over where the kubeconfig no longer has it. */
  readonly remembered?: string | undefined;
  /** A file that was read, or was looked for, may say something else now. Left out where a run ends before that matters. */
  readonly onChange?: Event<void>;
}

/** Turns files, Git and what is shown of clusters into numbered snapshots. */
export interface Engine extends ClusterEngine {
  /**
   * Shows these contexts of the kubeconfig and no other, each for itself, and remembers them for this folder; sessions that
   * stay are left alone. `undefined`: opens everything anew as the setting says, else as was chosen last, else the current one.
   */
  show(contexts: readonly string[] | undefined): Promise<void>;
  /** Opens the session of a context anew, as the kubeconfig has it now; shows it, where it is not shown yet, in place of all others. */
  reopen(context: string): Promise<void>;
  /** Reads the kubeconfig. Rejects with `ClusterError` where it cannot be read. */
  contexts(): Promise<readonly ContextFacts[]>;
  /** Plain folders of which a person said which clusters they are meant for. */
  placed(): readonly PlacedFolder[];
  /** Says which of the connected clusters a plain folder is meant for; in the others it is not shown. `undefined`: found by what is there. Remembered for this workspace. */
  place(folder: string, contexts: readonly string[] | undefined): Promise<void>;
}

export interface PlacedFolder {
  /** Absolute. */
  readonly folder: string;
  /** The connected ones that it is meant for. */
  readonly contexts: readonly string[];
}

/** What a person chooses a context by. Holds no secret. */
export interface ContextFacts {
  readonly name: string;
  /** Address without login; `undefined` where the kubeconfig names none. */
  readonly server: string | undefined;
  /** The user entry's name in the kubeconfig. */
  readonly user: string | undefined;
  readonly namespace: string | undefined;
  /** The kubeconfig's current one. */
  readonly current: boolean;
  readonly production: boolean;
  /** Its place among the contexts that are shown now; `undefined`: it is not. */
  readonly shown: number | undefined;
  /** When a session of it was last known to work, milliseconds since the epoch; of this address only. */
  readonly reached: number | undefined;
}

/** One cluster against the folders, or what several of them say as one. */
export interface ClusterEngine extends Disposable {
  readonly current: Snapshot;
  readonly onSnapshot: Event<Snapshot>;
  /** First use: indexes the folders and, when trusted and remembered or asked, connects. Cheap to call again. */
  start(): void;
  /** Somebody has these applications (by `ApplicationState.id`) open, and no others: what they show comes first. */
  lookAt(applications: ReadonlySet<string>): void;
  /** Reads files, Git and statuses anew; connects where there is no session. `context`: of this one only. */
  refresh(context?: string): Promise<void>;
  /** Remembered per cluster identity and namespace. */
  setWritable(environment: string, writable: boolean): Promise<void>;
  /**
   * Asks the API server what an apply would do to these objects (by `ObjectState.id`), by dry-runs that write nothing, and
   * shows what it says in a new snapshot. Rejects when stopped.
   */
  verify(objects: readonly string[], signal: AbortSignal): Promise<void>;
  /**
   * Whether to ask, from now on and by itself, about whatever stays undecided in the connected cluster; `context`: in this
   * one only. Remembered on this machine for that cluster and server.
   */
  setVerifying(allowed: boolean, context?: string): Promise<void>;
  /** The open session of this context; ask for it at the moment of use, never keep it. */
  session(context: string): Cluster | undefined;
  /** What the verdict of this object (by `ObjectState.id`) was judged from: for explanations, projections and plans. Holds the live object in clear. */
  input(object: string): JudgeInput | undefined;
  /** The text whose ranges the snapshot's verdicts of this file use. */
  text(file: string): string | undefined;
}
