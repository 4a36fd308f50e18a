import type { Clock } from '../base/clock';
import type { Log } from '../base/log';
import type { Cluster } from './api';

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
}

/** Rejects with `ClusterError`: `invalid` for a kubeconfig that cannot be used, `offline`, `denied`, `unauthenticated`. */
export type Connect = (options: ConnectOptions, signal: AbortSignal) => Promise<Cluster>;

/** The contexts of these kubeconfig files, in order, and which is current. Missing files are skipped as kubectl does. */
export type ReadContexts = (kubeconfig: readonly string[]) => Promise<{ readonly names: readonly string[]; readonly current: string | undefined }>;
