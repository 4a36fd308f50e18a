import type { Range } from './document';

/** Stands in a message for the line of `earlier`, which is counted only when the message is shown. */
export const EARLIER_LINE = '{line}';

/** Why a document cannot be used (or what is odd about it), said where it is. Costs that document only. */
export class Trouble extends Error {
  readonly range: Range;
  /** Offset of another place that the message speaks of. */
  readonly earlier: number | undefined;

  constructor(message: string, start: number, end: number, earlier?: number) {
    super(message);
    this.name = 'Trouble';
    this.range = { start, end };
    this.earlier = earlier;
  }
}
