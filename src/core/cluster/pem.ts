import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { ClusterError } from './errors';
import type { Pem } from './kubeconfig';

/** Both as PEM text. */
export interface ClientCertificate {
  readonly cert: string;
  readonly key: string;
}

/** When the certificate ends, milliseconds since the epoch; `undefined` where it cannot be read. */
export function endOf({ cert }: ClientCertificate): number | undefined {
  try {
    const end = Date.parse(new X509Certificate(cert).validTo);
    return Number.isNaN(end) ? undefined : end;
  } catch {
    return undefined;
  }
}

/** The text of a certificate or key. Rejects with `ClusterError` `invalid`, naming the file. */
export async function readPem(pem: Pem | undefined, what: string): Promise<string | undefined> {
  if (pem === undefined || pem.kind === 'data') return pem?.pem;
  try {
    return await readFile(pem.file, 'latin1');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    throw new ClusterError('invalid', `the ${what} ${pem.file} cannot be read (${code})`);
  }
}
