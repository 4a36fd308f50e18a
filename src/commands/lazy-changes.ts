import type { Changes } from './changes';

/** Plans and their execution are loaded when somebody wants to change something, not before. */
export function lazyChanges(load: () => Promise<Changes>): Changes {
  let loaded: Promise<Changes> | undefined;
  const changes = (): Promise<Changes> => (loaded ??= load());
  return {
    planPush: async (...args) => (await changes()).planPush(...args),
    planPause: async (...args) => (await changes()).planPause(...args),
    planResume: async (...args) => (await changes()).planResume(...args),
    confirm: async (...args) => (await changes()).confirm(...args),
    execute: async (...args) => (await changes()).execute(...args),
    quiet: async (...args) => (await changes()).quiet(...args),
    reconciled: async (...args) => (await changes()).reconciled(...args),
  };
}
