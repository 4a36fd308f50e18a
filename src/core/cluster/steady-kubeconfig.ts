import type { Clock } from '../base/clock';
import type { Kubeconfig, ReadKubeconfig } from './kubeconfig';

/** Milliseconds for which files that have just become unusable are taken for half-written. */
export const STEADY_MS = 2_000;

/**
 * Reads kubeconfig files that others may be writing at this moment: what is torn, empty or gone counts only once it has
 * been so for two seconds; until then what was read last is given again. Rejects as the reading it is made of.
 */
export function steadily(read: ReadKubeconfig, clock: Clock): ReadKubeconfig {
  let good: { readonly files: string; readonly config: Kubeconfig } | undefined;
  let badSince: number | undefined;
  return async files => {
    const key = files.join('\n');
    const before = good?.files === key ? good.config : undefined;
    const kept = (): Kubeconfig | undefined => {
      badSince ??= clock.now();
      return clock.now() - badSince < STEADY_MS ? before : undefined;
    };
    let config: Kubeconfig;
    try {
      config = await read(files);
    } catch (error) {
      const last = kept();
      if (last) return last;
      throw error;
    }
    if (config.contexts.size === 0 && before) return kept() ?? config;
    good = { files: key, config };
    badSince = undefined;
    return config;
  };
}
