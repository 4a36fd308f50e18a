import type { Json } from '../base/json';

/** `resource.Quantity` of the API server: exactly `unscaled * 10^scale`. */
export interface Quantity {
  readonly unscaled: bigint;
  /** Any 32-bit integer: never raise 10 to it unchecked. */
  readonly scale: number;
  readonly format: 'DecimalSI' | 'DecimalExponent' | 'BinarySI';
  /** Set when the server writes it back as it was written. */
  readonly text: string | undefined;
}

/** A quantity as it stands in JSON, text or number; `undefined` when the API server would refuse it. Anything finer than a nano is rounded up to one. */
export function parseQuantity(value: Json): Quantity | undefined {
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'bigint') return undefined;
  const text = String(value).trim();
  if (text === '' || text.length > MAX_LENGTH) return undefined;
  if (text === '0') return { unscaled: 0n, scale: 0, format: 'DecimalSI', text };
  const parts = split(text);
  const meaning = parts && suffixOf(parts.suffix);
  if (parts === undefined || meaning === undefined) return undefined;
  const fast = parseFast(text, parts, meaning);
  if (fast !== undefined) return fast;
  return parts.digits ? parseSlowly(parts, meaning) : undefined;
}

/** Nobody writes longer ones; it bounds the time that made-up digits can take. */
const MAX_LENGTH = 1_000;

interface Parts {
  readonly negative: boolean;
  /** Without leading zeros, `0` when nothing else is left. */
  readonly whole: string;
  readonly fraction: string;
  readonly suffix: string;
  /** Without any digit it is a zero where it fits 64 bits, and no quantity otherwise. */
  readonly digits: boolean;
}

const FORM = /^([+-]?)(0*)(\d*)(?:\.(\d*))?([eEinumkKMGTP]*(?:[-+]?\d*))$/;

function split(text: string): Parts | undefined {
  const match = FORM.exec(text);
  if (match === null) return undefined;
  const [, sign = '', zeros = '', digits = '', fraction = '', suffix = ''] = match;
  return { negative: sign === '-', whole: digits === '' ? '0' : digits, fraction, suffix, digits: zeros + digits + fraction !== '' };
}

interface Suffix {
  readonly base: 2 | 10;
  readonly exponent: number;
  readonly format: Quantity['format'];
}

const DECIMAL: ReadonlyMap<string, number> = new Map([['n', -9], ['u', -6], ['m', -3], ['', 0], ['k', 3], ['M', 6], ['G', 9], ['T', 12], ['P', 15], ['E', 18]]);
const BINARY: ReadonlyMap<string, number> = new Map([['Ki', 10], ['Mi', 20], ['Gi', 30], ['Ti', 40], ['Pi', 50], ['Ei', 60]]);
const DECIMAL_SUFFIX = new Map([...DECIMAL].map(([suffix, exponent]) => [exponent, suffix]));
const BINARY_SUFFIX = new Map([...BINARY].map(([suffix, exponent]) => [exponent, suffix]));

function suffixOf(suffix: string): Suffix | undefined {
  const decimal = DECIMAL.get(suffix);
  if (decimal !== undefined) return { base: 10, exponent: decimal, format: 'DecimalSI' };
  const binary = BINARY.get(suffix);
  if (binary !== undefined) return { base: 2, exponent: binary, format: 'BinarySI' };
  if (!/^[eE][+-]?\d+$/.test(suffix)) return undefined;
  const exponent = BigInt(suffix.slice(suffix[1] === '+' ? 2 : 1));
  // The server keeps it in 32 bits, whatever was written.
  return BigInt.asIntN(64, exponent) === exponent ? { base: 10, exponent: Number(BigInt.asIntN(32, exponent)), format: 'DecimalExponent' } : undefined;
}

const MAX_INT64 = 2n ** 63n - 1n;
const NANO = -9;

/** What fits 64 bits is kept as it is, and written back unchanged if it is canonical (quantity.go, `ParseQuantity`). */
function parseFast(text: string, { negative, whole, fraction }: Parts, { base, exponent, format }: Suffix): Quantity | undefined {
  const binary = base === 2;
  if (binary && fraction !== '') return undefined;
  const room = binary ? 14 - whole.length - (exponent * 3) / 10 : 18 - whole.length - fraction.length;
  const scale = (binary ? 0 : exponent) - fraction.length;
  if (room < 0 || scale < NANO) return undefined;
  const digits = whole + fraction;
  const value = BigInt(digits);
  const amount = binary ? value << BigInt(exponent) : value;
  if (amount > MAX_INT64) return undefined;
  const canonical = binary ? (value & 7n) !== 0n : scale % 3 === 0 && !digits.endsWith('000') && digits[0] !== '0';
  return { unscaled: negative ? -amount : amount, scale, format, text: canonical ? text : undefined };
}

