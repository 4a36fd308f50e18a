import type { IncomingHttpHeaders } from 'node:http';
import { member, textAt, type Json, type JsonObject } from '../base/json';
import { parseJson } from '../base/json-text';
import { ClusterError, failureOf, isClusterError } from './errors';

const CERTIFICATE: ReadonlyMap<string, string> = new Map([
  ['CERT_HAS_EXPIRED', 'its certificate has expired'],
  ['CERT_NOT_YET_VALID', 'its certificate is not valid yet (is the clock right?)'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'its certificate is self-signed and the kubeconfig names no CA for it'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'its certificate comes from a CA that the kubeconfig does not trust'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'its certificate comes from a CA that the kubeconfig does not trust'],
  ['UNABLE_TO_GET_ISSUER_CERT', 'its certificate comes from a CA that the kubeconfig does not trust'],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'its certificate comes from a CA that the kubeconfig does not trust'],
  ['CERT_SIGNATURE_FAILURE', 'its certificate was not signed by the CA in the kubeconfig'],
  ['CERT_REVOKED', 'its certificate has been revoked'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'its certificate is for another host name'],
]);

const NETWORK: ReadonlyMap<string, string> = new Map([
  ['ECONNREFUSED', 'refuses connections'],
  ['ENOTFOUND', 'is a name that cannot be resolved'],
  ['EAI_AGAIN', 'is a name that cannot be resolved at the moment'],
  ['ECONNRESET', 'closed the connection'],
  ['EPIPE', 'closed the connection'],
  ['UND_ERR_SOCKET', 'closed the connection'],
  ['ETIMEDOUT', 'does not answer'],
  ['UND_ERR_CONNECT_TIMEOUT', 'does not answer'],
  ['UND_ERR_HEADERS_TIMEOUT', 'does not answer'],
  ['UND_ERR_BODY_TIMEOUT', 'stopped answering'],
  ['EHOSTUNREACH', 'cannot be reached'],
  ['ENETUNREACH', 'cannot be reached: no network'],
  ['EMFILE', 'cannot be reached: too many open files'],
  ['UND_ERR_RES_EXCEEDED_MAX_SIZE', 'sent more than can be read'],
]);

/** True for failures that waiting cannot mend: the certificate has to be put right by a person. */
export const isCertificateFailure = (error: unknown): boolean => codesOf(error).some(code => CERTIFICATE.has(code) || code.startsWith('ERR_SSL') || code.startsWith('ERR_OSSL'));

/** We wanted it no more: no failure of anybody's. */
export const stopped = (signal: AbortSignal | undefined): ClusterError => new ClusterError('aborted', 'stopped', { cause: signal?.reason });

/** Words for an error below HTTP. Built from its code, never from its text, which may quote what was sent. */
export function transportFailure(error: unknown, server: string, signal?: AbortSignal): ClusterError {
  if (isClusterError(error)) return error;
  const codes = codesOf(error);
  if (signal?.aborted) return stopped(signal);
  const where = hostOf(server);
  const status = proxyStatus(error);
  if (status === 407) return new ClusterError('offline', `the proxy on the way to ${where} wants a login (407)`);
  if (status !== undefined) return new ClusterError('offline', `the proxy on the way to ${where} answered ${status}`);
  if (codes.includes('UND_ERR_ABORTED') || (error instanceof Error && error.name === 'AbortError')) return stopped(signal);
  for (const code of codes) {
    const certificate = CERTIFICATE.get(code);
    if (certificate) return new ClusterError('badAnswer', `${where} cannot be trusted: ${certificate}`);
    const network = NETWORK.get(code);
    if (network) return new ClusterError('offline', `${where} ${network}`);
    if (code.includes('ALERT_CERTIFICATE_EXPIRED')) return new ClusterError('unauthenticated', `${where} says that our client certificate has expired`);
    if (code.includes('ALERT_CERTIFICATE') || code.includes('ALERT_BAD_CERTIFICATE') || code.includes('ALERT_UNKNOWN_CA'))
      return new ClusterError('unauthenticated', `${where} does not accept our client certificate`);
    if (code === 'ERR_SSL_WRONG_VERSION_NUMBER' || code === 'EPROTO') return new ClusterError('badAnswer', `${where} does not speak TLS; is the address right?`);
    if (code.startsWith('ERR_SSL') || code.startsWith('ERR_OSSL')) return new ClusterError('badAnswer', `no secure connection to ${where} (${code})`);
  }
  return new ClusterError('offline', `${where} cannot be reached${codes[0] === undefined ? '' : ` (${codes[0]})`}`);
}

