import { normalize, sep } from 'node:path';

/** Paths (absolute) in such an order that what lies below a folder stands together: asked for by each of hundreds of applications. */
export class SortedFiles {
  readonly #files: readonly string[];
  readonly #keys: readonly string[];
  /** By place in `#keys`: the place in `#files`; `undefined`: the same. */
  readonly #places: readonly number[] | undefined;

  constructor(files: readonly string[]) {
    this.#files = files;
    const keys = files.map(keyOf);
    if (keys.every((key, i) => i === 0 || (keys[i - 1] ?? '') <= key)) {
      this.#keys = keys;
      return;
    }
    const places = keys.map((_, i) => i).sort((a, b) => ((keys[a] ?? '') < (keys[b] ?? '') ? -1 : 1));
    this.#keys = places.map(place => keys[place] ?? '');
    this.#places = places;
  }

  /** Those that lie in the folder, however deep, in the order in which they were given. */
  below(folder: string): readonly string[] {
    const key = keyOf(folder);
    const prefix = key.endsWith(sep) ? key : key + sep;
    const [start, end] = [this.#firstFrom(prefix), this.#firstFrom(prefix.slice(0, -1) + AFTER_SEPARATOR)];
    if (!this.#places) return this.#files.slice(start, end);
    return this.#places.slice(start, end).sort((a, b) => a - b).map(place => this.#files[place] ?? '');
  }

  /** The place of the first key that is no smaller. */
  #firstFrom(key: string): number {
    let [low, high] = [0, this.#keys.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#keys[middle] ?? '') < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

const AFTER_SEPARATOR = String.fromCharCode(sep.charCodeAt(0) + 1);

/** Windows tells no capital letters from small ones. */
const keyOf = (path: string): string => (sep === '/' ? normalize(path) : normalize(path).toLowerCase());
