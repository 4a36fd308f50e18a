import { readFile } from 'node:fs/promises';
import type { Clock } from '../base/clock';
import { ClusterError } from './errors';
import { stopped } from './failure';
import type { Impersonation, UserEntry } from './kubeconfig';
import { readPem, type ClientCertificate } from './pem';
import { whileWaiting } from './waiting';

/** What one request carries to say who we are. */
export interface Login {
  readonly authorization: string | undefined;
  readonly certificate: ClientCertificate | undefined;
}

/** Where a login comes from. `renew` is asked once after a 401; `false`: there is nothing newer to be had. */
export interface Credentials {
  login(signal: AbortSignal | undefined): Promise<Login>;
  renew(refused: Login): boolean;
}

/** A plugin or an identity provider, which can give a new login when the old one has ended. */
export interface LoginSource {
  /** `force`: the last login was refused. Rejects with `ClusterError` `unauthenticated` or `invalid`, `aborted` where the signal says so. */
  obtain(force: boolean, signal: AbortSignal): Promise<Login>;
}

/** Milliseconds for which the content of a token file is believed; client-go's, for projected tokens that are replaced in place. */
const TOKEN_FILE_MS = 10_000;

/** Certificates, tokens and passwords that stand in the kubeconfig or in files it names. */
export class StaticCredentials implements Credentials {
  readonly #user: UserEntry;
  readonly #clock: Clock;
  #kept: { readonly login: Promise<Login>; readonly until: number } | undefined;

  constructor(user: UserEntry, clock: Clock) {
    this.#user = user;
    this.#clock = clock;
  }

  login(): Promise<Login> {
    if (this.#kept && this.#clock.now() < this.#kept.until) return this.#kept.login;
    const login = this.#read();
    this.#kept = { login, until: this.#clock.now() + TOKEN_FILE_MS };
    return login;
  }

  /** Files may have been replaced since they were read; what stands in the kubeconfig has not. */
  renew(): boolean {
    const { tokenFile, cert, key } = this.#user;
    this.#kept = undefined;
    return tokenFile !== undefined || cert?.kind === 'file' || key?.kind === 'file';
  }

  async #read(): Promise<Login> {
    const { basic, name } = this.#user;
    const [token, cert, key] = await Promise.all([this.#token(), readPem(this.#user.cert, 'client certificate'), readPem(this.#user.key, 'client key')]);
    if ((cert === undefined) !== (key === undefined)) throw new ClusterError('invalid', `user "${name}" of the kubeconfig has a client ${cert === undefined ? 'key without a certificate' : 'certificate without a key'}`);
    const authorization = token !== undefined ? `Bearer ${token}` : basic ? `Basic ${Buffer.from(`${basic.username}:${basic.password}`).toString('base64')}` : undefined;
    return { authorization, certificate: cert !== undefined && key !== undefined ? { cert, key } : undefined };
  }

  /** The file wins over the token beside it, as in client-go's transport. */
  async #token(): Promise<string | undefined> {
    const { token, tokenFile } = this.#user;
    if (tokenFile === undefined) return token;
    try {
      const content = (await readFile(tokenFile, 'utf8')).trim();
      if (content !== '') return content;
    } catch (error) {
      if (token === undefined) throw new ClusterError('invalid', `the token file ${tokenFile} cannot be read (${error instanceof Error && 'code' in error ? String(error.code) : 'unreadable'})`);
    }
    return token;
  }
}

/** A login from a source that takes time: one question at a time, however many requests wait for it. */
export class ObtainedCredentials implements Credentials {
  readonly #source: LoginSource;
  readonly #ends: AbortSignal;
  #asking: Promise<Login> | undefined;
  #refused = false;
  #last: Login | undefined;

  /** `ends`: of the session; whatever is asked for then ends with it. */
  constructor(source: LoginSource, ends: AbortSignal) {
    this.#source = source;
    this.#ends = ends;
  }

  /** Shared by all callers: one that goes away ends nothing. */
  login(signal?: AbortSignal): Promise<Login> {
    this.#asking ??= this.#ask();
    return whileWaiting(this.#asking, signal);
  }

  /** True also when somebody else has renewed it since: the caller's login is then simply old. */
  renew(refused: Login): boolean {
    if (this.#last === refused) this.#refused = true;
    return true;
  }

  async #ask(): Promise<Login> {
    try {
      if (this.#ends.aborted) throw stopped(this.#ends);
      const login = await this.#source.obtain(this.#refused, this.#ends);
      this.#refused = false;
      this.#last = login;
      return login;
    } finally {
      this.#asking = undefined;
    }
  }
}

/** `Impersonate-*`, as client-go's transport writes them; keys of extra values are percent-encoded. */
export function impersonationHeaders(impersonate: Impersonation | undefined): Record<string, string | string[]> {
  if (!impersonate) return {};
  const { user, uid, groups, extra } = impersonate;
  return {
    'Impersonate-User': user,
    ...(uid !== undefined && { 'Impersonate-Uid': uid }),
    ...(groups.length > 0 && { 'Impersonate-Group': [...groups] }),
    ...Object.fromEntries(extra.map(([key, values]) => [`Impersonate-Extra-${encodeURIComponent(key)}`, [...values]])),
  };
}
