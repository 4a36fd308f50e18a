import type { Clock } from '../base/clock';
import type { Log } from '../base/log';
import { homedir } from 'node:os';
import type { Cluster } from './api';
import { textAt } from '../base/json';
import type { Credentials } from './credentials';
import { credentialsFor } from './login';
import { discover, NOTHING_SERVED } from './discovery';
import type { AllowExec } from './exec-plugin';
import { readKubeconfig, targetOf, type ReadKubeconfig, type Target } from './kubeconfig';
import { readPin } from './pin';
import { Reload } from './reload';
import { Rest } from './rest';
import type { SchemaFiles } from './schema-files';
import { Session } from './session';
import { Transport } from './transport';
import { Wire } from './wire';

export { ContextWatch } from './context-watch';
export { readKubeconfig } from './kubeconfig';
export { SchemaFiles } from './schema-files';
export { steadily } from './steady-kubeconfig';

/** What is needed to open a session. Paths as kubectl would list them; nothing else of the environment is read. */
export interface ConnectOptions {
  /** Files in `KUBECONFIG` order. */
  readonly kubeconfig: readonly string[];
  /** `undefined`: the current context at this moment; it is pinned from then on. */
  readonly context: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly userAgent: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Whether a credential plugin of a kubeconfig outside the home folder's `.kube` may run; left out: it may not. */
  readonly allowExec?: AllowExec;
  /** In place of the context's namespace. */
  readonly namespace?: string;
  /** Everything is read once, the newest there is, and nothing is watched: for a run that ends with its answer. */
  readonly once?: boolean;
  /** Where schemas are kept between sessions; left out: nowhere. */
  readonly schemas?: SchemaFiles;
  /** In place of reading the files as they are at this moment. */
  readonly read?: ReadKubeconfig;
  /** The built thread that reads from the network (see `Wire`); left out: beside the bundle. */
  readonly thread?: string;
  /** Between 0 and 1, for jitter; `Math.random` where left out. */
  readonly random?: () => number;
}

/** Rejects with `ClusterError`: `invalid` for a kubeconfig that cannot be used, `offline`, `denied`, `unauthenticated`. */
export type Connect = (options: ConnectOptions, signal: AbortSignal) => Promise<Cluster>;

/** A context as the kubeconfig has it; what it names may not exist. */
export interface KubeconfigContext {
  readonly name: string;
  /** Without user name and password, should the address have them. */
  readonly server: string | undefined;
  readonly user: string | undefined;
  readonly namespace: string | undefined;
}

/** The contexts of these kubeconfig files, in order, and which is current. Missing files are skipped as kubectl does. */
export type ReadContexts = (kubeconfig: readonly string[], read?: ReadKubeconfig) => Promise<{ readonly contexts: readonly KubeconfigContext[]; readonly current: string | undefined }>;

export const connect: Connect = async (options, signal) => {
  // It starts while the kubeconfig is read.
  const wire = new Wire(options.thread);
  try {
    return await open(options, wire, signal);
  } catch (error) {
    wire.dispose();
    throw error;
  }
};

async function open(options: ConnectOptions, wire: Wire, signal: AbortSignal): Promise<Cluster> {
  const { clock, log, userAgent, env, random = Math.random, once = false, read = readKubeconfig } = options;
  const target = targetOf(await read(options.kubeconfig), options.context);
  const home = env['HOME'] ?? env['USERPROFILE'] ?? homedir();
  const transport = new Transport(target.cluster, env, wire);
  const logins = new AbortController();
  const endLogins = { dispose: () => logins.abort() };
  try {
    const loginOf = (of: Target): Credentials => credentialsFor(of, { ...options, home, ends: logins.signal, wire: () => wire.again() });
    const reload = new Reload(target, async () => targetOf(await read(options.kubeconfig), target.context.name), fresh => {
      const login = loginOf(fresh);
      transport.adopt(fresh.cluster);
      rest.adopt(login);
      log.info(`the kubeconfig of ${target.context.name} was read anew`);
    });
    const rest = new Rest(transport, loginOf(target), { impersonate: target.user.impersonate, userAgent, clock, reload });
    // The first answer tells an API server from anything else, before much is asked of it.
    const { object } = await rest.json({ path: '/version', what: 'the version of the API server', patient: true }, signal);
    const [pin, served] = await Promise.all([readPin(target, transport, rest, signal), discover(rest, NOTHING_SERVED, signal)]);
    signal.throwIfAborted();
    const version = textAt(object, 'gitVersion') ?? 'unknown';
    const schemas = options.schemas && { files: options.schemas, scope: JSON.stringify([pin.server, pin.caHash, pin.identity]) };
    return new Session({ pin, version, namespace: options.namespace ?? target.context.namespace ?? 'default', served, transport, logins: endLogins, rest, clock, random, log, once, schemas });
  } catch (error) {
    endLogins.dispose();
    transport.dispose();
    throw error;
  }
}

export const readContexts: ReadContexts = async (kubeconfig, read = readKubeconfig) => {
  const { contexts, clusters, users, current } = await read(kubeconfig);
  return { contexts: [...contexts.values()].map(({ name, cluster, user, namespace }) => ({ name, server: withoutLogin(clusters.get(cluster)?.server), user: users.get(user)?.name, namespace })), current };
};

const withoutLogin = (server: string | undefined): string | undefined => server?.replace(/^([a-z]+:\/\/)[^/]*@/i, '$1');