function parseSlowly({ negative, whole, fraction }: Parts, { base, exponent, format }: Suffix): Quantity {
  const amount = BigInt(whole + fraction) * (base === 2 ? 2n ** BigInt(exponent) : 1n);
  const scale = (base === 2 ? 0 : exponent) - fraction.length;
  let size = roundUp({ unscaled: amount, scale }, NANO);
  if (format === 'BinarySI' && order(size, { unscaled: MAX_INT64, scale: 0 }) > 0) size = { unscaled: MAX_INT64, scale: 0 };
  const tiny = format === 'BinarySI' && size.unscaled > 0n && order(size, { unscaled: 1n, scale: 0 }) < 0;
  return { unscaled: negative ? -size.unscaled : size.unscaled, scale: size.scale, format: tiny ? 'DecimalSI' : format, text: undefined };
}

type Amount = Pick<Quantity, 'unscaled' | 'scale'>;

/** Away from zero, to a multiple of `10^scale`. */
function roundUp({ unscaled, scale }: Amount, to: number): Amount {
  if (scale >= to || unscaled === 0n) return { unscaled, scale: Math.max(scale, to) };
  const size = unscaled < 0n ? -unscaled : unscaled;
  const places = to - scale;
  // More places than digits: only the smallest step is left.
  const rounded = places > String(size).length ? 1n : (size + 10n ** BigInt(places) - 1n) / 10n ** BigInt(places);
  return { unscaled: unscaled < 0n ? -rounded : rounded, scale: to };
}

/** As the server rounds the limits and requests of built-in kinds (`core/v1/defaults.go`): up, to thousandths. */
export function roundUpToMilli(quantity: Quantity): Quantity {
  if (quantity.scale >= -3) return quantity;
  return { ...roundUp(quantity, -3), format: quantity.format, text: undefined };
}

/** Numerically: -1, 0 or 1. `undefined` when either is no quantity. With `milli` both are first rounded up to thousandths. */
export function compareQuantities(a: Json, b: Json, milli = false): number | undefined {
  const left = parseQuantity(a);
  const right = parseQuantity(b);
  if (left === undefined || right === undefined) return undefined;
  return milli ? order(roundUpToMilli(left), roundUpToMilli(right)) : order(left, right);
}

/** Never raises 10 to more than the difference in digits. */
function order(a: Amount, b: Amount): number {
  const [signA, signB] = [sign(a.unscaled), sign(b.unscaled)];
  if (signA !== signB || signA === 0) return Math.sign(signA - signB);
  const magnitude = reach(a) - reach(b);
  if (magnitude !== 0) return magnitude > 0 ? signA : -signA;
  const shift = a.scale - b.scale;
  const left = shift > 0 ? a.unscaled * 10n ** BigInt(shift) : a.unscaled;
  const right = shift < 0 ? b.unscaled * 10n ** BigInt(-shift) : b.unscaled;
  return sign(left - right);
}

const sign = (value: bigint): number => (value > 0n ? 1 : value < 0n ? -1 : 0);

const reach = ({ unscaled, scale }: Amount): number => String(unscaled < 0n ? -unscaled : unscaled).length + scale;

/** As the API server writes it (`CanonicalizeBytes`), without quotes. */
export function canonicalQuantity(quantity: Quantity): string {
  const { unscaled, scale, format, text } = quantity;
  if (text !== undefined) return text;
  if (unscaled === 0n) return '0';
  if (format === 'BinarySI' && isWholeBeyondKilo(quantity)) return inBinary(unscaled * 10n ** BigInt(Math.max(scale, 0)), scale);
  return inDecimal(quantity, format === 'DecimalExponent');
}

function isWholeBeyondKilo({ unscaled, scale }: Amount): boolean {
  const size = { unscaled: unscaled < 0n ? -unscaled : unscaled, scale };
  return order(size, { unscaled: 1024n, scale: 0 }) >= 0 && (scale >= 0 || unscaled % 10n ** BigInt(-scale) === 0n);
}

function inBinary(unscaled: bigint, scale: number): string {
  let amount = scale < 0 ? unscaled / 10n ** BigInt(-scale) : unscaled;
  let exponent = 0;
  while (amount % 1024n === 0n) {
    amount /= 1024n;
    exponent += 10;
  }
  return `${amount}${BINARY_SUFFIX.get(exponent) ?? ''}`;
}

function inDecimal({ unscaled, scale }: Amount, asExponent: boolean): string {
  let [amount, exponent] = [unscaled, scale];
  while (amount % 10n === 0n) {
    amount /= 10n;
    exponent++;
  }
  while (exponent % 3 !== 0) {
    amount *= 10n;
    exponent--;
  }
  if (asExponent) return exponent === 0 ? `${amount}` : `${amount}e${exponent}`;
  // Beyond exa and below nano the server writes no suffix at all.
  return `${amount}${DECIMAL_SUFFIX.get(exponent) ?? ''}`;
}
