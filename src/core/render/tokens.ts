import { stringifyJson } from '../base/json-text';
import type { Json } from '../base/json';
import type { Token } from './sites';

/** Every token has a number of its own; it stands in texts, labels, names and tags, and a count can be one. */
const FIRST_NUMBER = 7_000_000_000;
const TOKEN = /zq(\d+)qz/g;

/** Behind what is taken for a regular expression: a token may follow. */
export const LOOSE_TOKEN = '(zq[0-9]+qz)?';

export const tokenOf = (index: number): Token => ({ text: `zq${index}qz`, number: FIRST_NUMBER + index });

/** The tokens that a rendered value holds. */
export function tokensIn(value: Json): number[] {
  // A count keeps the quotes of the text that it is put in the place of.
  const count = typeof value === 'number' || (typeof value === 'string' && /^7\d{9}$/.test(value)) ? Number(value) : 0;
  if (count >= FIRST_NUMBER && count < FIRST_NUMBER + 1e9) return [count - FIRST_NUMBER];
  const text = typeof value === 'string' ? value : typeof value === 'object' && value !== null ? stringifyJson(value) : '';
  const found = [...text.matchAll(TOKEN)];
  // Secrets and binary data are Base64.
  const inside = found.length === 0 && /^[A-Za-z0-9+/\n]+=*\n*$/.test(text) ? [...Buffer.from(text, 'base64').toString('latin1').matchAll(TOKEN)] : found;
  return inside.map(([, digits]) => Number(digits));
}

export const withoutTokens = (text: string): string => text.replaceAll(TOKEN, '');
