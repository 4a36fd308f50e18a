import { homedir } from 'node:os';
import { delimiter, isAbsolute, join } from 'node:path';
import type { Kubeconfigs } from '../core/drift/ports';
import type { Config } from './config';

/** Where kubectl would look, unless the user's setting names other files. */
export class EditorKubeconfigs implements Kubeconfigs {
  readonly #config: () => Pick<Config, 'kubeconfig' | 'context'>;
  readonly #env: Readonly<Record<string, string | undefined>>;

  constructor(config: () => Pick<Config, 'kubeconfig' | 'context'>, env: Readonly<Record<string, string | undefined>>) {
    this.#config = config;
    this.#env = env;
  }

  files(): readonly string[] {
    return listFiles(this.#config().kubeconfig, this.#env['KUBECONFIG'], homedir());
  }

  get context(): string | undefined {
    return this.#config().context;
  }
}

/**
 * The setting, else `KUBECONFIG`, else `~/.kube/config`. `~` is the home folder. Paths that are not absolute are left out:
 * they would mean another file in every folder that is opened.
 */
export function listFiles(setting: string | undefined, variable: string | undefined, home: string): readonly string[] {
  const split = (text: string | undefined): string[] =>
    (text ?? '')
      .split(delimiter)
      .map(path => (path === '~' || path.startsWith('~/') ? join(home, path.slice(1)) : path))
      .filter(path => isAbsolute(path));
  const set = split(setting);
  if (set.length > 0) return set;
  const fromVariable = split(variable);
  return fromVariable.length > 0 ? fromVariable : [join(home, '.kube', 'config')];
}
