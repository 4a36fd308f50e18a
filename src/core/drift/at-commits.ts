import type { ManifestsAt } from './revisions';

interface Kept {
  readonly reading: Promise<ManifestsAt>;
  readonly gitReads: number;
  /** What is not known today (a commit not fetched yet) may be tomorrow. */
  lasting: boolean;
}

/** What was read of commits, by key. A commit never changes, so an entry is right for ever; those used longest ago go. */
export class AtCommits {
  readonly #most: number;
  readonly #kept = new Map<string, Kept>();

  constructor(most: number) {
    this.#most = most;
  }

  /** `read` is called once per key, and again after it failed; where it did not know, once Git was read again (`gitReads`), unless it will never know. */
  get(key: string, gitReads: number, read: () => Promise<ManifestsAt>): Promise<ManifestsAt> {
    const before = this.#kept.get(key);
    const kept = before && (before.lasting || before.gitReads === gitReads) ? before : this.#read(key, gitReads, read);
    this.#kept.delete(key);
    this.#kept.set(key, kept);
    const oldest = this.#kept.keys().next();
    if (this.#kept.size > this.#most && !oldest.done) this.#kept.delete(oldest.value);
    return kept.reading;
  }

  #read(key: string, gitReads: number, read: () => Promise<ManifestsAt>): Kept {
    const kept: Kept = { reading: read(), gitReads, lasting: true };
    kept.reading.then(
      result => {
        kept.lasting = result.kind === 'known' || result.lasting === true;
      },
      () => {
        if (this.#kept.get(key) === kept) this.#kept.delete(key);
      },
    );
    return kept;
  }
}
