import { isArray, isObject, type Json } from '../base/json';
import { stringifyJson } from '../base/json-text';
import { contentLines } from './block-lines';
import type { ScalarNode } from './document';
import { resolvePlain } from './scalars';

/** How a document is written: what is added to it looks like the rest. Columns and indents in characters. */
export interface Style {
  /** Of a map inside a map. */
  readonly indent: number;
  /** Of a list's dashes below their key; 0 where they stand under the key itself. */
  readonly listIndent: number;
  readonly newline: string;
  /** The document is JSON: everything is quoted. */
  readonly json: boolean;
  /** For text that cannot stand plain. */
  readonly quote: '"' | "'";
  /** Text of several lines becomes a literal block. */
  readonly literal: boolean;
}

/** A scalar in the style of the one it replaces where that can hold it, else quoted: both dialects read exactly this value back. */
export function scalarText(value: Json, style: ScalarNode['style'], inFlow: boolean, { json, quote }: Pick<Style, 'json' | 'quote'>): string {
  if (typeof value !== 'string') return typeof value === 'number' ? numberText(value) : stringifyJson(value);
  if (json) return doubleQuoted(value);
  if (style === 'double') return doubleQuoted(value);
  if (style === 'single' && canBeSingle(value)) return singleQuoted(value);
  if (canBePlain(value, inFlow)) return value;
  return quote === "'" && canBeSingle(value) ? singleQuoted(value) : doubleQuoted(value);
}

/** Integers up to 2^63 keep all digits: Go reads them as integers, and with an exponent as floats. */
function numberText(value: number): string {
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) return Math.abs(value) < 2 ** 63 ? BigInt(value).toString() : value.toExponential();
  return String(value);
}

const singleQuoted = (value: string): string => `'${value.replaceAll("'", "''")}'`;

const doubleQuoted = (value: string): string => JSON.stringify(value).replace(/[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g, c => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** What YAML does not allow, or folds, outside double quotes. */
const UNPRINTABLE = /[^\x20-\x7e\xa0-\u2027\u202a-\ufefe\uff00-\ufffd]/;

const canBeSingle = (value: string): boolean => !UNPRINTABLE.test(value);

/** Read as a number by other YAML 1.1 readers. */
const SEXAGESIMAL = /^[-+]?\d[\d_]*(?::[0-5]?\d)+(?:\.\d*)?$/;

function canBePlain(value: string, inFlow: boolean): boolean {
  if (value === '' || value === '<<' || value === '=' || value !== value.trim() || UNPRINTABLE.test(value)) return false;
  if (/^[-?:,[\]{}#&*!|>'"%@`]/.test(value) && !/^[-:?][^\s,[\]{}]/.test(value)) return false;
  if (/^(?:---|\.\.\.)/.test(value)) return false;
  if (/:(?:\s|$)|\s#/.test(value) || (inFlow && (/[,[\]{}?]/.test(value) || value.startsWith(':')))) return false;
  return !SEXAGESIMAL.test(value) && resolvePlain(value, 'K2') === value && resolvePlain(value, 'K3') === value;
}

export const keyTextOf = (key: string, inFlow: boolean, style: Style): string => scalarText(key, 'plain', inFlow, style);

/** In one line, flow style. */
export function flowText(value: Json, style: Style): string {
  if (isArray(value)) return `[${value.map(item => flowText(item, style)).join(', ')}]`;
  if (isObject(value)) {
    return `{${Object.entries(value)
      .map(([key, item]) => `${keyTextOf(key, true, style)}: ${flowText(item, style)}`)
      .join(', ')}}`;
  }
  return scalarText(value, 'plain', true, style);
}

const isEmpty = (value: Json): boolean => (isArray(value) ? value.length === 0 : isObject(value) && Object.keys(value).length === 0);

/** Takes lines of its own in block style. */
export const isNested = (value: Json): boolean => (isArray(value) || isObject(value)) && !isEmpty(value);

/** Block style; the first line stands where the value begins, the others are indented to `column`. */
export function blockText(value: Json, column: number, style: Style): string[] {
  const pad = ' '.repeat(column);
  const lines = isArray(value)
    ? value.flatMap(item => itemLines(item, column, style))
    : isObject(value)
      ? Object.entries(value).flatMap(([key, item]) => pairLines(key, item, column, style))
      : [pad + scalarText(value, 'plain', false, style)];
  return [lines[0]?.trimStart() ?? '', ...lines.slice(1)];
}

/** `key: value` at a column, with the lines that the value takes. */
export function pairLines(key: string, value: Json, column: number, style: Style): string[] {
  const head = `${' '.repeat(column)}${keyTextOf(key, false, style)}:`;
  if (isNested(value)) {
    const inner = column + (isArray(value) ? style.listIndent : style.indent);
    const [first = '', ...rest] = blockText(value, inner, style);
    return [head, ' '.repeat(inner) + first, ...rest];
  }
  return scalarLines(`${head} `, value, column + style.indent, style);
}

/** `- value` at a column, with the lines that the value takes. */
export function itemLines(value: Json, column: number, style: Style): string[] {
  const head = `${' '.repeat(column)}- `;
  if (isNested(value)) {
    const [first = '', ...rest] = blockText(value, column + 2, style);
    return [head + first, ...rest];
  }
  return scalarLines(head, value, column + 2, style);
}

/** What stands behind `key:` or `-` for anything that is not nested; a literal block has its content at `column`. */
export function valueLines(value: Json, column: number, style: Style): string[] {
  if (isEmpty(value)) return [isArray(value) ? '[]' : '{}'];
  if (typeof value === 'string' && style.literal && canBeLiteral(value)) {
    return [value.endsWith('\n') ? '|' : '|-', ...contentLines(value).map(line => (line === '' ? '' : ' '.repeat(column) + line))];
  }
  return [scalarText(value, 'plain', false, style)];
}

function scalarLines(head: string, value: Json, column: number, style: Style): string[] {
  const [first = '', ...rest] = valueLines(value, column, style);
  return [head + first, ...rest];
}

/** Several lines that a literal block gives back to the letter, without an indentation indicator. */
function canBeLiteral(value: string): boolean {
  const lines = value.split('\n');
  if (lines.length < 2 || value.endsWith('\n\n') || /^\s/.test(value)) return false;
  return lines.every(line => !UNPRINTABLE.test(line) && !/\s$/.test(line));
}
