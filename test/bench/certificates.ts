import { generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';

/** PEM texts. */
export interface Identity {
  readonly cert: string;
  readonly key: string;
}

/** A certificate authority of a test's own. Times are milliseconds since the epoch. */
export interface Authority {
  /** PEM. */
  readonly cert: string;
  /** A client certificate: to Kubernetes the common name is the user and the organisation is a group. */
  client(name: string, group: string, ends: number): Identity;
}

const DAY = 24 * 3_600_000;

/** X.509 as RFC 5280 writes it, as far as a client certificate needs: there is no openssl on every machine. */
export function makeAuthority(name: string): Authority {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const issuer = distinguishedName(name, undefined);
  const cert = certificate({ subject: issuer, issuer, ends: Date.now() + DAY, publicKey, privateKey, authority: true });
  return {
    cert,
    client: (user, group, ends) => {
      const own = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const subject = distinguishedName(user, group);
      return {
        cert: certificate({ subject, issuer, ends, publicKey: own.publicKey, privateKey, authority: false }),
        key: own.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
      };
    },
  };
}

interface Contents {
  readonly subject: Buffer;
  readonly issuer: Buffer;
  readonly ends: number;
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
  readonly authority: boolean;
}

function certificate({ subject, issuer, ends, publicKey, privateKey, authority }: Contents): string {
  const algorithm = sequence(oid(1, 2, 840, 10045, 4, 3, 2));
  const serial = Buffer.concat([Buffer.from([1]), randomBytes(8)]);
  const constraints = extension([2, 5, 29, 19], authority ? sequence(der(0x01, Buffer.from([0xff]))) : sequence());
  const usage = extension([2, 5, 29, 15], der(0x03, authority ? Buffer.from([1, 0x06]) : Buffer.from([7, 0x80])));
  const purpose = extension([2, 5, 29, 37], sequence(oid(1, 3, 6, 1, 5, 5, 7, 3, 2)));
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, serial),
    algorithm,
    issuer,
    sequence(time(Math.min(ends, Date.now()) - DAY), time(ends)),
    subject,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(constraints, usage, ...(authority ? [] : [purpose]))),
  );
  const signature = sign('sha256', body, privateKey);
  const whole = sequence(body, algorithm, der(0x03, Buffer.concat([Buffer.from([0]), signature])));
  return `-----BEGIN CERTIFICATE-----\n${(whole.toString('base64').match(/.{1,64}/g) ?? []).join('\n')}\n-----END CERTIFICATE-----\n`;
}

const distinguishedName = (name: string, group: string | undefined): Buffer =>
  sequence(...(group === undefined ? [] : [attribute([2, 5, 4, 10], group)]), attribute([2, 5, 4, 3], name));
const attribute = (type: readonly number[], value: string): Buffer => der(0x31, sequence(oid(...type), der(0x0c, Buffer.from(value, 'utf8'))));
const extension = (type: readonly number[], value: Buffer): Buffer => sequence(oid(...type), der(0x04, value));
/** UTCTime: two digits of the year, to the second. */
const time = (ms: number): Buffer => der(0x17, Buffer.from(new Date(ms).toISOString().replace(/^\d\d|[-:T]|\.\d+/g, ''), 'latin1'));
const sequence = (...parts: readonly Buffer[]): Buffer => der(0x30, Buffer.concat(parts));

function oid(...[first = 0, second = 0, ...rest]: readonly number[]): Buffer {
  const bytes = [first * 40 + second];
  for (const part of rest) {
    const groups = [part & 0x7f];
    for (let left = part >>> 7; left > 0; left >>>= 7) groups.unshift((left & 0x7f) | 0x80);
    bytes.push(...groups);
  }
  return der(0x06, Buffer.from(bytes));
}

function der(tag: number, content: Buffer): Buffer {
  const length = content.length < 0x80 ? [content.length] : content.length < 0x100 ? [0x81, content.length] : [0x82, content.length >> 8, content.length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
}
