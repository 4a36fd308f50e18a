import type { ObjectRef } from '../kube/identity';
import type { Manifest, ManifestProblem } from '../manifests/document';
import type { OnceRule } from '../render/root-objects';
import type { ManifestsAt } from './revisions';
import type { TraceGroup } from './traces';

/** What a tool builds of a group's files at one moment. */
export type GroupObjects =
  | {
      readonly kind: 'rendered';
      readonly manifests: readonly Manifest[];
      /** Why it cannot be told of some of them what they really are, one sentence each. */
      readonly undecided: ReadonlyMap<Manifest, string>;
      /** Of which only that they are there is told. */
      readonly once?: ReadonlyMap<Manifest, OnceRule>;
      /** Absolute paths of everything that was read. */
      readonly files: ReadonlySet<string>;
      /** The program that rendered them, where it is the user's own: then the files are templates, and no manifests. */
      readonly by?: string;
      /** Absolute paths that decide the result, as `RootObjects.seen`. */
      readonly seen?: ReadonlySet<string>;
      /** Finds out where the values of `manifests` are set; absent where that cannot be told. */
      readonly trace?: TraceGroup;
      /** What Git asks for beyond what was applied, where that cannot be told object by object; one sentence, without a full stop. */
      readonly ahead?: string | undefined;
      /** What is wrong with files that `manifests` were not made of, by absolute path. */
      readonly problems?: Problems;
    }
  | { readonly kind: 'failed'; readonly reason: string; readonly problems: Problems; readonly seen?: ReadonlySet<string>; /** As `RootObjects`. */ readonly noHelm?: true };

/** Absolute paths. */
export interface ReadPaths {
  readonly files: ReadonlySet<string>;
  /** Those that decide what is read, also where nothing is. */
  readonly seen: ReadonlySet<string>;
  /** They are no manifests but templates of them. */
  readonly templates: boolean;
}

type Problems = ReadonlyMap<string, readonly ManifestProblem[]>;

/** How a group is rendered, the same at every stage of its way to the cluster. */
export interface Plan {
  /** Identifies everything but the files that decides what is built; absent: nothing does. */
  readonly key?: string;
  /** Objects in the cluster that what is built depends on. */
  readonly refs: readonly ObjectRef[];
  /** Why what was applied may have been built with something else than is known now; `undefined`: it was not. */
  readonly doubt: string | undefined;
  /** Of what is on disk, with (`saved`: without) the texts that are not saved. */
  now(saved: boolean, signal: AbortSignal): Promise<GroupObjects>;
  /** What it reads, as far as that is told without building, which takes little time. Absent: nobody shows anything before it is built. */
  reads?(signal: AbortSignal): Promise<ReadPaths>;
  /** Of what a commit has; kept, as a commit never changes. */
  at(revision: string, signal: AbortSignal): Promise<ManifestsAt>;
  /** What was applied last, where that is recorded in the cluster and not at a commit. */
  applied?(): Promise<ManifestsAt>;
}

/** What a plan makes of files as they are. */
export interface Built {
  readonly now: GroupObjects;
  /** The same without the texts that are not saved, where there are any. */
  readonly saved: GroupObjects | undefined;
  /** Absolute paths that decide both; `undefined` where more does. */
  readonly seen: ReadonlySet<string> | undefined;
}

export async function build(plan: Plan, isUnsaved: (file: string) => boolean, signal: AbortSignal): Promise<Built> {
  const now = await plan.now(false, signal);
  const saved = now.kind === 'rendered' && [...now.files].some(isUnsaved) ? await plan.now(true, signal) : undefined;
  const seen = saved ? now.seen && saved.seen && new Set([...now.seen, ...saved.seen]) : now.seen;
  return { now, saved, seen };
}
