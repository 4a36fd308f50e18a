import { dirname, extname } from 'node:path';
import type { Clock } from '../base/clock';
import { Emitter } from '../base/event';
import { Lane } from '../base/lane';
import { Lifetime, type Disposable } from '../base/lifetime';
import type { Log } from '../base/log';
import type { Cluster } from '../cluster/api';
import type { Connect, ReadContexts } from '../cluster/connect';
import { isClusterError } from '../cluster/errors';
import type { Repository } from '../git/repository';
import { isManifestName } from '../manifests/file-names';
import type { Renderer } from '../render/renderer';
import type { ObjectTrace } from '../render/trace';
import type { Asked } from './asked';
import type { Computation, ComputationParts } from './computation';
import type { Computed } from './computed';
import { FolderSource } from './folder-source';
import { isBelow } from './groups';
import type { JudgeInput } from './judge-input';
import type { ClusterEngine, Kubeconfigs, Memory, Workspace } from './ports';
import { MeantFolders } from './meant';
import { Retries } from './retries';
import type { Connection, Snapshot } from './snapshot';
import { withoutCluster } from './unjudged';

/** The cluster code: a bundle of its own, loaded on the first connection. */
export interface ClusterModule {
  readonly connect: Connect;
  readonly readContexts: ReadContexts;
}

/** The judging: a bundle of its own, loaded with the first connection. */
export interface JudgeModule {
  readonly Computation: new (parts: ComputationParts) => Computation;
}

export interface EngineParts {
  readonly workspace: Workspace;
  readonly memory: Memory;
  readonly kubeconfigs: Kubeconfigs;
  readonly loadCluster: () => Promise<ClusterModule>;
  readonly loadJudge: () => Promise<JudgeModule>;
  readonly loadRenderer: () => Promise<Renderer>;
  readonly openRepository: (folder: string) => Promise<Repository | undefined>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly userAgent: string;
  /** Whether this name (of a context, namespace or application) means production. */
  readonly isProduction: (name: string) => boolean;
  /** Whether a Secret may be sent to the API server to be verified. */
  readonly verifiesSecrets: () => boolean;
  readonly clock: Clock;
  readonly log: Log;
  /** What a person asked for by hand; `undefined`: everything in the folders, as it is found. */
  readonly asked?: Asked;
}

/** Milliseconds a source must be quiet before the next computation. Cluster changes come coalesced already; a saved file is to be judged within 300 ms of saving it. */
const SETTLE = { text: 125, git: 250, cluster: 20, more: 1_000 } as const;
/** Milliseconds from one snapshot to the next at least, however many changes a watch brings: nobody reads faster. */
const CLUSTER_GAP = 200;

export const NOT_CONNECTED: Connection = { kind: 'disconnected', contexts: [] };

/** No run has waited for anything yet. */
const NOTHING = -1;

interface OpenSession {
  readonly cluster: Cluster;
  readonly computation: Computation;
  readonly lifetime: Lifetime;
  /** How much of the first reading had come by the last run; `undefined` once it is over. */
  answered: number | undefined;
  waiting: boolean;
}

/** Judges the folders against one cluster. */
export class DriftEngine implements ClusterEngine {
  readonly #parts: EngineParts;
  readonly #lifetime = new Lifetime();
  readonly #snapshots: Emitter<Snapshot>;
  readonly #lane: Lane<void>;
  #current: Snapshot = { generation: 0, connection: NOT_CONNECTED, connections: [NOT_CONNECTED], environments: [], files: new Map() };
  /** When it was. */
  #shownAt = 0;
  #computed: Computed | undefined;
  #folders: FolderSource[] = [];
  #renderer: Promise<Renderer> | undefined;
  #session: OpenSession | undefined;
  #connection: Connection = NOT_CONNECTED;
  #connecting: AbortController | undefined;
  readonly #retries: Retries;
  #due: { readonly at: number; readonly timer: Disposable } | undefined;
  /** The context that was asked for last; `undefined`: as the kubeconfig says. */
  #wish: string | undefined;
  #started = false;
  #lookedAt: ReadonlySet<string> = new Set();
  /** Somebody waits for the whole answer: changes compute nothing by themselves. */
  #quiet = false;
  /** A session is to be opened as soon as there is a manifest to look up: a folder without any starts no credential plugin and opens no connection. */
  #wantsSession = false;

  constructor(parts: EngineParts) {
    this.#parts = parts;
    this.#snapshots = this.#lifetime.add(new Emitter<Snapshot>(error => parts.log.error('a view failed', error)));
    this.#retries = this.#lifetime.add(new Retries({ clock: parts.clock, onKubeconfig: parts.kubeconfigs.onChange, again: () => this.#again() }));
    this.#lane = this.#lifetime.add(new Lane<void>(signal => this.#compute(signal)));
  }

