import { isObject, listAt, type Json, type JsonObject } from '../base/json';
import { parseJson } from '../base/json-text';

/** What list items leave out. */
export interface TypeOf {
  readonly apiVersion: string;
  readonly kind: string;
}

/** A field set and the text that it was made of. */
interface Known {
  readonly text: string;
  readonly fields: Json;
}

/** Field sets that are kept for the next objects, and how long their texts may be, in characters. */
const KEPT = 64;
const LONGEST = 32 * 1024;

/** After so many in a row that were not known only one text of some is searched, until one is known again: the search is of no use where all differ. */
const PATIENCE = 64;
const SEARCHED = 16;

const START = '"fieldsV1":{';
/** Up to the brace. */
const NAME = START.length - 1;

/** Stands for a field set while the text around it is parsed. JSON has one way to write this character, and texts that have it already are left whole. */
const STAND_IN = '\u0001';
const WRITTEN = '\\u0001';

/**
 * Makes objects of the texts of live ones. Who owns which field is half of most texts, and the same in thousands: field
 * sets that were parsed of late are found again by their text, and are one object in all that have them.
 */
export class LiveTexts {
  /** Latest first. */
  readonly #known: Known[] = [];
  /** In a row. */
  #unknown = 0;
  /** Texts that were not searched since one was. */
  #passed = 0;
  /** Most objects have the type of the one before. */
  #typed: { readonly type: TypeOf; readonly beginning: string } | undefined;

  /** The object with its type, as `parseJson` has it. Throws `SyntaxError` for any other text. */
  object(text: string, type: TypeOf): JsonObject {
    // Where a text has a type of its own the later one counts, as it does when the members are put together.
    const typed = text.startsWith('{"') ? this.#beginning(type) + text.slice(1) : text;
    const value = (this.#isSearched() ? this.#withSharedFields(typed) : undefined) ?? parseJson(typed);
    if (!isObject(value)) throw new SyntaxError('not an object');
    return typed === text ? { ...type, ...value } : value;
  }

  #beginning(type: TypeOf): string {
    if (this.#typed?.type !== type) this.#typed = { type, beginning: `${JSON.stringify(type).slice(0, -1)},` };
    return this.#typed.beginning;
  }

  #isSearched(): boolean {
    this.#passed = this.#unknown < PATIENCE ? 0 : (this.#passed + 1) % SEARCHED;
    return this.#passed === 0;
  }

  forget(): void {
    this.#known.length = 0;
  }

  /**
   * `undefined` where it cannot be done. Each piece that was cut out has left its stand-in: found in one of the object's own
   * managedFields, it proves that a value stood there, and that it was this one, because a value says itself where it ends.
   */
  #withSharedFields(text: string): Json | undefined {
    const cut: Json[] = [];
    let rest = '';
    let from = 0;
    for (let at = text.indexOf(START); at >= 0; at = text.indexOf(START, from)) {
      const start = at + NAME;
      const known = this.#find(text, start);
      if (!known) return undefined;
      rest += `${text.slice(from, start)}"${WRITTEN}"`;
      from = start + known.text.length;
      cut.push(known.fields);
    }
    if (cut.length === 0) return undefined;
    rest += text.slice(from);
    if (rest.split(WRITTEN).length - 1 > cut.length) return undefined;
    const value = parseJson(rest);
    const entries = listAt(value, 'metadata', 'managedFields').filter(isCut);
    entries.forEach((entry, i) => (entry.fieldsV1 = cut[i] ?? STAND_IN));
    return entries.length === cut.length ? value : undefined;
  }

  #find(text: string, start: number): Known | undefined {
    const at = this.#known.findIndex(known => text.slice(start, start + known.text.length) === known.text);
    this.#unknown = at < 0 ? this.#unknown + 1 : 0;
    const known = this.#known[at] ?? read(text, start);
    if (!known || at === 0) return known;
    if (at > 0) this.#known.splice(at, 1);
    this.#known.unshift(known);
    if (this.#known.length > KEPT) this.#known.pop();
    return known;
  }
}

const isCut = (entry: Json): entry is { fieldsV1: Json } & JsonObject => isObject(entry) && entry['fieldsV1'] === STAND_IN;

function read(text: string, start: number): Known | undefined {
  const end = endOf(text, start);
  if (end === undefined || end - start > LONGEST) return undefined;
  // A piece of a text holds on to all of it.
  const own = Buffer.from(text.slice(start, end)).toString();
  return { text: own, fields: parseJson(own) };
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN = 0x7b;
const CLOSE = 0x7d;

/** Behind the brace that closes the one at `start`. */
function endOf(text: string, start: number): number | undefined {
  let depth = 0;
  let inString = false;
  for (let i = start; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (inString) {
      if (c === BACKSLASH) i++;
      else if (c === QUOTE) inString = false;
    } else if (c === QUOTE) inString = true;
    else if (c === OPEN) depth++;
    else if (c === CLOSE && --depth === 0) return i + 1;
  }
  return undefined;
}
