import type { Json } from '../base/json';
import type { ObjectRef } from '../kube/identity';
import type { Path } from '../kube/path';
import type { Range } from '../manifests/document';
import type { SetBy } from '../render/sites';

/** Worst first; the words are those of the command line's contract. */
export const VERDICTS = ['drift', 'conflict', 'missing', 'orphan', 'invalid', 'blocked', 'pending', 'undecided', 'unknown', 'skipped', 'equivalent', 'in-sync'] as const;
export type Verdict = (typeof VERDICTS)[number];

export function worst(verdicts: Iterable<Verdict>): Verdict {
  let found = VERDICTS.length - 1;
  for (const verdict of verdicts) found = Math.min(found, VERDICTS.indexOf(verdict));
  return VERDICTS[found] ?? 'in-sync';
}

/** A managedFields entry that has the path. `time` is "at or before", RFC 3339; `kubectl scale` leaves none. */
export interface Owner {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly subresource: string | undefined;
  readonly time: string | undefined;
}

/** Where Git's newer value stands. */
export type PendingStage = 'unsaved' | 'uncommitted' | 'unpushed' | 'unreconciled' | 'behind';

/** What the applier does to the live field on its next apply. */
export type AfterResume = 'overwritten' | 'deleted' | 'kept' | 'none' | 'unknown';

/** A value as a person may see it: Secret data only as its size. */
export type ShownValue = { readonly kind: 'value'; readonly value: Json } | { readonly kind: 'secret'; readonly bytes: number };

/** Where a value of a rendered object is written. */
export interface PlaceOfValue {
  readonly by: SetBy;
  /** Absolute path; `undefined` where no file of the repository has it. */
  readonly file: string | undefined;
  readonly range: Range | undefined;
  /** What was rendered of the file: the ranges' text. `undefined`: the index has it. */
  readonly text: string | undefined;
  /** Where it is, if in no file; `spec.images[0].newTag of Kustomization shop/web`. */
  readonly outside: string | undefined;
}

/** What sets the value of a rendered field: the place to look at, and those that have a part in it. */
export interface SetAt extends PlaceOfValue {
  readonly others: readonly PlaceOfValue[];
  /** Proven by changing the place and building again; else it is the origin of the object, and one of `oneOf` may set it. */
  readonly certain: boolean;
  /** The value stands there as it is, and nothing else has a part in it. */
  readonly whole: boolean;
  readonly oneOf: readonly string[];
}

export interface FieldVerdict {
  readonly path: Path;
  readonly verdict: Verdict | 'extra';
  readonly detail: 'changed' | 'removed' | 'extra' | 'order' | undefined;
  /** Absent when that side has no such field (or, for `base`, nothing is known of it). */
  readonly git: ShownValue | undefined;
  readonly live: ShownValue | undefined;
  readonly base: ShownValue | undefined;
  readonly stage: PendingStage | undefined;
  /** Others than the applier, newest first. Empty after a deletion: deletions leave no author. */
  readonly owners: readonly Owner[];
  readonly certain: boolean;
  /** One sentence, without a full stop. */
  readonly reason: string;
  readonly afterResume: AfterResume;
  /** Where it shows in the file: the value, or for what exists only live the nearest ancestor's key. May have to be looked for when it is asked. */
  readonly at: Range;
  /** Of a rendered object: what sets the value; `undefined` while that is not known, and for what is written as it is applied. */
  readonly set?: SetAt;
}

export interface ObjectVerdict {
  readonly ref: ObjectRef;
  readonly verdict: Verdict;
  /** One sentence, without a full stop. */
  readonly reason: string;
  /** When what is unknown was known last; milliseconds since the epoch. */
  readonly since?: number;
  /** Every field that is not `in-sync`, in file order. */
  readonly fields: readonly FieldVerdict[];
  /** Live fields that Git does not mention and the applier leaves alone. */
  readonly kept: readonly FieldVerdict[];
  /** Other applications that apply it, or own it; `Kustomization shop/web`. */
  readonly claimedBy?: readonly string[];
  /** Things to know: `will not be corrected: suspended`. */
  readonly notes: readonly string[];
}
