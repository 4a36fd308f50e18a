import { homedir } from 'node:os';
import { listFiles } from '../core/cluster/kubeconfig-files';
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
