import type { Json } from '../base/json';
const SCALE: Readonly<Record<string, readonly [bigint, bigint]>> = { n: [1n, 1n], u: [1000n, 1n], m: [10n ** 6n, 1n], '': [10n ** 9n, 1n], k: [10n ** 12n, 1n], M: [10n ** 15n, 1n], G: [10n ** 18n, 1n], T: [10n ** 21n, 1n], P: [10n ** 24n, 1n], E: [10n ** 27n, 1n], Ki: [10n ** 9n * 1024n, 1n], Mi: [10n ** 9n * 1024n ** 2n, 1n], Gi: [10n ** 9n * 1024n ** 3n, 1n], Ti: [10n ** 9n * 1024n ** 4n, 1n], Pi: [10n ** 9n * 1024n ** 5n, 1n], Ei: [10n ** 9n * 1024n ** 6n, 1n] };
function nanos(value: Json, milli: boolean): bigint | undefined {
  const m = /^([+-]?)(\d*)(?:\.(\d*))?(?:([eE][+-]?\d+)|([numkMGTPE]i?))?$/.exec(String(value));
  if (!m || (!m[2] && !m[3])) return undefined;
  const frac = m[3] ?? '';
  let n = BigInt(`${m[2] ?? ''}${frac}` || '0');
  let den = 10n ** BigInt(frac.length);
  const exp = m[4] ? Number(m[4].slice(1)) : 0;
  const scale = SCALE[m[5] ?? '']?.[0] ?? 10n ** 9n;
  n *= scale;
  if (exp > 0) n *= 10n ** BigInt(exp);
  else den *= 10n ** BigInt(-exp);
  const unit = milli ? 10n ** 6n : 1n;
  den *= unit;
  const up = (n + den - 1n) / den;
  return (m[1] === '-' ? -up : up) * unit;
}
export function compareQuantities(a: Json, b: Json, milli: boolean): number | undefined {
  const [x, y] = [nanos(a, milli), nanos(b, milli)];
  if (x === undefined || y === undefined) return undefined;
  return x === y ? 0 : x < y ? -1 : 1;
}
