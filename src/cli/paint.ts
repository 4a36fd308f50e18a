import type { Tone } from '../core/drift/words';

/** Puts a text into a colour, or leaves it as it is. */
export type Paint = (tone: Tone | 'bold', text: string) => string;

const CODES: Readonly<Record<Tone | 'bold', number>> = { orange: 33, red: 31, blue: 34, grey: 90, dim: 2, green: 32, bold: 1 };

export const paintFor = (color: boolean): Paint => (tone, text) => (color ? `\x1b[${CODES[tone]}m${text}\x1b[0m` : text);
