import type { Clock } from '../base/clock';
import { Emitter } from '../base/event';
import { Lifetime, type Disposable } from '../base/lifetime';
import type { Cluster, ClusterPin } from '../cluster/api';
import { NOT_CONNECTED, type ClusterModule, type DriftEngine } from './engine';
import type { JudgeInput } from './judge-input';
import { MeantFolders } from './meant';
import { contextOf, Merging, type Part } from './merged';
import type { ContextFacts, Engine, Kubeconfigs, Memory, PlacedFolder, Workspace } from './ports';
import { Reached } from './reached';
import type { Snapshot } from './snapshot';

export interface ClustersParts {
  readonly workspace: Pick<Workspace, 'trusted'>;
  readonly memory: Memory;
  readonly kubeconfigs: Pick<Kubeconfigs, 'files' | 'onChange'>;
  /** Contexts that a setting names; empty: what was chosen last. */
  readonly configured: () => readonly string[];
  readonly loadCluster: () => Promise<Pick<ClusterModule, 'readContexts'>>;
  /** An engine of its own for one cluster. It ends with `dispose` of what is made here. */
  readonly open: (kubeconfigs: Kubeconfigs) => DriftEngine;
  readonly isProduction: (name: string) => boolean;
  readonly clock: Clock;
  readonly onFailure: (error: unknown) => void;
}

/** The contexts chosen for a folder. */
const CHOSEN_KEY = 'contexts';
/** Milliseconds in which the snapshots of several clusters become one: a keystroke is judged against each of them at its own pace. */
const TOGETHER = 40;
/** So many clusters at once: each reads the folder and the cluster for itself. */
export const MOST_CLUSTERS = 6;

interface Member {
  readonly engine: DriftEngine;
  /** `undefined`: whatever was remembered, else the current context. */
  wish: string | undefined;
  part: Part;
  listening: Disposable | undefined;
}

/** One engine for each context that is shown, and what they say together. One that fails leaves the others alone. */
export class Clusters implements Engine {
  readonly #parts: ClustersParts;
  readonly #lifetime = new Lifetime();
  readonly #snapshots: Emitter<Snapshot>;
  readonly #reached: Reached;
  readonly #meant: MeantFolders;
  readonly #merging: Merging;
  #members: Member[] = [];
  #current: Snapshot = { generation: 0, connection: NOT_CONNECTED, connections: [NOT_CONNECTED], environments: [], files: new Map() };
  #made = 0;
  #due: Disposable | undefined;
  #started = false;
  #lookedAt: ReadonlySet<string> = new Set();

  constructor(parts: ClustersParts) {
    this.#parts = parts;
    this.#snapshots = this.#lifetime.add(new Emitter<Snapshot>(parts.onFailure));
    this.#reached = new Reached(parts.memory, parts.clock, parts.onFailure);
    this.#meant = new MeantFolders(parts.memory);
    this.#merging = new Merging(folder => this.#meant.of(folder) !== undefined);
  }

  get current(): Snapshot {
    return this.#current;
  }

  get onSnapshot(): Engine['onSnapshot'] {
    return this.#snapshots.event;
  }

