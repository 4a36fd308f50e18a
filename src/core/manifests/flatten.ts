/**
 * The same text, character for character in the same places, with the line breaks and comments inside flow collections
 * and quoted scalars blanked. YAML 1.2 wants their continuation lines indented, and js-yaml insists; go-yaml does not,
 * and people close brackets at the column of the key. Only for text that failed to parse for that reason.
 */
export function flattenFlow(text: string): string {
  let out = '';
  let from = 0;
  for (const { start, end, comment } of new BlockScanner(text).regions()) {
    const inside = text.slice(start, end);
    out += text.slice(from, start) + (comment ? ' '.repeat(inside.length) : inside.replace(/[\r\n]/g, ' '));
    from = end;
  }
  return out + text.slice(from);
}

interface Region {
  readonly start: number;
  readonly end: number;
  readonly comment: boolean;
}

/** Finds what may span lines. It need not be right about broken YAML: what it leads to is parsed again. */
class BlockScanner {
  readonly #text: string;
  readonly #regions: Region[] = [];
  #at = 0;
  /** Column that the lines of the block scalar at hand must exceed; `undefined` outside one. */
  #blockColumn: number | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  regions(): readonly Region[] {
    while (this.#at < this.#text.length) this.#line();
    return this.#regions;
  }

  #line(): void {
    const start = this.#at;
    this.#spaces();
    const column = this.#at - start;
    const c = this.#text[this.#at];
    const blank = c === undefined || c === '\n' || c === '\r';
    if (this.#blockColumn !== undefined && !blank && column <= this.#blockColumn) this.#blockColumn = undefined;
    if (this.#blockColumn === undefined && !blank && c !== '#') this.#content(start);
    this.#toNextLine();
  }

  #content(lineStart: number): void {
    let column = -1;
    for (;;) {
      const c = this.#text[this.#at] ?? '\n';
      if (this.#marker(c)) {
        column = this.#at - lineStart;
        this.#at++;
      } else if (c === '&' || c === '!') {
        this.#at = this.#match(/[^\s]*/y);
      } else if (c === '"' || c === "'" || c === '[' || c === '{') {
        const start = this.#at;
        if (c === '"' || c === "'") this.#quoted(c);
        else this.#flow();
        this.#spaces();
        if (!this.#colon()) return;
        column = start - lineStart;
      } else if (c === '|' || c === '>') {
        this.#blockColumn = column;
        return;
      } else {
        const start = this.#at;
        const colon = this.#match(/(?:[^\s:#]|:(?=\S)|(?<=\S)#|[ \t]+(?=[^\s#]))*/y);
        if (colon === start || !this.#isColon(colon)) return;
        this.#at = colon + 1;
        column = start - lineStart;
      }
      this.#spaces();
    }
  }

  #marker(c: string): boolean {
    return (c === '-' || c === '?') && /[\s]/.test(this.#text[this.#at + 1] ?? '\n');
  }

  #isColon(at: number): boolean {
    return this.#text[at] === ':' && /\s/.test(this.#text[at + 1] ?? '\n');
  }

  #colon(): boolean {
    if (this.#text[this.#at] !== ':') return false;
    this.#at++;
    return true;
  }

  #quoted(quote: string): void {
    this.#take(quote === '"' ? /"(?:[^"\\]|\\[^])*"?/y : /'(?:[^']|'')*'?/y);
  }

  #flow(): void {
    let depth = 0;
    let from = this.#at;
    let before = ' ';
    while (this.#at < this.#text.length) {
      const c = this.#text[this.#at] ?? '';
      if ((c === '"' || c === "'") && /[\s[{,:]/.test(before)) {
        this.#regions.push({ start: from, end: this.#at, comment: false });
        this.#quoted(c);
        from = this.#at;
        before = c;
        continue;
      }
      if (c === '#' && /\s/.test(before)) {
        this.#regions.push({ start: from, end: this.#at, comment: false });
        this.#take(/[^\r\n]*/y, true);
        from = this.#at;
        continue;
      }
      this.#at++;
      before = c;
      if (c === '[' || c === '{') depth++;
      else if ((c === ']' || c === '}') && --depth === 0) break;
    }
    this.#regions.push({ start: from, end: this.#at, comment: false });
  }

  /** A comment is a region of its own: without its line break it would swallow the rest. */
  #take(pattern: RegExp, comment = false): void {
    const start = this.#at;
    this.#at = this.#match(pattern);
    this.#regions.push({ start, end: this.#at, comment });
  }

  #match(pattern: RegExp): number {
    pattern.lastIndex = this.#at;
    return this.#at + (pattern.exec(this.#text)?.[0].length ?? 0);
  }

  #spaces(): void {
    while (this.#text[this.#at] === ' ' || this.#text[this.#at] === '\t') this.#at++;
  }

  #toNextLine(): void {
    while (this.#at < this.#text.length && this.#text[this.#at] !== '\n' && this.#text[this.#at] !== '\r') this.#at++;
    this.#at++;
  }
}
