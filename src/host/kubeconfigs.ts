import { unwatchFile, watchFile, type Stats } from 'node:fs';
import { homedir } from 'node:os';
import { listFiles } from '../core/cluster/kubeconfig-files';
import type { Event } from '../core/base/event';
import type { Kubeconfigs } from '../core/drift/ports';
import type { Config } from './config';

/** Milliseconds between two looks at a file. Looking works for files and folders that do not exist yet. */
const LOOK_MS = 1_000;

interface Settings {
  readonly current: Pick<Config, 'kubeconfig'>;
  readonly onChange: Event<Pick<Config, 'kubeconfig'>>;
}

/** Where kubectl would look, unless the user's setting names other files. */
export class EditorKubeconfigs implements Pick<Kubeconfigs, 'files' | 'onChange'> {
  readonly #settings: Settings;
  readonly #env: Readonly<Record<string, string | undefined>>;

  constructor(settings: Settings, env: Readonly<Record<string, string | undefined>>) {
    this.#settings = settings;
    this.#env = env;
  }

  files(): readonly string[] {
    return listFiles(this.#settings.current.kubeconfig, this.#env['KUBECONFIG'], homedir());
  }

  /** Looks at the files only while somebody listens. */
  readonly onChange: Event<void> = listener => {
    const files = this.files();
    const changed = (now: Stats, before: Stats): void => {
      if (now.mtimeMs !== before.mtimeMs || now.ino !== before.ino || now.size !== before.size) listener();
    };
    for (const file of files) watchFile(file, { interval: LOOK_MS, persistent: false }, changed);
    const { kubeconfig } = this.#settings.current;
    const setting = this.#settings.onChange(next => {
      if (next.kubeconfig !== kubeconfig) listener();
    });
    return {
      dispose: () => {
        setting.dispose();
        for (const file of files) unwatchFile(file, changed);
      },
    };
  };
}
