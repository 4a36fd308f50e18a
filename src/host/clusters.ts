import { Emitter, type Event } from '../core/base/event';
import type { Clock } from '../core/base/clock';
import { Lifetime, type Disposable } from '../core/base/lifetime';
import type { Log } from '../core/base/log';
import type { ClusterPin } from '../core/cluster/api';
import type { AllowExec } from '../core/cluster/exec-plugin';
import type { ContextNews, ContextWatch } from '../core/cluster/context-watch';
import type { ClusterModule } from '../core/drift/engine';
import type { Kubeconfigs } from '../core/drift/ports';

export interface EditorClustersParts {
  readonly kubeconfigs: Pick<Kubeconfigs, 'files' | 'onChange'>;
  readonly allowExec: AllowExec;
  /** Where schemas are kept between sessions. */
  readonly schemaFolder: string;
  /** What the open session of a context is tied to. */
  readonly pin: (context: string) => ClusterPin | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

/** How this editor opens sessions: the code is loaded when the first is opened, and the kubeconfig is looked at while one is open. */
export class EditorClusters implements Disposable {
  readonly #parts: EditorClustersParts;
  readonly #lifetime = new Lifetime();
  readonly #news: Emitter<ContextNews>;
  #module: Promise<ClusterModule> | undefined;
  /** One for each session, by context. */
  readonly #watches = new Map<string, { readonly pin: ClusterPin; readonly watch: ContextWatch }>();

  constructor(parts: EditorClustersParts) {
    this.#parts = parts;
    this.#news = this.#lifetime.add(new Emitter<ContextNews>(error => parts.log.error('telling of the kubeconfig failed', error)));
    this.#lifetime.add({ dispose: () => this.#forget(() => true) });
  }

  get onNews(): Event<ContextNews> {
    return this.#news.event;
  }

  load(): Promise<ClusterModule> {
    this.#module ??= this.#load();
    return this.#module;
  }

  dispose(): void {
    this.#lifetime.dispose();
  }

  async #load(): Promise<ClusterModule> {
    const { clock, allowExec, schemaFolder, log, kubeconfigs, pin } = this.#parts;
    const { connect, readContexts, readKubeconfig, SchemaFiles, steadily, ContextWatch: Watch } = await import('../core/cluster/connect');
    const schemas = new SchemaFiles(schemaFolder);
    const read = steadily(readKubeconfig, clock);
    return {
      readContexts: files => readContexts(files, read),
      connect: async (options, signal) => {
        const cluster = await connect({ ...options, read, allowExec, schemas }, signal);
        const config = await read(options.kubeconfig);
        const { context } = cluster.pin;
        // A session that is being opened beside this one has no pin yet; a watch whose session is over says nothing.
        this.#forget((name, known) => name === context || (pin(name) ?? known) !== known);
        if (!this.#lifetime.ended) {
          const { onChange = () => ({ dispose: () => undefined }) } = kubeconfigs;
          const watch = new Watch(cluster.pin, config, { read: () => readKubeconfig(kubeconfigs.files()), onChange, pin: () => pin(context), clock, log, onNews: news => this.#news.fire(news) });
          this.#watches.set(context, { pin: cluster.pin, watch });
        }
        return cluster;
      },
    };
  }

  #forget(which: (context: string, pin: ClusterPin) => boolean): void {
    for (const [context, { pin, watch }] of this.#watches) {
      if (!which(context, pin)) continue;
      watch.dispose();
      this.#watches.delete(context);
    }
  }
}
