/** Where the lines of a text begin; counted at the first question. A line ends at `\n`, `\r\n` or a lone `\r`, as in an editor. */
export class Lines {
  readonly #text: string;
  #starts: readonly number[] | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  /** Offset of the first character of every line. */
  get starts(): readonly number[] {
    if (this.#starts) return this.#starts;
    const starts = [0];
    const breaks = /\r\n?|\n/g;
    for (let match = breaks.exec(this.#text); match; match = breaks.exec(this.#text)) starts.push(breaks.lastIndex);
    this.#starts = starts;
    return starts;
  }

  /** 1-based line of an offset. */
  lineAt(offset: number): number {
    const { starts } = this;
    let low = 0;
    let high = starts.length;
    while (low + 1 < high) {
      const middle = (low + high) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return low + 1;
  }
}
