import { isDeepStrictEqual } from 'node:util';
import { Backlog, type Job } from '../base/backlog';
import type { Clock } from '../base/clock';
import type { Disposable } from '../base/lifetime';
import type { Pace } from './computation';
import type { FolderSource } from './folder-source';
import type { GroupOrder, GroupReader, History, PreparedGroup, ReleaseGroup } from './group-reader';
import { isBelow, type Group } from './groups';
import { build, type Built, type Plan, type ReadPaths } from './plan';
import type { Looked } from './ports';
import type { Progress } from './snapshot';
import { standInFor } from './stand-in';

export interface RootBuildsParts {
  readonly reader: GroupReader;
  readonly clock: Clock;
  /** What somebody looks at now. */
  readonly looked: () => Looked;
  /** Something was built: run again. `later`: nobody looks at it, and more is coming. */
  readonly onMore: (when: 'soon' | 'later') => void;
  /** Somebody waits for the whole answer. */
  readonly waits: () => boolean;
}

/** One is built while the files of the next are read and the objects of the one before are placed. */
const AT_A_TIME = 3;
/** Each is a process of the user's own. */
const CHARTS_AT_A_TIME = 2;
/**
 * Milliseconds to wait for what was known before, so that marks do not come and go: while somebody looks at it, and while nobody
 * does. What was never known is not waited for.
 */
const PATIENCE = { looked: 2_000, other: 500 } as const;

const READING_COMMIT = { kind: 'unknown', reason: 'what this commit has of it is being read' } as const;
const READING_COMMITS: History = { base: READING_COMMIT, head: READING_COMMIT, upstream: READING_COMMIT, behind: false };
const NO_HISTORY: History = { base: { kind: 'unknown', reason: '' }, head: { kind: 'unknown', reason: '' }, upstream: { kind: 'unknown', reason: '' }, behind: false };

/**
 * Groups that are rendered, by kustomize or by the user's own Helm, and what their commits have, in the background: what is looked at first, then what was edited, then
 * the rest. Until one is ready it is there without verdicts.
 */
export class RootBuilds implements Disposable {
  readonly #parts: RootBuildsParts;
  readonly #roots: Backlog;
  /** A program that hangs keeps no root waiting. */
  readonly #charts: Backlog;
  /** By group. */
  readonly #builds = new Map<string, Build>();
  readonly #histories = new Map<string, Reading>();
  #run = 0;
  #done = 0;
  /** The run waits for what becomes ready, and takes it. */
  #waiting = false;

