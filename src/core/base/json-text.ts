import { fromEntries, isArray, isObject, type Json } from './json';

/**
 * Numbers of at least this many digits may not survive a JavaScript `number`. Only where a number may stand: long digits
 * in a description or a hash are none, and would have a document of a megabyte read letter by letter.
 */
const LONG_NUMBER = /(?:^|[:[,])\s*-?\d{16}/;
const LONG = 16;

/** Of as many characters in a row one is always looked at: few texts have to be read for it. */
function hasLongNumber(text: string): boolean {
  for (let i = LONG - 1; i < text.length; i += LONG) {
    if (!isDigit(text, i)) continue;
    let [from, to] = [i, i + 1];
    while (from > 0 && isDigit(text, from - 1)) from--;
    while (to < text.length && to - from < LONG && isDigit(text, to)) to++;
    if (to - from >= LONG) return LONG_NUMBER.test(text);
  }
  return false;
}

function isDigit(text: string, at: number): boolean {
  const c = text.charCodeAt(at);
  return c >= 0x30 && c <= 0x39;
}

/** Parses JSON text without rounding integers. Throws `SyntaxError`, with the position, on anything else. */
export function parseJson(text: string): Json {
  if (!hasLongNumber(text)) return JSON.parse(text) as Json;
  return new Reader(text).document();
}

/** JSON text; `bigint` keeps all its digits. `indent` is the number of spaces per level, 0 for one line. */
export function stringifyJson(value: Json, indent = 0): string {
  return (indent === 0 ? plainText(value) : undefined) ?? write(value, indent, '\n');
}

/** What JavaScript itself makes of it, several times as fast; `undefined` where that might not say the same. */
function plainText(value: Json): string | undefined {
  let text: string;
  try {
    text = JSON.stringify(value);
  } catch (error) {
    // A `bigint`.
    if (error instanceof TypeError) return undefined;
    throw error;
  }
  return hasLongNumber(text) ? undefined : text;
}

function write(value: Json, indent: number, newline: string): string {
  if (typeof value === 'bigint') return value.toString();
  // All digits of a float would read back as an exact integer that it is not.
  if (typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value)) return value.toExponential();
  const inner = newline + ' '.repeat(indent);
  const open = indent > 0 ? inner : '';
  const close = indent > 0 ? newline : '';
  if (isArray(value)) return value.length === 0 ? '[]' : `[${open}${value.map(item => write(item, indent, inner)).join(`,${open}`)}${close}]`;
  if (isObject(value)) {
    const members = Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}:${indent > 0 ? ' ' : ''}${write(item, indent, inner)}`);
    return members.length === 0 ? '{}' : `{${open}${members.join(`,${open}`)}${close}}`;
  }
  return JSON.stringify(value);
}

/** Depth at which the reader gives up with an error in place of a stack overflow. */
const MAX_DEPTH = 1_000;

/** Strict RFC 8259, used only for texts that hold long numbers. */
class Reader {
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): Json {
    const value = this.#value();
    this.#space();
    if (this.#at < this.#text.length) this.#fail('unexpected text after the value');
    return value;
  }

  #value(): Json {
    this.#space();
    const c = this.#text[this.#at];
    if (c === '{') return this.#nested(() => this.#object());
    if (c === '[') return this.#nested(() => this.#list());
    if (c === '"') return this.#string();
    for (const [word, value] of WORDS) {
      if (this.#text.startsWith(word, this.#at)) {
        this.#at += word.length;
        return value;
      }
    }
    return this.#number();
  }

  #nested(read: () => Json): Json {
    if (++this.#depth > MAX_DEPTH) this.#fail('nested too deeply');
    const value = read();
    this.#depth--;
    return value;
  }

  #object(): Json {
    const entries: [string, Json][] = [];
    this.#at++;
    this.#space();
    if (this.#take('}')) return {};
    do {
      this.#space();
      if (this.#text[this.#at] !== '"') this.#fail('expected a key');
      const key = this.#string();
      this.#space();
      if (!this.#take(':')) this.#fail('expected ":"');
      entries.push([key, this.#value()]);
      this.#space();
    } while (this.#take(','));
    if (!this.#take('}')) this.#fail('expected "}"');
    return fromEntries(entries);
  }

  #list(): Json {
    const items: Json[] = [];
    this.#at++;
    this.#space();
    if (this.#take(']')) return items;
    do {
      items.push(this.#value());
      this.#space();
    } while (this.#take(','));
    if (!this.#take(']')) this.#fail('expected "]"');
    return items;
  }

  #string(): string {
    STRING.lastIndex = this.#at;
    const match = STRING.exec(this.#text);
    if (!match) this.#fail('unterminated string');
    this.#at += match[0].length;
    return JSON.parse(match[0]) as string;
  }

  #number(): number | bigint {
    NUMBER.lastIndex = this.#at;
    const match = NUMBER.exec(this.#text);
    if (!match) this.#fail('expected a value');
    this.#at += match[0].length;
    const asNumber = Number(match[0]);
    if (match[1] !== '' || Number.isSafeInteger(asNumber)) return asNumber;
    return BigInt(match[0]);
  }

  #space(): void {
    SPACE.lastIndex = this.#at;
    this.#at += SPACE.exec(this.#text)?.[0].length ?? 0;
  }

  #take(c: string): boolean {
    if (this.#text[this.#at] !== c) return false;
    this.#at++;
    return true;
  }

  #fail(what: string): never {
    throw new SyntaxError(`${what} at position ${this.#at}`);
  }
}

const WORDS: readonly (readonly [string, Json])[] = [['true', true], ['false', false], ['null', null]];
const STRING = /"(?:[^"\\]|\\.)*"/sy;
const NUMBER = /-?(?:0|[1-9]\d*)((?:\.\d+)?(?:[eE][+-]?\d+)?)/y;
const SPACE = /[ \t\n\r]*/y;
