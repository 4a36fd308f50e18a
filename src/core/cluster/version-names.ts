/** Bytes that lie together: they stay as long as one of those who have a name in them does. */
const PAGE = 4096;
/** Of the two lengths that stand before each name, one more than they are: 0 is no text. */
const LENGTHS = 8;

/** Where a name stands. */
export type Page = Buffer<ArrayBuffer>;

/** The uid and the resourceVersion of every version of an object that is held, as bytes outside the heap: as strings they would take more room than all else that is kept beside its text. */
export class VersionNames {
  /** Of the name that was added last. */
  page: Page = Buffer.allocUnsafeSlow(PAGE);
  #used = 0;

  /** Gives its place in `page`. */
  add(uid: string | undefined, version: string | undefined): number {
    const [first, second] = [lengthOf(uid), lengthOf(version)];
    const size = LENGTHS + first + second;
    if (this.#used + size > this.page.length) {
      this.page = Buffer.allocUnsafeSlow(Math.max(PAGE, size));
      this.#used = 0;
    }
    const { page } = this;
    const at = this.#used;
    page.writeUInt32LE(uid === undefined ? 0 : first + 1, at);
    page.writeUInt32LE(version === undefined ? 0 : second + 1, at + LENGTHS / 2);
    if (uid !== undefined) page.write(uid, at + LENGTHS);
    if (version !== undefined) page.write(version, at + LENGTHS + first);
    this.#used += size;
    return at;
  }
}

const lengthOf = (text: string | undefined): number => (text === undefined ? 0 : Buffer.byteLength(text));

export const uidAt = (page: Page, at: number): string | undefined => textAt(page, at + LENGTHS, page.readUInt32LE(at));

export const versionAt = (page: Page, at: number): string | undefined => textAt(page, at + LENGTHS + Math.max(0, page.readUInt32LE(at) - 1), page.readUInt32LE(at + LENGTHS / 2));

const textAt = (page: Page, start: number, length: number): string | undefined => (length === 0 ? undefined : page.toString('utf8', start, start + length - 1));
