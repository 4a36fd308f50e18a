import type { Json } from '../base/json';
import { sameJson } from '../base/json';
import { compareQuantities } from './quantity';
import type { SchemaType } from './schema';

/** What the place of a value says about its meaning, beyond its type. */
export interface PlaceHints {
  /** In a list of resources of a built-in kind (`resources.limits.cpu`): the server rounds up to thousandths. */
  readonly resourceList: boolean;
  /** In `data` of a Secret: base64, compared by what it encodes. */
  readonly secretData: boolean;
}

/** Whether two scalars mean the same to the API server, however they are written (`reference/drift.md` 2.4). Exact: what is in doubt differs. */
export function sameScalar(a: Json, b: Json, type: SchemaType, hints: PlaceHints): boolean {
  if (sameJson(a, b)) return true;
  if (hints.resourceList || (type.kind === 'scalar' && type.scalar === 'quantity')) return compareQuantities(a, b, hints.resourceList) === 0;
  if (typeof a !== 'string' || typeof b !== 'string') return false;
  if (type.kind === 'scalar' && type.scalar === 'time') return sameInstant(a, b);
  return hints.secretData && sameBytes(a, b);
}

/** RFC 3339 with a zone; fractions beyond a millisecond compare as text. */
function sameInstant(a: string, b: string): boolean {
  const [left, right] = [INSTANT.exec(a), INSTANT.exec(b)];
  if (left === null || right === null) return false;
  const fraction = (match: RegExpExecArray): string => (match[2] ?? '').replace(/0+$/, '');
  return fraction(left) === fraction(right) && Date.parse(`${left[1] ?? ''}${left[3] ?? ''}`) === Date.parse(`${right[1] ?? ''}${right[3] ?? ''}`);
}

const INSTANT = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)$/;

const sameBytes = (a: string, b: string): boolean => BASE64.test(a) && BASE64.test(b) && Buffer.from(a, 'base64').equals(Buffer.from(b, 'base64'));

/** As Go decodes it: line breaks anywhere, nothing else. */
const BASE64 = /^[A-Za-z0-9+/\r\n]*={0,2}[\r\n]*$/;
