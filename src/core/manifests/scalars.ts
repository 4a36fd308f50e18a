import type { Json } from '../base/json';
import type { Dialect } from './document';

/** A plain scalar that JSON cannot hold (`.inf`, `.nan`): kubectl and kustomize both refuse it as a value. */
export const NOT_FINITE = Symbol('not finite');

const NULLS: ReadonlySet<string> = new Set(['', '~', 'null', 'Null', 'NULL']);
const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ...['true', 'True', 'TRUE'].map(text => [text, true] as const),
  ...['false', 'False', 'FALSE'].map(text => [text, false] as const),
]);
/** Booleans of YAML 1.1 that kubectl's reader still knows and kustomize's does not. */
const OLD_BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ...['y', 'Y', 'yes', 'Yes', 'YES', 'on', 'On', 'ON'].map(text => [text, true] as const),
  ...['n', 'N', 'no', 'No', 'NO', 'off', 'Off', 'OFF'].map(text => [text, false] as const),
]);
const FLOAT = /^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/;
const NOT_FINITE_FORM = /^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;
/** First characters of every plain scalar that may be something else than text. */
const SUSPICIOUS = /^[-+.~0-9yYnNtTfFoO]/;

/** What go-yaml makes of an untagged plain scalar; `K2`: yaml.v2 as sigs.k8s.io/yaml uses it, `K3`: yaml.v3 as kustomize does. Measured against both (`dialects.real.test.ts`). */
export function resolvePlain(text: string, dialect: Dialect): Json | typeof NOT_FINITE {
  if (text.length > 0 && !SUSPICIOUS.test(text)) return text;
  if (NULLS.has(text)) return null;
  const boolean = BOOLEANS.get(text) ?? (dialect === 'K2' ? OLD_BOOLEANS.get(text) : undefined);
  if (boolean !== undefined) return boolean;
  if (NOT_FINITE_FORM.test(text)) return NOT_FINITE;
  if (!/^[-+.0-9]/.test(text)) return text;
  const time = timestamp(text);
  if (time !== undefined) return dialect === 'K3' ? time : text;
  return resolveNumber(text, dialect) ?? text;
}

function resolveNumber(text: string, dialect: Dialect): number | bigint | undefined {
  // What begins with a dot goes to Go's `ParseFloat` as it stands, which takes underscores only between digits; from everything else they are dropped first.
  if (text.startsWith('.')) return DOT_FLOAT.test(text) ? resolveFloat(text.replaceAll('_', '')) : undefined;
  const digits = text.replaceAll('_', '');
  return resolveInteger(digits) ?? resolveSignedBits(digits, dialect) ?? resolveFloat(digits);
}

const DOT_FLOAT = /^\.\d+(?:_\d+)*(?:[eE][-+]?\d+(?:_\d+)*)?$/;

function resolveFloat(digits: string): number | undefined {
  if (!FLOAT.test(digits)) return undefined;
  const float = Number(digits);
  if (!Number.isFinite(float)) return undefined;
  return float === 0 ? 0 : float;
}

/** A sign after the base (`0b-101`): both readers cut the prefix off and read the rest; `0o` is known to yaml.v3 only. */
function resolveSignedBits(digits: string, dialect: Dialect): number | bigint | undefined {
  const match = /^0(?:b([-+])([01]+)|o([-+])([0-7]+))$/.exec(digits);
  if (!match || (match[4] !== undefined && dialect === 'K2')) return undefined;
  const [, bitSign, bits, octalSign, octals = ''] = match;
  const magnitude = bits === undefined ? BigInt(`0o${octals}`) : BigInt(`0b${bits}`);
  return narrow((bitSign ?? octalSign) === '-' ? -magnitude : magnitude);
}

const I64_MIN = -(2n ** 63n);
const I64_MAX = 2n ** 63n - 1n;
const U64_MAX = 2n ** 64n - 1n;

/** Go's `strconv.ParseInt` with base 0 (`0x`, `0o`, `0b`, leading `0`), falling back to `ParseUint`; outside both it is no integer. */
function resolveInteger(digits: string): number | bigint | undefined {
  const match = /^([-+]?)(?:(0|[1-9]\d*)|0[oO]?([0-7]+)|(0[xX][0-9a-fA-F]+|0[bB][01]+))$/.exec(digits);
  if (!match) return undefined;
  const [, sign = '', decimal, octal, prefixed = ''] = match;
  const magnitude = decimal ?? (octal === undefined ? prefixed : `0o${octal}`);
  const near = Number(magnitude);
  if (Number.isSafeInteger(near)) return near === 0 ? 0 : sign === '-' ? -near : near;
  const exact = sign === '-' ? -BigInt(magnitude) : BigInt(magnitude);
  return narrow(exact) ?? (sign === '' && exact <= U64_MAX ? exact : undefined);
}

/** As a number where that is exact; `undefined` beyond 64 bits. */
function narrow(exact: bigint): number | bigint | undefined {
  if (exact < I64_MIN || exact > I64_MAX) return undefined;
  return Number.isSafeInteger(Number(exact)) ? Number(exact) : exact;
}

const DATE = /^(\d{4})-(\d{1,2})-(\d{1,2})(?:([Tt ])(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d+))?(Z|[+-]\d\d:\d\d)?)?$/;

/** The text kustomize prints for a scalar that yaml.v3 takes for a time; `undefined` when it does not. */
export function timestamp(text: string): string | undefined {
  const match = DATE.exec(text);
  if (!match) return undefined;
  const [, year = '', month = '', day = '', separator, hour = '0', minute = '0', second = '0', fraction = '', zone] = match;
  const date = new Date(0);
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  if (date.getUTCMonth() !== Number(month) - 1 || date.getUTCDate() !== Number(day)) return undefined;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  // go-yaml's layouts: with a `T` the zone is required, with a space it is not allowed.
  if (separator !== undefined && (separator === ' ') !== (zone === undefined)) return undefined;
  const digits = fraction.replace(/0+$/, '');
  const two = (part: string): string => part.padStart(2, '0');
  return `${year}-${two(month)}-${two(day)}T${two(hour)}:${two(minute)}:${two(second)}${digits && `.${digits}`}${zone ?? 'Z'}`;
}

/** The text that sigs.k8s.io/yaml makes of a key that is a number or a boolean, `raw` as it is written; `undefined` for what it refuses. */
export function keyText(value: Json, raw: string): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return String(value);
  if (typeof value === 'bigint') return value > I64_MAX ? undefined : String(value);
  if (typeof value !== 'number') return undefined;
  return Number.isSafeInteger(value) && !/[.eE]/.test(raw.replace(/^[-+]?0[xX].*/, '')) ? String(value) : floatKey(value);
}

/** Go's `FormatFloat(value, 'g', -1, 32)`. */
function floatKey(value: number): string {
  const short = shortestFloat32(value);
  const [mantissa = '', exponent = '0'] = short.toExponential().split('e');
  const power = Number(exponent);
  if (power >= -4 && power < 6) return String(short);
  return `${mantissa}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
}

function shortestFloat32(value: number): number {
  const single = Math.fround(value);
  for (let digits = 1; digits < 10; digits++) {
    const short = Number(single.toPrecision(digits));
    if (Math.fround(short) === single) return short;
  }
  return single;
}