  constructor(parts: RootBuildsParts) {
    this.#parts = parts;
    const done = (rank: number): void => {
      this.#done++;
      if (!this.#waiting) parts.onMore(rank === RANK.other && this.#backlogs.some(({ size }) => size > 0) ? 'later' : 'soon');
    };
    this.#roots = new Backlog(AT_A_TIME, parts.clock, done);
    this.#charts = new Backlog(CHARTS_AT_A_TIME, parts.clock, done);
  }

  get #backlogs(): readonly Backlog[] {
    return [this.#roots, this.#charts];
  }

  /** A run begins: while it looks for groups, it may come to one that somebody looks at. */
  begin(): void {
    this.#run++;
    for (const backlog of this.#backlogs) backlog.holdFrom(RANK.other);
  }

  /** As `GroupReader.prepare`; a stand-in while it is not ready. Rejects with what was wrong when it was built last. */
  async prepare(group: Group | ReleaseGroup, source: FolderSource, pace: Pace, signal: AbortSignal): Promise<PreparedGroup> {
    const { reader } = this.#parts;
    const order = reader.order(group, source);
    const { id, plan } = order;
    if (!order.around || !plan?.reads) {
      this.#drop(id);
      return reader.prepare(order, undefined, pace, signal);
    }
    const kept = this.#builds.get(id);
    const made = madeOf(order, order.around);
    const current = kept && isCurrent(kept, made, source, this.#run) ? kept : await this.#start(order, made, plan, kept, signal);
    const { state } = current.job;
    if (state.kind === 'failed') {
      this.#builds.delete(id);
      throw state.error;
    }
    if (state.kind === 'pending') return current.standIn;
    current.taken = this.#run;
    current.known = await reader.prepare(order, state.value, pace, signal);
    this.#readHistory(order, plan, current);
    return current.known;
  }

  /** As `GroupReader.history`; unknown while it is being read. */
  async history(group: PreparedGroup, signal: AbortSignal): Promise<History> {
    if (group.standIn) return NO_HISTORY;
    const reading = this.#builds.has(group.id) ? this.#histories.get(group.id) : undefined;
    if (reading?.job.state.kind === 'failed') {
      this.#histories.delete(group.id);
      throw reading.job.state.error;
    }
    return reading?.job.state.kind === 'pending' ? READING_COMMITS : this.#parts.reader.history(group, signal);
  }

  /** Waits a while for what is not ready. True: something has become so, and it is worth to look at all groups again. */
  async patience(signal: AbortSignal): Promise<boolean> {
    const done = this.#done;
    const idle = (counts: (rank: number) => boolean, ms: number | undefined): Promise<unknown> => Promise.all(this.#backlogs.map(backlog => backlog.idle(counts, ms, signal)));
    for (const backlog of this.#backlogs) backlog.holdFrom(Infinity);
    this.#waiting = true;
    try {
      if (this.#parts.waits()) await idle(() => true, undefined);
      else {
        const { clock } = this.#parts;
        const began = clock.now();
        await idle(rank => rank === RANK.lookedKnown, PATIENCE.looked);
        await idle(rank => rank === RANK.known, Math.max(0, PATIENCE.other - (clock.now() - began)));
      }
    } finally {
      this.#waiting = false;
    }
    return this.#done !== done;
  }

  /** How many of these are ready; `undefined`: all. */
  progress(groups: readonly PreparedGroup[]): Progress | undefined {
    const rendered = groups.filter(({ id }) => this.#builds.has(id));
    const open = rendered.filter(({ id, standIn }) => standIn !== undefined || this.#histories.get(id)?.job.state.kind === 'pending').length;
    return open === 0 ? undefined : { done: rendered.length - open, of: rendered.length };
  }

  /** Lets go of groups that are no more. */
  keep(groups: readonly { readonly id: string }[]): void {
    const ids = new Set(groups.map(({ id }) => id));
    for (const id of new Set([...this.#builds.keys(), ...this.#histories.keys()])) if (!ids.has(id)) this.#drop(id);
  }

  dispose(): void {
    for (const backlog of this.#backlogs) backlog.dispose();
  }

  #drop(id: string): void {
    for (const jobs of [this.#builds, this.#histories]) {
      jobs.get(id)?.job.dispose();
      jobs.delete(id);
    }
  }

  async #start(order: GroupOrder, made: Made, plan: Plan, kept: Build | undefined, signal: AbortSignal): Promise<Build> {
    const { id, source } = order;
    const { updates } = source;
    kept?.job.dispose();
    this.#histories.get(id)?.job.dispose();
    this.#histories.delete(id);
    const known = kept?.known;
    const paths = kept && known ? pathsOf(kept, known) : await readPaths(plan, signal);
    const standIn = standInFor(await this.#parts.reader.withInventory(order), paths, known);
    const isUnsaved = (file: string): boolean => source.index.isUnsaved(file);
    const job = this.#backlogOf(paths).add({
      rank: () => this.#rank(id, made.folder, paths, known !== undefined),
      work: async stop => {
        const built = await build(plan, isUnsaved, stop);
        await this.#warm(order, plan, stop);
        return built;
      },
    });
    const fresh: Build = { made, updates, paths, job, known, taken: undefined, standIn };
    this.#builds.set(id, fresh);
    this.#histories.set(id, { key: this.#historyKey(order, plan), job });
    return fresh;
  }

  /** What the commits have is read again once they are others. */
  #readHistory(order: GroupOrder, plan: Plan, { made, paths }: Build): void {
    const key = this.#historyKey(order, plan);
    const kept = this.#histories.get(order.id);
    if (kept?.key === key) return;
    kept?.job.dispose();
    const job = this.#backlogOf(paths).add({ rank: () => this.#rank(order.id, made.folder, paths, true), work: stop => this.#warm(order, plan, stop) });
    this.#histories.set(order.id, { key, job });
  }

  #backlogOf({ templates }: ReadPaths): Backlog {
    return templates ? this.#charts : this.#roots;
  }

  #historyKey({ group, source }: GroupOrder, { key }: Plan): string {
    return JSON.stringify([key, group.folder, source.repository?.root, source.gitReads, this.#parts.reader.revisions(group, source)]);
  }

  /** What was read of a commit is kept where it was read. */
  async #warm({ group, source }: GroupOrder, plan: Plan, signal: AbortSignal): Promise<void> {
    if (!source.repository) return;
    for (const revision of new Set(Object.values(this.#parts.reader.revisions(group, source)))) if (revision !== undefined) await plan.at(revision, signal);
  }

  #rank(id: string, folder: string, { files }: ReadPaths, known: boolean): number {
    const looked = this.#parts.looked();
    const isLooked = looked.applications.has(id) || [...looked.files].some(file => files.has(file) || isBelow(folder, file));
    return isLooked ? (known ? RANK.lookedKnown : RANK.looked) : known ? RANK.known : RANK.other;
  }
}

const RANK = { lookedKnown: 0, looked: 1, known: 2, other: 3 } as const;

/** Everything that what is built depends on, but the contents of files. */
type Made = ReturnType<typeof madeOf>;

function madeOf({ group: { application, folder, files, built }, plan }: GroupOrder, around: NonNullable<GroupOrder['around']>) {
  const own = application?.tool === 'argo' ? [application.build, application.instance, application.directory] : [];
  return { folder, files, built, own, tool: application?.tool, key: plan?.key, ...around };
}

interface Build {
  readonly made: Made;
  /** Of the source, when it was asked for. */
  readonly updates: number;
  readonly paths: ReadPaths;
  readonly job: Job<Built>;
  readonly standIn: PreparedGroup;
  /** As it was last prepared. */
  known: PreparedGroup | undefined;
  /** The run that took the result first. */
  taken: number | undefined;
}

interface Reading {
  readonly key: string;
  readonly job: Job<unknown>;
}

/** Nobody knows when it was asked for as it is now: what decides it, and what of that may have changed. */
function isCurrent({ made, updates, paths, job, taken }: Build, now: Made, source: FolderSource, run: number): boolean {
  if (!isDeepStrictEqual(made, now)) return false;
  if (job.state.kind !== 'done') return !source.changedSince(paths.seen, updates);
  const { seen } = job.state.value;
  if (seen && [...seen].every(path => path === source.root || source.reads(path))) return !source.changedSince(seen, updates);
  // What is read where nobody watches may change unnoticed: it is taken once.
  return (taken === undefined || taken === run) && !source.changedSince(undefined, updates);
}

/** What it read when it was last built. */
const pathsOf = ({ paths, job }: Build, { consumed }: PreparedGroup): ReadPaths => ({ ...paths, files: consumed, seen: (job.state.kind === 'done' ? job.state.value.seen : undefined) ?? paths.seen });

/** What cannot be told is left for the build to complain about. */
async function readPaths(plan: Plan, signal: AbortSignal): Promise<ReadPaths> {
  return (await plan.reads?.(signal)) ?? { files: new Set(), seen: new Set(), templates: false };
}
