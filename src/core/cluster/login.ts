import type { Clock } from '../base/clock';
import { ObtainedCredentials, StaticCredentials, type Credentials } from './credentials';
import { ClusterError } from './errors';
import { ExecLogin, type AllowExec } from './exec-plugin';
import type { Target } from './kubeconfig';
import { OidcLogin } from './oidc';

export interface LoginOptions {
  readonly clock: Clock;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly allowExec?: AllowExec;
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
    if (authProvider.name === 'oidc') return new ObtainedCredentials(new OidcLogin(authProvider.config), options.ends);
    throw new ClusterError('invalid', `user "${user.name}" of the kubeconfig uses the auth provider "${authProvider.name}", which kubectl no longer has either; use an exec plugin`);
  }
  return new StaticCredentials(user, options.clock);
}