  get current(): Snapshot {
    return this.#current;
  }

  get onSnapshot(): Emitter<Snapshot>['event'] {
    return this.#snapshots.event;
  }

  get cluster(): Cluster | undefined {
    return this.#session?.cluster;
  }

  session(context: string): Cluster | undefined {
    return this.cluster?.pin.context === context ? this.cluster : undefined;
  }

  input(object: string): JudgeInput | undefined {
    return this.#computed?.inputs.get(object);
  }

  /** Where the values of an object are set; `undefined` where they stand in its own document, or nobody asked for it by name. */
  async trace(object: string): Promise<ObjectTrace | undefined> {
    const manifest = this.input(object)?.manifest;
    const traces = await this.#computed?.traces.get(object)?.();
    return manifest && traces?.get(manifest);
  }

  text(file: string): string | undefined {
    return this.#folders.map(({ index }) => index.text(file)).find(text => text !== undefined);
  }

  start(): void {
    if (this.#started) return;
    this.#started = true;
    const { workspace } = this.#parts;
    this.#lifetime.add(workspace.onShape(() => this.#reshape()));
    this.#lifetime.add(
      workspace.onFiles(paths => {
        const relevant = paths.filter(path => this.#matters(path));
        for (const folder of this.#folders) folder.filesChanged(relevant.filter(path => folder.reads(path)));
        if (relevant.length > 0) this.#touch(SETTLE.text);
      }),
    );
    this.#lifetime.add(
      workspace.onGit(root => {
        for (const folder of this.#folders) if (folder.root === root || isBelow(root, folder.root) || isBelow(folder.root, root)) folder.gitChanged();
        this.#touch(SETTLE.git);
      }),
    );
    this.#reshape();
  }

  lookAt(applications: ReadonlySet<string>): void {
    this.#lookedAt = applications;
  }

  async refresh(): Promise<void> {
    this.start();
    for (const folder of this.#folders) folder.forget();
    if (this.#session) this.#session.computation.refresh();
    else if (this.#connection.kind !== 'connecting') this.#connectQuietly();
    await this.#lane.request();
  }

  /** Opens a session to this context (`undefined`: as `Kubeconfigs` says) in place of the present one. */
  async connect(context: string | undefined): Promise<void> {
    this.start();
    this.#wantsSession = false;
    if (!this.#parts.workspace.trusted) return;
    this.#disconnect();
    this.#wish = context;
    await this.#attempt(context, false);
  }

  /** `again`: by ourselves after a failure, which stays on view meanwhile. */
  async #attempt(context: string | undefined, again: boolean): Promise<void> {
    const connecting = new AbortController();
    this.#connecting = connecting;
    const stopped = (): boolean => connecting.signal.aborted || this.#lifetime.ended;
    try {
      const name = await this.#chooseContext(context);
      if (name === undefined || stopped()) return;
      if (!again) this.#show({ kind: 'connecting', context: name });
      const { clock, env, kubeconfigs, loadCluster, loadJudge, log, userAgent } = this.#parts;
      const [{ connect }, { Computation: Judging }] = await Promise.all([loadCluster(), loadJudge()]);
      const cluster = await connect({ kubeconfig: kubeconfigs.files(), context: name, env, userAgent, clock, log }, connecting.signal);
      if (stopped()) cluster.dispose();
      else this.#open(cluster, Judging);
    } catch (error) {
      if (!stopped()) this.#failed(context, error);
    } finally {
      if (this.#connecting === connecting) this.#connecting = undefined;
    }
  }

  /**
   * For a run that ends with its answer: connects, and gives the snapshot in which everything is judged that is wanted of
   * files, Git and the cluster, as far as it can be read at all. Nothing is computed on the way for anybody to look at.
   */
  async once(): Promise<Snapshot> {
    this.#quiet = true;
    this.start();
    this.#wantsSession = false;
    const { signal } = new AbortController();
    await Promise.all([this.connect(undefined), ...this.#folders.map(folder => folder.update(new Map(), this.#parts.workspace.trusted, signal))]);
    for (let answered: number | undefined; ; ) {
      await this.#lane.request();
      const known = answered ?? this.#computed?.settled;
      answered = await this.#session?.computation.settled();
      if (answered === known) return this.#current;
    }
  }

  async setWritable(environment: string, writable: boolean): Promise<void> {
    const session = this.#session;
    const found = this.#current.environments.find(({ id }) => id === environment);
    if (!session || !found) return;
    await this.#parts.memory.set(writableKey(session.cluster, found.namespace), writable);
    await this.#lane.request();
  }

  async verify(objects: readonly string[], signal: AbortSignal): Promise<void> {
    const inputs = objects.flatMap(id => this.input(id) ?? []);
    await this.#session?.computation.verify(inputs, signal);
    await this.#lane.request();
  }

  async setVerifying(allowed: boolean, context?: string): Promise<void> {
    const session = this.#session;
    if (!session || (context !== undefined && session.cluster.pin.context !== context)) return;
    await this.#parts.memory.set(verifyKey(session.cluster), allowed);
    await this.#lane.request();
  }

  #verifiesByItself(cluster: Cluster): boolean {
    return this.#parts.memory.get(verifyKey(cluster)) === true;
  }

  dispose(): void {
    this.#due?.timer.dispose();
    this.#disconnect();
    this.#lifetime.dispose();
  }

  /** Manifests, folders, and what a generator reads, or may want to read where a root could not be built. */
  #matters(path: string): boolean {
    if (isManifestName(path) || extname(path) === '' || !this.#computed) return true;
    const { feeds, files } = this.#computed;
    return feeds(path) || [...files.values()].some(({ file, problems }) => problems.some(({ lost }) => lost) && isBelow(dirname(file), path));
  }

  /** Folders or trust changed. */
  #reshape(): void {
    const { workspace, openRepository, log, asked } = this.#parts;
    const kept = new Map(this.#folders.map(folder => [folder.root, folder]));
    this.#folders = workspace.folders.map(root => kept.get(root) ?? new FolderSource(root, openRepository, (what, error) => log.error(what, error), asked?.alone ? asked.paths : undefined));
    for (const folder of this.#folders) folder.gitChanged();
    this.#touch(0);
    this.#wantsSession = workspace.trusted && !this.#session && !this.#connecting;
  }

  #again(): void {
    if (this.#session || this.#connecting || this.#lifetime.ended) return;
    this.#attempt(this.#wish, true).catch((error: unknown) => this.#parts.log.error('connecting failed', error));
  }

  #connectQuietly(): void {
    this.connect(undefined).catch((error: unknown) => this.#parts.log.error('connecting failed', error));
  }

  /** The context to open, or `undefined` after saying why there is none. */
  async #chooseContext(asked: string | undefined): Promise<string | undefined> {
    const { kubeconfigs, loadCluster } = this.#parts;
    const { readContexts } = await loadCluster();
    const { contexts, current } = await readContexts(kubeconfigs.files());
    const names = contexts.map(({ name }) => name);
    if (names.length === 0) {
      this.#show({ kind: 'noKubeconfig', looked: kubeconfigs.files() });
      this.#retries.failed(false);
      return undefined;
    }
    const wish = asked ?? kubeconfigs.context ?? names.find(name => name === kubeconfigs.remembered) ?? current;
    if (wish !== undefined) return wish;
    this.#show({ kind: 'disconnected', contexts: names });
    this.#retries.failed(false);
    return undefined;
  }

  #open(cluster: Cluster, Judging: JudgeModule['Computation']): void {
    const lifetime = new Lifetime();
    lifetime.add(cluster);
    const { isProduction, verifiesSecrets, memory, clock, log } = this.#parts;
    const computation = lifetime.add(new Judging({
      cluster,
      isProduction,
      isWritable: namespace => memory.get(writableKey(cluster, namespace)) === true,
      isMeant: folder => new MeantFolders(memory).of(folder)?.includes(cluster.pin.identity),
      onMore: when => touch(when),
      log,
      asked: this.#parts.asked,
      renderer: () => (this.#renderer ??= this.#parts.loadRenderer().then(renderer => this.#lifetime.add(renderer))),
      clock,
      verifiesSecrets,
      verifiesByItself: () => !this.#quiet && this.#verifiesByItself(cluster),
      looked: () => ({ files: this.#parts.workspace.visible(), applications: this.#lookedAt }),
      waits: () => this.#quiet,
    }));
    const session: OpenSession = { cluster, computation, lifetime, answered: NOTHING, waiting: false };
    const touch = (when?: 'soon' | 'later'): void => this.#touch(when === 'later' || session.answered !== undefined ? SETTLE.more : Math.max(SETTLE.cluster, this.#shownAt + CLUSTER_GAP - clock.now()));
    lifetime.add(
      cluster.store.onChange(changed => {
        computation.changed(changed);
        touch();
      }),
    );
    const coming = cluster.store.onComing?.(one => computation.foresee(one));
    if (coming) lifetime.add(coming);
    lifetime.add(
      cluster.onDiscovery(() => {
        computation.refresh();
        touch();
      }),
    );
    this.#session = session;
    this.#retries.stop();
    this.#show({ kind: 'connected', pin: cluster.pin, version: cluster.version, troubles: [], reading: { done: 0, of: 0 }, doubt: undefined, verifying: this.#verifiesByItself(cluster) });
  }

  #disconnect(): void {
    this.#retries.stop();
    this.#connecting?.abort();
    this.#connecting = undefined;
    this.#session?.lifetime.dispose();
    this.#session = undefined;
    this.#connection = NOT_CONNECTED;
  }

  #failed(context: string | undefined, error: unknown): void {
    const kind = isClusterError(error) ? error.kind : undefined;
    const failure = kind === 'consent' ? kind : kind === 'denied' || kind === 'unauthenticated' ? 'denied' : kind === 'offline' || kind === 'throttled' ? 'offline' : 'invalid';
    const message = error instanceof Error ? error.message : 'connecting failed';
    const before = this.#connection;
    const name = before.kind === 'connecting' || before.kind === 'failed' ? before.context : (context ?? this.#parts.kubeconfigs.context ?? '');
    const same = before.kind === 'failed' && before.message === message ? before : undefined;
    // Tried again in vain is no news.
    if (!same) this.#parts.log.error('could not connect', error);
    this.#show(same ?? { kind: 'failed', context: name, failure, message, since: this.#parts.clock.now() });
    if (!this.#quiet) this.#retries.failed(failure === 'offline');
  }

  #show(connection: Connection): void {
    this.#connection = connection;
    this.#touch(0);
  }

  /** The earliest wish wins: a burst of typing cannot starve a cluster event. */
  #touch(settle: number): void {
    if (this.#quiet) return;
    const at = this.#parts.clock.now() + settle;
    if (this.#due && this.#due.at <= at) return;
    this.#due?.timer.dispose();
    const timer = this.#parts.clock.after(settle, () => {
      this.#due = undefined;
      if (this.#lifetime.ended) return;
      this.#lane.request().catch((error: unknown) => {
        if (!this.#lifetime.ended) this.#parts.log.error('judging failed', error);
      });
    });
    this.#due = { at, timer };
  }

  async #compute(signal: AbortSignal): Promise<void> {
    const { workspace } = this.#parts;
    const { trusted } = workspace;
    const unsaved = workspace.unsaved();
    const folders = this.#folders;
    for (const folder of folders) await folder.update(unsaved, trusted, signal);
    const session = this.#session;
    if (!session) for (const folder of folders) await folder.index.parseAll(() => 'K2', signal);
    const computed = await (session ? session.computation.run(folders, signal) : withoutCluster(folders, trusted, this.#parts.asked, signal));
    for (const folder of folders) folder.index.sweep();
    signal.throwIfAborted();
    // The session may have ended while we judged: its verdicts must not be shown as current.
    if (session !== this.#session) return this.#compute(signal);
    for (const { text, detail } of computed.troubles) if (!this.#quiet && !this.#computed?.troubles.some(before => before.text === text)) this.#parts.log.warn(`${text} (${detail})`);
    this.#computed = computed;
    if (session?.answered === NOTHING) session.answered = computed.settled ?? NOTHING;
    this.#shownAt = this.#parts.clock.now();
    const connection = this.#connectionOf(computed);
    this.#current = {
      generation: this.#current.generation + 1,
      connection,
      connections: [connection],
      environments: computed.environments,
      files: computed.files,
    };
    this.#snapshots.fire(this.#current);
    if (session && !this.#quiet) this.#readOn(session);
    if (this.#wantsSession && trusted && computed.manifests > 0) {
      this.#wantsSession = false;
      if (!this.#session && !this.#connecting) this.#connectQuietly();
    }
  }

  /** While a cluster is read for the first time, what has come is judged now and then, and all of it as soon as all has come. */
  #readOn(session: OpenSession): void {
    if (session.answered === undefined || session.waiting) return;
    session.waiting = true;
    session.computation.settled().then(
      answered => {
        session.waiting = false;
        if (session !== this.#session) return;
        const more = answered !== session.answered;
        session.answered = more ? answered : undefined;
        if (more) this.#touch(0);
      },
      (error: unknown) => this.#parts.log.error('reading the cluster failed', error),
    );
  }

  #connectionOf(computed: Computed): Connection {
    const { workspace } = this.#parts;
    if (workspace.folders.length === 0) return { kind: 'noFolder' };
    if (!workspace.trusted) return { kind: 'untrusted' };
    if (computed.manifests === 0) return { kind: 'noManifests' };
    if (this.#connection.kind === 'connected') return { ...this.#connection, troubles: computed.troubles, reading: computed.reading, doubt: computed.doubt, verifying: this.#session !== undefined && this.#verifiesByItself(this.#session.cluster) };
    return this.#connection;
  }
}

/** Another server of the same cluster, such as a proxy, may keep what it is sent. */
const verifyKey = ({ pin }: Cluster): string => `verify:${pin.identity}:${pin.server}`;
const writableKey = (cluster: Cluster, namespace: string): string => `writable:${cluster.pin.identity}:${namespace}`;
