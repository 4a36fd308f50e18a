import { isAbsolute } from 'node:path';
import type { Clock } from '../base/clock';
import { member, textAt, type Json, type JsonObject } from '../base/json';
import { parseJson } from '../base/json-text';
import type { Login, LoginSource } from './credentials';
import { ClusterError, isClusterError } from './errors';
import { hostOf } from './failure';
import type { Pem } from './kubeconfig';
import { LoginPause } from './login-pause';
import { Transport } from './transport';
import type { Wire, WireAnswer } from './wire';

export interface OidcOptions {
  readonly clock: Clock;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** A thread of its own for each whom it asks, who is not the API server. */
  readonly wire: () => Wire;
}

/** Milliseconds: kubectl's before the end of a token; and so long one is used that has ended by our clock, which may be wrong. */
const LIMIT = { early: 10_000, used: 5_000 } as const;

/**
 * The auth provider `oidc`, as kubectl has it (client-go `plugin/pkg/client/auth/oidc`): the ID token of the kubeconfig while
 * it lasts, then one that the identity provider gives for the refresh token. `@kubernetes/client-node` sends no client
 * secret, loses a refresh token that is not given anew, and wants an ID token to begin with, so it is not asked. What is
 * new is not written back to the kubeconfig: files of the user are never written.
 */
export class OidcLogin implements LoginSource {
  readonly #config: JsonObject;
  readonly #options: OidcOptions;
  readonly #pause: LoginPause;
  #refreshToken: string | undefined;
  #kept: { readonly token: string; readonly until: number } | undefined;

  constructor(config: JsonObject, options: OidcOptions) {
    this.#config = config;
    this.#options = options;
    this.#pause = new LoginPause(options.clock);
    this.#refreshToken = nonEmpty(textAt(config, 'refresh-token'));
    const token = nonEmpty(textAt(config, 'id-token'));
    if (token !== undefined) this.#kept = { token, until: endOf(token) - LIMIT.early };
  }

  async obtain(force: boolean, signal: AbortSignal): Promise<Login> {
    const { clock } = this.#options;
    if (force || !this.#kept || clock.now() >= this.#kept.until) {
      const token = await this.#pause.around(() => this.#renew(signal));
      this.#kept = { token, until: Math.max(endOf(token) - LIMIT.early, clock.now() + LIMIT.used) };
    }
    return { authorization: `Bearer ${this.#kept.token}`, certificate: undefined };
  }

  async #renew(signal: AbortSignal): Promise<string> {
    const refreshToken = this.#refreshToken;
    if (refreshToken === undefined) throw new ClusterError('unauthenticated', 'the ID token of this context has ended and there is no refresh token; log in again with kubectl');
    const issuer = this.#needed('idp-issuer-url');
    if (!URL.canParse(issuer)) throw new ClusterError('invalid', 'idp-issuer-url of the kubeconfig is not a URL');
    const found = await this.#ask(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, signal, {});
    const endpoint = textAt(parsed(found), 'token_endpoint') ?? '';
    if (found.status !== 200 || !URL.canParse(endpoint)) throw new ClusterError('unauthenticated', `${hostOf(issuer)} does not say where it gives tokens (${found.status}); is the address of the identity provider right?`);
    const answer = await this.#askForToken(endpoint, refreshToken, signal);
    const body = parsed(answer);
    if (answer.status >= 300) throw new ClusterError('unauthenticated', `${hostOf(issuer)} gave no new token (${codeIn(body) ?? answer.status}); log in again with kubectl`);
    const token = nonEmpty(textAt(body, 'id_token'));
    if (token === undefined) throw new ClusterError('unauthenticated', `${hostOf(issuer)} gave no new ID token; log in again with kubectl`);
    // One that is not given anew goes on being good (RFC 6749, 6).
    this.#refreshToken = nonEmpty(textAt(body, 'refresh_token')) ?? refreshToken;
    return token;
  }

  /** Who we are goes into a header first and, where that is refused, into the body, as `golang.org/x/oauth2` tries it. */
  async #askForToken(endpoint: string, refreshToken: string, signal: AbortSignal): Promise<WireAnswer> {
    const [id, secret] = [this.#needed('client-id'), textAt(this.#config, 'client-secret') ?? ''];
    const form = { grant_type: 'refresh_token', refresh_token: refreshToken };
    const basic = Buffer.from([id, secret].map(formEncoded).join(':')).toString('base64');
    const first = await this.#ask(endpoint, signal, { authorization: `Basic ${basic}` }, form);
    if (first.status < 300) return first;
    return this.#ask(endpoint, signal, {}, { client_id: id, ...(secret !== '' && { client_secret: secret }), ...form });
  }

  /** A form is posted. Rejects with `ClusterError`. */
  async #ask(address: string, signal: AbortSignal, headers: Readonly<Record<string, string>>, form?: Readonly<Record<string, string>>): Promise<WireAnswer> {
    const { origin, pathname, search } = new URL(address);
    const entry = { name: 'of the identity provider', server: origin, ca: this.#authority(), insecure: false, tlsServerName: undefined, proxyUrl: undefined, execConfig: undefined };
    const transport = new Transport(entry, this.#options.env, this.#options.wire());
    const posted = form && { body: new URLSearchParams(form).toString() };
    try {
      return await transport.send({ method: posted ? 'POST' : 'GET', path: pathname + search, headers: { accept: 'application/json', ...(posted && { 'content-type': 'application/x-www-form-urlencoded' }), ...headers }, reading: { kind: 'whole' }, ...posted }, undefined, signal);
    } catch (error) {
      if (!isClusterError(error) || error.kind === 'aborted') throw error;
      throw new ClusterError('unauthenticated', `no new token: ${error.message}`);
    } finally {
      transport.dispose();
    }
  }

  #authority(): Pem | undefined {
    const [data, file] = ['idp-certificate-authority-data', 'idp-certificate-authority'].map(key => nonEmpty(textAt(this.#config, key)));
    if (data !== undefined) return { kind: 'data', pem: Buffer.from(data, 'base64').toString('latin1') };
    // From the current folder, says kubectl: in an editor that is any.
    if (file !== undefined && !isAbsolute(file)) throw new ClusterError('invalid', 'idp-certificate-authority of the kubeconfig must be an absolute path');
    return file === undefined ? undefined : { kind: 'file', file };
  }

  #needed(key: 'idp-issuer-url' | 'client-id'): string {
    const value = nonEmpty(textAt(this.#config, key));
    if (value === undefined) throw new ClusterError('invalid', `the auth provider oidc of the kubeconfig has no ${key}`);
    return value;
  }
}

/** When an ID token ends by its own word, milliseconds since the epoch; 0 where it does not say. */
function endOf(token: string): number {
  try {
    const end = member(parseJson(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8')), 'exp');
    return typeof end === 'number' ? end * 1000 : 0;
  } catch {
    return 0;
  }
}

function parsed({ body }: WireAnswer): Json {
  try {
    return parseJson(body.toString('utf8'));
  } catch {
    return null;
  }
}

/** One of the words of RFC 6749, 5.2: nothing else of an answer is repeated. */
function codeIn(body: Json): string | undefined {
  const code = textAt(body, 'error');
  return code !== undefined && /^[a-z_]{1,40}$/.test(code) ? code : undefined;
}

/** As Go's `url.QueryEscape`. */
const formEncoded = (text: string): string => new URLSearchParams({ '': text }).toString().slice(1);

const nonEmpty = (value: string | undefined): string | undefined => (value === '' ? undefined : value);
