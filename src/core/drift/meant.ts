import type { Memory } from './ports';

/** Kept for the workspace: by folder, the clusters (`ClusterPin.identity`) that it is meant for. */
export const MEANT_KEY = 'clusters of folders';

/** What people said of plain folders that several clusters might have: which of them each is meant for. Of most nobody says anything. */
export class MeantFolders {
  readonly #memory: Memory;

  constructor(memory: Memory) {
    this.#memory = memory;
  }

  /** Folders of which somebody said so, absolute. */
  folders(): readonly string[] {
    return [...this.#all().keys()];
  }

  /** `undefined`: nobody said so. */
  of(folder: string): readonly string[] | undefined {
    return this.#all().get(folder);
  }

  /** `undefined`: found by what is there, as if nobody had said anything. */
  async set(folder: string, clusters: readonly string[] | undefined): Promise<void> {
    const all = this.#all();
    if (clusters) all.set(folder, clusters);
    else all.delete(folder);
    await this.#memory.set(MEANT_KEY, Object.fromEntries(all));
  }

  #all(): Map<string, readonly string[]> {
    const value = this.#memory.get(MEANT_KEY);
    const entries = typeof value === 'object' && value !== null ? Object.entries(value as Record<string, unknown>) : [];
    return new Map(entries.flatMap(([folder, clusters]) => (Array.isArray(clusters) ? [[folder, clusters.filter((cluster: unknown): cluster is string => typeof cluster === 'string')] as const] : [])));
  }
}
