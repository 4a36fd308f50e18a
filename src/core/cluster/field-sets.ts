/** How field sets that many live objects share leave their texts, for `LiveTexts` to put them back. */

/** Before a text from which sets were cut, once for each of them: no JSON begins with it. */
export const CUT = 0x01;

/** What stands in the place of set `number`. JSON has one way to write its character, and texts that have that already are left whole. */
export const standInOf = (number: number): string => `"${WRITTEN}${number}"`;
const WRITTEN = '\\u0001';

/** The value of a stand-in, and the text of one. */
export const STAND_IN = /^\u0001(\d+)$/;
export const STAND_INS = /"\\u0001(\d+)"/g;

const START = '"fieldsV1":{';
/** Up to the brace. */
const NAME = START.length - 1;

/** A field set that was met, as bytes. */
interface Known {
  readonly bytes: Buffer;
  readonly standIn: Buffer;
}

/** Sets that are looked for before the end of one is: mostly it is one of these. */
const RECENT = 4;
/** Bytes of the longest set that is cut out, and of all that ever are: they are kept as long as any object may have them. */
const LONGEST = 32 * 1024;
const MOST = 8 * 1024 * 1024;
/** Sets of one object; more are left where they are. */
const MOST_CUTS = 64;

/** After so many in a row that were not known only one text of some is searched, until one is known again: the search is of no use where all differ. */
const PATIENCE = 64;
const SEARCHED = 16;

/**
 * Cuts field sets out of the texts of live objects: who owns which field is half of most texts, and the same in thousands.
 * Each set is told once, and has a number from then on.
 */
export class FieldSetCutter {
  readonly #byText = new Map<string, Known>();
  /** Latest first. */
  readonly #recent: Known[] = [];
  #count: number;
  #bytes = 0;
  #fresh: string[] = [];
  /** In a row. */
  #unknown = 0;
  /** Texts that were not searched since one was. */
  #passed = 0;

  /** `count`: how many sets were told before, by others. */
  constructor(count = 0) {
    this.#count = count;
  }

  /** What stays of a text, in pieces. */
  cut(text: Buffer): readonly Uint8Array[] {
    if (text.length === 0 || !this.#isSearched() || text.includes(WRITTEN)) return [text];
    const pieces: Uint8Array[] = [];
    let from = 0;
    for (let at = text.indexOf(START); at >= 0 && pieces.length < 2 * MOST_CUTS; at = text.indexOf(START, Math.max(from, at + 1))) {
      const known = this.#find(text, at + NAME);
      if (!known) continue;
      pieces.push(text.subarray(from, at + NAME), known.standIn);
      from = at + NAME + known.bytes.length;
    }
    return from === 0 ? [text] : [MARKS.subarray(0, pieces.length / 2), ...pieces, text.subarray(from)];
  }

  /** Sets that were not told yet, in the order of their numbers. */
  take(): readonly string[] {
    const fresh = this.#fresh;
    if (fresh.length > 0) this.#fresh = [];
    return fresh;
  }

  #isSearched(): boolean {
    this.#passed = this.#unknown < PATIENCE ? 0 : (this.#passed + 1) % SEARCHED;
    return this.#passed === 0;
  }

  /** The set that begins there: a value says itself where it ends. */
  #find(text: Buffer, start: number): Known | undefined {
    const recent = this.#recent.find(({ bytes }) => text.compare(bytes, 0, bytes.length, start, Math.min(text.length, start + bytes.length)) === 0);
    if (recent) this.#unknown = 0;
    const known = recent ?? this.#search(text, start);
    if (!known || known === this.#recent[0]) return known;
    if (recent) this.#recent.splice(this.#recent.indexOf(recent), 1);
    this.#recent.unshift(known);
    if (this.#recent.length > RECENT) this.#recent.pop();
    return known;
  }

  #search(text: Buffer, start: number): Known | undefined {
    const end = endOf(text, start);
    if (end === undefined || end - start > LONGEST) return undefined;
    const key = text.toString('latin1', start, end);
    const known = this.#byText.get(key);
    this.#unknown = known ? 0 : this.#unknown + 1;
    return known ?? this.#learn(key, Buffer.from(text.subarray(start, end)));
  }

  #learn(key: string, bytes: Buffer): Known | undefined {
    if (this.#bytes + bytes.length > MOST) return undefined;
    const known = { bytes, standIn: Buffer.from(standInOf(this.#count)) };
    this.#byText.set(key, known);
    this.#bytes += bytes.length;
    this.#count++;
    this.#fresh.push(bytes.toString());
    return known;
  }
}

const MARKS = Buffer.alloc(MOST_CUTS, CUT);

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN = 0x7b;
const CLOSE = 0x7d;

/** Behind the brace that closes the one at `start`. */
function endOf(text: Buffer, start: number): number | undefined {
  let depth = 0;
  let inString = false;
  for (let i = start; i < text.length; i++) {
    const c = text[i];
    if (inString) {
      if (c === BACKSLASH) i++;
      else if (c === QUOTE) inString = false;
    } else if (c === QUOTE) inString = true;
    else if (c === OPEN) depth++;
    else if (c === CLOSE && --depth === 0) return i + 1;
  }
  return undefined;
}
