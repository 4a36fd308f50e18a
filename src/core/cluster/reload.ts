import { isDeepStrictEqual } from 'node:util';
import type { Target } from './kubeconfig';

/**
 * Reads the kubeconfig anew when what it said is refused: a rewritten CA, certificate, token or plugin of the pinned
 * context is taken over. Another server, cluster, user or impersonation is not: an open session never moves. A file
 * that is torn, empty or gone changes nothing; what was read last stays.
 */
export class Reload {
  readonly #read: () => Promise<Target>;
  readonly #adopt: (target: Target) => void;
  #target: Target;
  #running: Promise<void> | undefined;
  /** Grows with every target that is taken over. */
  #generation = 0;

  constructor(target: Target, read: () => Promise<Target>, adopt: (target: Target) => void) {
    this.#target = target;
    this.#read = read;
    this.#adopt = adopt;
  }

  get generation(): number {
    return this.#generation;
  }

  /** Whether there is something newer than what the request of this generation was refused with. Rejects with `ClusterError` `invalid` for a login that is not known. */
  async newerThan(generation: number): Promise<boolean> {
    if (this.#generation === generation) {
      this.#running ??= this.#reload().finally(() => (this.#running = undefined));
      await this.#running;
    }
    return this.#generation !== generation;
  }

  async #reload(): Promise<void> {
    let fresh: Target;
    try {
      fresh = await this.#read();
    } catch {
      return;
    }
    if (!isSamePlace(fresh, this.#target) || isDeepStrictEqual(fresh, this.#target)) return;
    // Throws for a login that is not known, and changes nothing then.
    this.#adopt(fresh);
    this.#target = fresh;
    this.#generation++;
  }
}

/** What the session's pin and its requests were made for. */
export function isSamePlace(a: Target, b: Target): boolean {
  const place = ({ cluster, user }: Target): unknown[] => [cluster.name, cluster.server, cluster.tlsServerName, cluster.insecure, cluster.proxyUrl, user.name, user.impersonate];
  return isDeepStrictEqual(place(a), place(b));
}
