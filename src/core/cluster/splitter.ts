import { parseJson } from '../base/json-text';
import { isArray, member, type Json, type JsonObject } from '../base/json';

/** What surrounds the items of a list: kind, apiVersion, resourceVersion, continue token. */
export type ListEnvelope = JsonObject;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const COLON = 0x3a;
/** How deep the members of an item are. */
const ITEM = 3;

/**
 * Cuts the bytes of a Kubernetes list into its items as they arrive, so that 200 MB are never one string.
 * An item ends where its braces close; everything else is kept and parsed at the end, which also proves that the
 * body was whole.
 */
export class ListSplitter {
  #depth = 0;
  #inString = false;
  #escaped = false;
  /** Inside the array that is the value of the top-level key `items`. */
  #inItems = false;
  /** The text of the last string at depth 1; a key when a colon follows. */
  #word: number[] | undefined;
  #lastWord = '';
  #key = '';
  readonly #envelope: Buffer[] = [];
  #item: Buffer[] = [];
  #held = 0;

  /** Bytes that are kept: of an item that has not ended, and of what surrounds the items. */
  get held(): number {
    return this.#held;
  }

  /** The texts of the items that ended in this chunk; valid as long as the chunk is. */
  push(chunk: Buffer): Buffer[] {
    const done: Buffer[] = [];
    let start = 0;
    let inside = this.#inItems && this.#depth > 2;
    for (let i = 0; i < chunk.length; i++) {
      if (inside) i = this.#skip(chunk, i);
      const c = chunk[i];
      if (c === undefined) break;
      if (this.#inString) {
        this.#stringByte(c);
        continue;
      }
      if (c === QUOTE) {
        this.#inString = true;
        if (this.#depth === 1) this.#word = [];
      } else if (c === OPEN_OBJECT || c === OPEN_LIST) {
        this.#depth++;
        if (this.#depth === 2 && c === OPEN_LIST && this.#key === 'items') {
          this.#inItems = true;
          this.#envelope.push(chunk.subarray(start, i + 1));
          this.#held += i + 1 - start;
          start = i + 1;
        } else if (this.#inItems && this.#depth === ITEM) {
          inside = true;
          start = i;
        }
      } else if (c === CLOSE_OBJECT || c === CLOSE_LIST) {
        this.#depth--;
        if (inside && this.#depth === 2) {
          const end = chunk.subarray(start, i + 1);
          done.push(this.#item.length === 0 ? end : Buffer.concat([...this.#item, end]));
          for (const { length } of this.#item) this.#held -= length;
          this.#item = [];
          inside = false;
        } else if (this.#inItems && this.#depth === 1) {
          this.#inItems = false;
          this.#key = '';
          start = i;
        }
      } else if (c === COLON && this.#depth === 1) {
        this.#key = this.#lastWord;
      }
    }
    const rest = Buffer.from(chunk.subarray(inside || !this.#inItems ? start : chunk.length));
    if (rest.length > 0) (inside ? this.#item : this.#envelope).push(rest);
    this.#held += rest.length;
    return done;
  }

  /** Throws `SyntaxError` when the body broke off or was no list. */
  end(): ListEnvelope {
    const envelope = parseJson(Buffer.concat(this.#envelope).toString('utf8'));
    const items: Json | undefined = member(envelope, 'items');
    if (items !== null && !isArray(items)) throw new SyntaxError('not a list');
    return envelope as ListEnvelope;
  }

  /** The place of the brace that closes the item, or the end of the chunk: nearly all bytes are passed here, and nothing in them matters. */
  #skip(chunk: Buffer, from: number): number {
    const { length } = chunk;
    let [depth, inString, escaped, i] = [this.#depth, this.#inString, this.#escaped, from];
    for (; i < length; i++) {
      const c = chunk[i];
      if (inString) {
        if (escaped) escaped = false;
        else if (c === BACKSLASH) escaped = true;
        else if (c === QUOTE) inString = false;
      } else if (c === QUOTE) inString = true;
      else if (c === OPEN_OBJECT || c === OPEN_LIST) depth++;
      else if (c === CLOSE_OBJECT || c === CLOSE_LIST) {
        if (depth === ITEM) break;
        depth--;
      }
    }
    [this.#depth, this.#inString, this.#escaped] = [depth, inString, escaped];
    return i;
  }

  #stringByte(c: number | undefined): void {
    if (this.#escaped) this.#escaped = false;
    else if (c === BACKSLASH) this.#escaped = true;
    else if (c === QUOTE) {
      this.#inString = false;
      if (this.#word) this.#lastWord = String.fromCharCode(...this.#word);
      this.#word = undefined;
      return;
    }
    // Only keys as short as `items` matter.
    if (this.#word && this.#word.length < 16 && c !== undefined) this.#word.push(c);
  }
}
