import { textAt, type JsonObject } from '../base/json';
import type { Holder } from '../base/kept-objects';
import type { LiveState } from '../cluster/api';
import { argoAnnotations } from '../gitops/argo-marks';
import { markedBy, type ReleaseName } from '../gitops/helm-install';
import { appliedAt, claimedBy, detectApplier, type AppliedAt } from './applier';
import type { Applier, HeldBase } from './judge-input';
import { lastAppliedBase, recordOfArgo } from './last-applied';

/** What a live object says of how it came to be: thousands say the same. */
export interface LiveFacts {
  readonly applied: readonly AppliedAt[];
  /** The object with nothing but what it tells its applier to do. */
  readonly marks: JsonObject;
  /** The others count where no controller says them. */
  readonly base: HeldBase;
  /** Where Argo CD's application does not tell. */
  readonly argoBase: HeldBase | undefined;
  readonly applier: Applier;
  /** Why it is not judged by this folder, one sentence. */
  readonly claimed: string | undefined;
  /** The release of Helm whose mark it has, where no controller claims it. */
  readonly release: ReleaseName | undefined;
  /** Why nothing can be said of it, one sentence. */
  readonly unreadable: string | undefined;
}

export function liveFacts(live: LiveState): LiveFacts {
  try {
    const object = live.kind === 'present' ? live.object : undefined;
    const base = recordOn(live);
    const claimed = claimedBy(object);
    return { applied: appliedAt(object), marks: marksOf(object), base, argoBase: recordOfArgo(object, base), applier: detectApplier(object), claimed, release: object && claimed === undefined ? markedBy(object) : undefined, unreadable: undefined };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { ...liveFacts({ kind: 'absent' }), unreadable: 'what the API server sent of it is not JSON' };
  }
}

/** The record on a live object. As large as the object, it is read anew whenever somebody asks. */
function recordOn(live: LiveState): HeldBase {
  const base = recordIn(live);
  if (base.kind !== 'known') return base;
  const of: Holder = {
    get object() {
      const again = recordIn(live);
      if (again.kind !== 'known') throw new Error('a record was read differently the second time');
      return again.object;
    },
  };
  return { kind: 'known', of };
}

const recordIn = (live: LiveState): ReturnType<typeof lastAppliedBase> => lastAppliedBase(live.kind === 'present' ? live.object : undefined);

/** More that differ are not kept for those that may be the same. */
const MAX_SHARED = 5_000;

/** Reads the facts off live objects; those that are equal are one. */
export class KnownFacts {
  readonly #shared = new Map<string, LiveFacts>();

  /** Reads the object: whoever may ask again keeps the answer. */
  of(live: LiveState): LiveFacts {
    return live.kind === 'present' ? this.#share(liveFacts(live)) : NOTHING_LIVE;
  }

  #share(facts: LiveFacts): LiveFacts {
    // A record is as large as its object.
    if (facts.base.kind === 'known') return facts;
    const key = JSON.stringify(facts);
    const shared = this.#shared.get(key);
    if (shared) return shared;
    if (this.#shared.size >= MAX_SHARED) this.#shared.clear();
    this.#shared.set(key, facts);
    return facts;
  }
}

/** The version of a live object. */
export const versionIn = (live: LiveState): string | undefined => (live.kind === 'present' ? (live.version ?? textAt(live.object, 'metadata', 'resourceVersion')) : undefined);

const NO_MARKS: JsonObject = {};

function marksOf(object: JsonObject | undefined): JsonObject {
  const annotations = argoAnnotations(object);
  return annotations ? { metadata: { annotations } } : NO_MARKS;
}

const NOTHING_LIVE = liveFacts({ kind: 'absent' });
