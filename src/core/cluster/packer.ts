import type { FieldSetCutter } from './field-sets';
import { BLOCK, type Change, type Part } from './wire-messages';

/** What an object is called. */
export interface Named {
  /** `objectId`; empty for a bookmark. */
  readonly id: string;
  readonly uid: string | undefined;
  readonly version: string | undefined;
}

/** Puts texts, without the field sets that they share, one after another into the very blocks in which they are kept. */
export class Packer {
  readonly #spare: Uint8Array<ArrayBuffer>[];
  readonly #cutter: FieldSetCutter;
  #block: Uint8Array<ArrayBuffer> | undefined;
  #used = 0;
  #heard = 0;
  #changes: Change[] = [];
  #ends: number[] = [];
  #ids: string[] = [];
  #uids: (string | undefined)[] = [];
  #versions: (string | undefined)[] = [];

  /** `spare`: blocks that may be filled anew. */
  constructor(spare: Uint8Array<ArrayBuffer>[], cutter: FieldSetCutter) {
    this.#spare = spare;
    this.#cutter = cutter;
  }

  /** So many bytes of a body have come. */
  hear(bytes: number): void {
    this.#heard += bytes;
  }

  /** `take` what is there before such a text is added. */
  isFullFor({ length }: Uint8Array): boolean {
    return this.#used > 0 && this.#used + length > BLOCK;
  }

  add(change: Change, { id, uid, version }: Named, text: Buffer): void {
    const pieces = this.#cutter.cut(text);
    const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
    if (length > 0) this.#put(pieces, length);
    this.#changes.push(change);
    this.#ends.push(this.#used);
    this.#ids.push(id);
    this.#uids.push(uid);
    this.#versions.push(version);
  }

  #put(pieces: readonly Uint8Array[], length: number): void {
    if (!this.#block || this.#block.length < length) this.#block = length > BLOCK ? bytes(length) : (this.#spare.pop() ?? bytes(BLOCK));
    for (const piece of pieces) {
      this.#block.set(piece, this.#used);
      this.#used += piece.length;
    }
  }

  /** What was added and heard since the last one. Its block is nobody else's. */
  take(): Part {
    const part = { heard: this.#heard, sets: this.#cutter.take(), block: this.#filled(), changes: this.#changes, ends: this.#ends, ids: this.#ids, uids: this.#uids, versions: this.#versions };
    this.#used = 0;
    this.#heard = 0;
    this.#changes = [];
    this.#ends = [];
    this.#ids = [];
    this.#uids = [];
    this.#versions = [];
    return part;
  }

  /** A block that is nearly empty is not worth giving away. */
  #filled(): Uint8Array<ArrayBuffer> {
    const block = this.#block;
    if (!block || this.#used * 2 < block.length) return block ? block.slice(0, this.#used) : new Uint8Array(0);
    this.#block = undefined;
    return block;
  }
}

/** In memory of its own, so that it can be given to another thread. */
const bytes = (length: number): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.allocUnsafeSlow(length).buffer);
