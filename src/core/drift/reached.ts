import { createHash } from 'node:crypto';
import type { Clock } from '../base/clock';
import type { Memory } from './ports';
import type { Connection } from './snapshot';

const KEY = 'reached';
/** Milliseconds between two notes of one cluster. */
const GAP = 60_000;
/** Clusters that are remembered; the longest unseen are forgotten. */
const MOST = 100;

/** When each cluster was last known to answer. Kept for this user on this machine, under a hash of name and address: nothing of the kubeconfig itself. */
export class Reached {
  readonly #memory: Memory;
  readonly #clock: Clock;
  readonly #onFailure: (error: unknown) => void;

  constructor(memory: Memory, clock: Clock, onFailure: (error: unknown) => void) {
    this.#memory = memory;
    this.#clock = clock;
    this.#onFailure = onFailure;
  }

  /** Milliseconds since the epoch; `undefined`: never, as far as is remembered. */
  at(context: string, server: string | undefined): number | undefined {
    return this.#all().get(keyOf(context, server));
  }

  /** Notes the clusters that answer now. */
  note(connections: readonly Connection[]): void {
    const all = this.#all();
    const now = this.#clock.now();
    let changed = false;
    for (const connection of connections) {
      if (connection.kind !== 'connected' || connection.troubles.some(({ kind }) => kind === 'lost')) continue;
      const key = keyOf(connection.pin.context, connection.pin.server);
      if (now - (all.get(key) ?? 0) < GAP) continue;
      all.set(key, now);
      changed = true;
    }
    if (!changed) return;
    const kept = [...all].sort(([, a], [, b]) => b - a).slice(0, MOST);
    this.#memory.set(KEY, Object.fromEntries(kept)).catch(this.#onFailure);
  }

  #all(): Map<string, number> {
    const value = this.#memory.get(KEY);
    const entries = typeof value === 'object' && value !== null ? Object.entries(value as Record<string, unknown>) : [];
    return new Map(entries.filter((entry): entry is [string, number] => typeof entry[1] === 'number'));
  }
}

const keyOf = (context: string, server: string | undefined): string => createHash('sha256').update(JSON.stringify([context, server ?? ''])).digest('hex').slice(0, 24);
