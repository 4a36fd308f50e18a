/** Both counted from 0; `character` in UTF-16 units, as editors count. */
export interface Place {
  readonly line: number;
  readonly character: number;
}

const BOM = '\ufeff';

/**
 * From offsets of a text to lines and back. Lines are the same whether they end in LF, CRLF or CR, and a byte order mark
 * takes no room: an editor drops it and may have rewritten the ends of lines.
 */
export class Places {
  readonly #text: string;
  readonly #starts: number[];

  constructor(text: string) {
    this.#text = text;
    this.#starts = [text.startsWith(BOM) ? 1 : 0];
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code === 10 || (code === 13 && text.charCodeAt(i + 1) !== 10)) this.#starts.push(i + 1);
    }
  }

  placeAt(offset: number): Place {
    const starts = this.#starts;
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low, character: Math.max(0, Math.min(offset, this.#text.length) - (starts[low] ?? 0)) };
  }

  offsetAt({ line, character }: Place): number {
    const start = this.#starts[Math.max(0, Math.min(line, this.#starts.length - 1))] ?? 0;
    return Math.min(start + character, this.#starts[line + 1] ?? this.#text.length, this.#text.length);
  }
}

/** Whether two texts show the same lines: byte order mark and ends of lines aside. */
export function sameLines(a: string, b: string): boolean {
  return a === b || plain(a) === plain(b);
}

const plain = (text: string): string => (text.startsWith(BOM) ? text.slice(1) : text).replace(/\r\n?/g, '\n');
