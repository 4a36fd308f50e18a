import type { JsonObject } from '../base/json';
import type { Login, LoginSource } from './credentials';
import { ClusterError } from './errors';

type Headers = Record<string, string>;

/** A token that ended in 1970: `{}`, `{"exp":0}`. Makes the library ask for a new one. */
const ENDED = 'e30.eyJleHAiOjB9.';

/**
 * The auth provider `oidc`: `@kubernetes/client-node` renews the ID token with the refresh token. Loaded on first use
 * only, because it needs a newer Node than the rest. A rotated refresh token is not written back to the kubeconfig:
 * files of the user are never written.
 */
export class OidcLogin implements LoginSource {
  readonly #config: Record<string, unknown>;

  constructor(config: JsonObject) {
    this.#config = { ...config };
  }

  async obtain(force: boolean): Promise<Login> {
    // The server refused it, whatever its own date says.
    if (force) this.#config['id-token'] = ENDED;
    const headers: Headers = {};
    try {
      const { OpenIDConnectAuth } = await import('@kubernetes/client-node/dist/oidc_auth.js');
      await new OpenIDConnectAuth().applyAuthentication({ name: '', authProvider: { name: 'oidc', config: this.#config } }, { headers });
    } catch {
      // The library's own message quotes what the identity provider was sent.
      throw new ClusterError('unauthenticated', `${issuerOf(this.#config)} gave no new token; log in again with kubectl`);
    }
    const { Authorization: authorization } = headers;
    if (authorization === undefined) throw new ClusterError('unauthenticated', 'the ID token of this context has ended and there is no refresh token; log in again with kubectl');
    return { authorization, certificate: undefined };
  }
}

function issuerOf(config: Readonly<Record<string, unknown>>): string {
  const url = config['idp-issuer-url'];
  return typeof url === 'string' && URL.canParse(url) ? new URL(url).host : 'the identity provider';
}
