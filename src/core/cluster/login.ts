import { ObtainedCredentials, StaticCredentials, type Credentials } from './credentials';
import { ClusterError } from './errors';
import { ExecLogin, type ExecOptions } from './exec-plugin';
import type { Target } from './kubeconfig';
import { OidcLogin, type OidcOptions } from './oidc';

export interface LoginOptions extends OidcOptions, ExecOptions {
  /** Aborts when the session ends, and what was started to log in with it. */
  readonly ends: AbortSignal;
}

/** Throws `ClusterError` `invalid` for logins that are not supported. A fixed token or certificate wins over a plugin, as in client-go. */
export function credentialsFor(target: Target, options: LoginOptions): Credentials {
  const { user } = target;
  const { exec, authProvider } = user;
  const fixed = user.token !== undefined || user.tokenFile !== undefined || user.basic !== undefined;
  if (exec && !fixed) return new ObtainedCredentials(new ExecLogin(exec, target.cluster, options), options.ends);
  if (authProvider && !fixed) {
    if (authProvider.name === 'oidc') return new ObtainedCredentials(new OidcLogin(authProvider.config, options), options.ends);
    throw new ClusterError('invalid', `user "${user.name}" of the kubeconfig uses the auth provider "${authProvider.name}", which kubectl no longer has either; use an exec plugin`);
  }
  return new StaticCredentials(user, options.clock);
}