/** A server-side apply of something that does not fit the kind's schema: the server calls that an internal error (apimachinery `managedfields`). */
const REFUSED_BODY = /^failed to (?:create typed patch object|convert new object)/;

/** Words for an answer that is no success. `what` is the thing that was asked for, as people call it. */
export function answerFailure(answer: { readonly status: number; readonly contentType: string; readonly text: string }, what: string, server: string): ClusterError {
  const { status } = answer;
  const more = { status };
  const body = statusObject(answer.text);
  if (body) {
    const message = textAt(body, 'message') ?? '';
    const kind = status === 500 && REFUSED_BODY.test(message) ? 'invalid' : failureOf(status);
    return new ClusterError(kind, `${what}: ${message === '' ? `the API server answered ${status}` : message}`, { ...more, answer: body });
  }
  if (status === 401) return new ClusterError('unauthenticated', `${hostOf(server)} does not accept the credentials of this context`, more);
  if (status === 407) return new ClusterError('offline', `the proxy on the way to ${hostOf(server)} wants a login (407)`, more);
  if (isHtml(answer) && status < 500 && status !== 429) return notKubernetes(server, status);
  return new ClusterError(failureOf(status), `${what}: ${hostOf(server)} answered ${status}`, more);
}

/** HTTP success, but not what an API server sends: a sign-in page, a proxy's greeting, a body that broke off. */
export function notKubernetes(server: string, status: number): ClusterError {
  return new ClusterError('badAnswer', `${hostOf(server)} answered with something that is not a Kubernetes API (a proxy or a sign-in page in between?)`, { status });
}

/** Host and port of a server URL: never its user info or its path. */
export function hostOf(server: string): string {
  return URL.canParse(server) ? new URL(server).host : 'the server';
}

/** A `Status` of the API; anything else is not the API server speaking. */
function statusObject(text: string): JsonObject | undefined {
  try {
    const value: Json = parseJson(text);
    return member(value, 'kind') === 'Status' ? (value as JsonObject) : undefined;
  } catch {
    return undefined;
  }
}

/** The index of schemas comes as text/plain; what is no JSON is found when it is read. */
export const isPage = (headers: IncomingHttpHeaders): boolean => (headers['content-type'] ?? '').includes('html');

const isHtml = ({ contentType, text }: { readonly contentType: string; readonly text: string }): boolean => contentType.includes('html') || /^\s*</.test(text);

/** Codes of the error and of what caused it, outermost first. */
function codesOf(error: unknown): string[] {
  const codes: string[] = [];
  let here = error;
  for (let depth = 0; depth < 5 && here instanceof Error; depth++) {
    if ('code' in here && typeof here.code === 'string') codes.push(here.code);
    if (here instanceof AggregateError) codes.push(...here.errors.flatMap(inner => (inner === here ? [] : codesOf(inner))));
    here = here.cause;
  }
  // The outer code of undici (UND_ERR_SOCKET) says less than the cause's.
  return codes.reverse();
}

function proxyStatus(error: unknown): number | undefined {
  const match = error instanceof Error ? /Proxy response \((\d{3})\)/.exec(error.message) : null;
  return match ? Number(match[1]) : undefined;
}
