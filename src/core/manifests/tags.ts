import type { Json } from '../base/json';
import type { Dialect } from './document';
import { NOT_FINITE, resolvePlain, timestamp } from './scalars';

/** A scalar that its own tag forbids. An object, which no scalar is. */
export interface Refused {
  readonly refused: string;
}

type Scalar = null | boolean | number | bigint | string;

const CORE = /^(?:!!|!<tag:yaml\.org,2002:)(\w+)>?$/;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** The value of a scalar with an explicit tag (`!!str`, `!!binary`, …), as go-yaml resolves it. Tags it does not know leave text. */
export function resolveTagged(tag: string, raw: string, dialect: Dialect): Scalar | Refused {
  const core = CORE.exec(tag)?.[1];
  switch (core) {
    case 'binary': {
      const packed = raw.replace(/[\r\n]/g, '');
      return BASE64.test(packed) ? Buffer.from(packed, 'base64').toString('utf8') : { refused: '!!binary, but not base64' };
    }
    case 'timestamp':
      return dialect === 'K3' ? (timestamp(raw) ?? { refused: '!!timestamp, but no time' }) : raw;
    case 'int':
    case 'float':
    case 'bool':
    case 'null': {
      const value = resolvePlain(raw, dialect);
      return fits(core, value) ? value : { refused: `${tag}, but ${raw === '' ? 'nothing' : raw} is none` };
    }
    default:
      return tag === '!' && dialect === 'K3' ? untagged(resolvePlain(raw, dialect), raw) : raw;
  }
}

function fits(type: 'int' | 'float' | 'bool' | 'null', value: Json | typeof NOT_FINITE): value is Scalar {
  if (type === 'null') return value === null;
  if (type === 'bool') return typeof value === 'boolean';
  if (typeof value === 'bigint') return true;
  return typeof value === 'number' && (type === 'float' || Number.isInteger(value));
}

const untagged = (value: Json | typeof NOT_FINITE, raw: string): Scalar => (value === null || (typeof value !== 'object' && typeof value !== 'symbol') ? value : raw);
