import { isObject, listAt, type Json, type JsonObject } from '../base/json';
import { parseJson } from '../base/json-text';
import { CUT, STAND_IN, STAND_INS } from './field-sets';

/** What list items leave out. */
export interface TypeOf {
  readonly apiVersion: string;
  readonly kind: string;
}

/**
 * Makes objects of the texts of live ones, from which field sets were cut (`FieldSetCutter`). Those that had the same set
 * share one object, as long as they are made one after another.
 */
export class LiveTexts {
  /** By number. */
  readonly #sets: string[] = [];
  readonly #parsed = new Map<number, Json>();
  /** Most objects have the type of the one before. */
  #typed: { readonly type: TypeOf; readonly beginning: string } | undefined;

  /** How many sets were told. */
  get count(): number {
    return this.#sets.length;
  }

  /** The next ones. */
  learn(sets: readonly string[]): void {
    this.#sets.push(...sets);
  }

  /** Keeps the sets as texts only. */
  forget(): void {
    this.#parsed.clear();
  }

  /** The object with its type, as `parseJson` has it before anything was cut out. Throws `SyntaxError` for any other text. */
  object(text: string, type: TypeOf): JsonObject {
    let cuts = 0;
    while (text.charCodeAt(cuts) === CUT) cuts++;
    // Where a text has a type of its own the later one counts, as it does when the members are put together.
    const isUntyped = text.startsWith('{"', cuts);
    const typed = isUntyped ? this.#beginning(type) + text.slice(cuts + 1) : text.slice(cuts);
    const value = cuts === 0 ? parseJson(typed) : this.#whole(typed, cuts);
    if (!isObject(value)) throw new SyntaxError('not an object');
    return isUntyped ? value : { ...type, ...value };
  }

  #beginning(type: TypeOf): string {
    if (this.#typed?.type !== type) this.#typed = { type, beginning: `${JSON.stringify(type).slice(0, -1)},` };
    return this.#typed.beginning;
  }

  /** Mostly each stand-in is in an entry of managedFields. What looks like one elsewhere, or is hidden by a later member of its name, is put back in the text. */
  #whole(text: string, cuts: number): Json {
    const value = parseJson(text);
    let found = 0;
    for (const entry of listAt(value, 'metadata', 'managedFields')) {
      const number = standInFor(entry);
      if (number === undefined) continue;
      (entry as { fieldsV1: Json }).fieldsV1 = this.#fields(number);
      found++;
    }
    return found === cuts ? value : parseJson(text.replace(STAND_INS, (_, number) => this.#textOf(Number(number))));
  }

  #fields(number: number): Json {
    const kept = this.#parsed.get(number);
    if (kept !== undefined) return kept;
    const fields = parseJson(this.#textOf(number));
    this.#parsed.set(number, fields);
    return fields;
  }

  #textOf(number: number): string {
    const text = this.#sets[number];
    if (text === undefined) throw new SyntaxError(`field set ${number} was not told`);
    return text;
  }
}

function standInFor(entry: Json): number | undefined {
  const value = isObject(entry) ? entry['fieldsV1'] : undefined;
  const number = typeof value === 'string' ? STAND_IN.exec(value)?.[1] : undefined;
  return number === undefined ? undefined : Number(number);
}