  start(): void {
    if (this.#started) return;
    this.#started = true;
    this.#members = this.#wishes().map(wish => this.#open(wish));
    for (const { engine } of this.#members) engine.start();
  }

  async show(contexts: readonly string[] | undefined): Promise<void> {
    this.start();
    if (!this.#parts.workspace.trusted) return;
    const free = this.#members.filter(member => contexts === undefined || !contexts.includes(nameOf(member) ?? ''));
    const kept = this.#members.filter(member => !free.includes(member));
    const fresh: Member[] = [];
    this.#members = (contexts?.slice(0, MOST_CLUSTERS) ?? this.#wishes()).map(wish => {
      const present = kept.find(member => nameOf(member) === wish);
      if (present) return present;
      // Its folder is read already.
      const member = free.shift() ?? this.#open(wish);
      member.wish = wish;
      fresh.push(member);
      return member;
    });
    for (const member of free) close(member);
    if (contexts) await this.#parts.memory.set(CHOSEN_KEY, contexts);
    this.#publish();
    await Promise.all(fresh.map(({ engine }) => engine.connect(undefined)));
  }

  async reopen(context: string): Promise<void> {
    const member = this.#members.find(one => nameOf(one) === context);
    await (member ? member.engine.connect(undefined) : this.show([context]));
  }

  async contexts(): Promise<readonly ContextFacts[]> {
    const { workspace, kubeconfigs, loadCluster, isProduction } = this.#parts;
    if (!workspace.trusted) return [];
    const { readContexts } = await loadCluster();
    const { contexts, current } = await readContexts(kubeconfigs.files());
    const shown = this.#members.map(nameOf);
    return contexts.map(({ name, server, user, namespace }): ContextFacts => {
      const place = shown.indexOf(name);
      return { name, server, user, namespace, current: name === current, production: isProduction(name), shown: place < 0 ? undefined : place, reached: this.#reached.at(name, server) };
    });
  }

  lookAt(applications: ReadonlySet<string>): void {
    this.#lookedAt = applications;
    for (const { engine } of this.#members) engine.lookAt(applications);
  }

  async refresh(context?: string): Promise<void> {
    this.start();
    await Promise.all(this.#members.filter(member => context === undefined || nameOf(member) === context).map(({ engine }) => engine.refresh()));
  }

  placed(): readonly PlacedFolder[] {
    const connected = this.#connected();
    return this.#meant.folders().map(folder => {
      const clusters = this.#meant.of(folder) ?? [];
      return { folder, contexts: connected.filter(({ identity }) => clusters.includes(identity)).map(({ context }) => context) };
    });
  }

  async place(folder: string, contexts: readonly string[] | undefined): Promise<void> {
    const connected = this.#connected();
    // What was said of clusters that are not here now still holds.
    const others = (this.#meant.of(folder) ?? []).filter(identity => !connected.some(pin => pin.identity === identity));
    const chosen = connected.filter(({ context }) => contexts?.includes(context) === true).map(({ identity }) => identity);
    await this.#meant.set(folder, contexts && [...others, ...chosen]);
    await this.refresh();
    this.#publish();
  }

  async setWritable(environment: string, writable: boolean): Promise<void> {
    await Promise.all(this.#members.map(({ engine }) => engine.setWritable(environment, writable)));
  }

  async verify(objects: readonly string[], signal: AbortSignal): Promise<void> {
    await Promise.all(
      this.#members.map(async ({ engine }) => {
        const own = objects.filter(id => engine.input(id) !== undefined);
        if (own.length > 0) await engine.verify(own, signal);
      }),
    );
    if (this.#due) this.#publish();
  }

  async setVerifying(allowed: boolean, context?: string): Promise<void> {
    await Promise.all(this.#members.map(({ engine }) => engine.setVerifying(allowed, context)));
  }

  session(context: string): Cluster | undefined {
    return this.#first(engine => engine.session(context));
  }

  input(object: string): JudgeInput | undefined {
    return this.#first(engine => engine.input(object));
  }

  text(file: string): string | undefined {
    return this.#first(engine => engine.text(file));
  }

  dispose(): void {
    this.#due?.dispose();
    for (const member of this.#members) close(member);
    this.#lifetime.dispose();
  }

  #connected(): readonly ClusterPin[] {
    return this.#members.flatMap(({ part: { snapshot } }) => (snapshot.connection.kind === 'connected' ? [snapshot.connection.pin] : []));
  }

  #first<T>(look: (engine: DriftEngine) => T | undefined): T | undefined {
    for (const { engine } of this.#members) {
      const found = look(engine);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** At least one. Only the first of those that were remembered may give way to the current context: it is then the only one. */
  #wishes(): (string | undefined)[] {
    const configured = this.#parts.configured();
    const names = configured.length > 0 ? configured : this.#remembered();
    if (configured.length === 0 && names.length < 2) return [undefined];
    return [...new Set(names)].slice(0, MOST_CLUSTERS);
  }

  #remembered(): string[] {
    const value = this.#parts.memory.get(CHOSEN_KEY);
    return Array.isArray(value) ? value.filter((name: unknown): name is string => typeof name === 'string') : [];
  }

  #open(wish: string | undefined): Member {
    const { kubeconfigs, open } = this.#parts;
    const remembered = (): string | undefined => this.#remembered()[0];
    const engine = open({
      files: () => kubeconfigs.files(),
      get context() {
        return member.wish;
      },
      get remembered() {
        return remembered();
      },
      ...(kubeconfigs.onChange && { onChange: kubeconfigs.onChange }),
    });
    engine.lookAt(this.#lookedAt);
    const member: Member = { engine, wish, part: { snapshot: engine.current, at: ++this.#made }, listening: undefined };
    member.listening = engine.onSnapshot(snapshot => {
      member.part = { snapshot, at: ++this.#made };
      if (this.#members.length <= 1) this.#publish();
      else this.#due ??= this.#parts.clock.after(TOGETHER, () => this.#publish());
    });
    return member;
  }

  #publish(): void {
    this.#due?.dispose();
    this.#due = undefined;
    const [first, ...others] = this.#members.map(({ part }) => part);
    if (!first || this.#lifetime.ended) return;
    this.#current = this.#merging.merged([first, ...others], this.#current.generation + 1);
    this.#reached.note(this.#current.connections);
    this.#snapshots.fire(this.#current);
  }
}

const nameOf = ({ wish, part }: Member): string | undefined => wish ?? contextOf(part.snapshot.connection);

function close({ engine, listening }: Member): void {
  listening?.dispose();
  engine.dispose();
}
