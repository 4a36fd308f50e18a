import type { ManifestsAt } from './revisions';

/** What was read of commits, by key. A commit never changes, so an entry is right for ever; those used longest ago go. */
export class AtCommits {
  readonly #most: number;
  readonly #kept = new Map<string, Promise<ManifestsAt>>();

  constructor(most: number) {
    this.#most = most;
  }

  /** `read` is called once per key, and again after it failed or did not know: what cannot be read today (a commit not fetched yet) may be there tomorrow. */
  get(key: string, read: () => Promise<ManifestsAt>): Promise<ManifestsAt> {
    const reading = this.#kept.get(key) ?? this.#read(key, read);
    this.#kept.delete(key);
    this.#kept.set(key, reading);
    const oldest = this.#kept.keys().next();
    if (this.#kept.size > this.#most && !oldest.done) this.#kept.delete(oldest.value);
    return reading;
  }

  #read(key: string, read: () => Promise<ManifestsAt>): Promise<ManifestsAt> {
    const reading = read();
    const forget = (): void => {
      if (this.#kept.get(key) === reading) this.#kept.delete(key);
    };
    reading.then(result => {
      if (result.kind === 'unknown') forget();
    }, forget);
    return reading;
  }
}
