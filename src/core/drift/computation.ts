import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Log } from '../base/log';
import type { Cluster } from '../cluster/api';
import { fluxWants, readFlux } from '../gitops/flux';
import { matchApplications } from '../gitops/match';
import { doubtText } from '../gitops/unread';
import type { ManifestProblem } from '../manifests/document';
import { concerns, covers, isAsked, type Asked } from './asked';
import { assembleEnvironments, assembleFiles } from './assemble';
import type { FolderSource } from './folder-source';
import { GroupJudge, type JudgedGroup } from './group-judge';
import { groupFiles } from './groups';
import type { JudgeInput } from './judge-input';
import { Revisions } from './revisions';
import { Schemas } from './schemas';
import type { ApplicationState, Environment, FileState, ObjectState } from './snapshot';
import { troublesOf, type Trouble } from './trouble';
import { unjudgedGroup } from './unjudged';
import { wantsOf } from './wants';

/** What one run found out: the snapshot's contents, and what the verdicts came from. */
export interface Computed {
  readonly environments: readonly Environment[];
  readonly files: ReadonlyMap<string, FileState>;
  readonly inputs: ReadonlyMap<string, JudgeInput>;
  /** How many manifests the folders hold, whoever applies them. */
  readonly manifests: number;
  readonly troubles: readonly Trouble[];
  /** Why there may be applications that are not shown; `undefined`: all are known. */
  readonly doubt: string | undefined;
}

export interface ComputationParts {
  readonly cluster: Cluster;
  readonly isProduction: (name: string) => boolean;
  readonly isWritable: (namespace: string) => boolean;
  /** Something that was being fetched has come: run again. */
  readonly onMore: () => void;
  readonly log: Log;
  readonly asked: Asked | undefined;
}

/** Longest piece of work between two turns of the event loop, milliseconds. */
const SLICE_MS = 25;

/** From files, Git and one cluster session to verdicts. Holds only caches: a run depends on nothing of the run before. */
export class Computation {
  readonly #parts: ComputationParts;
  readonly #schemas: Schemas;
  readonly #judge: GroupJudge;

  constructor(parts: ComputationParts) {
    this.#parts = parts;
    this.#schemas = new Schemas(parts.cluster, parts.onMore, error => parts.log.warn(`a schema could not be read: ${error instanceof Error ? error.message : 'unknown error'}`));
    this.#judge = new GroupJudge(parts.cluster, this.#schemas, new Revisions(), parts.asked);
  }

  /** Fulfilled, with how much there was, once all that was wanted of the cluster so far has been read or could not be. */
  async settled(): Promise<number> {
    const [readings, schemas] = await Promise.all([this.#parts.cluster.store.settled(), this.#schemas.settled()]);
    return readings + schemas;
  }

  /** Forgets what the server said about its kinds. */
  refresh(): void {
    this.#schemas.forget();
  }

  async run(folders: readonly FolderSource[], signal: AbortSignal): Promise<Computed> {
    const { cluster, asked } = this.#parts;
    const { applications: all, unread } = readFlux(cluster);
    const applications = all.filter(({ ref }) => asked === undefined || isAsked(asked, ref));
    const doubt = doubtText(unread);
    const pace = pacer(signal);
    const judged: JudgedGroup[] = [];
    const prepared = [];
    for (const folder of folders) {
      const { matched } = folder.repository ? matchApplications(applications, [{ root: folder.repository.root, remotes: folder.facts.remotes }], asked?.application !== undefined) : { matched: [] };
      for (const group of groupFiles(folder.index.files(), matched, folder.doubt ?? doubt)) if (concerns(asked, group)) prepared.push(await this.#judge.prepare(group, folder, pace));
    }
    const wants = [...fluxWants(cluster), ...wantsOf(prepared, cluster)];
    cluster.store.want(wants);
    for (const group of prepared) judged.push(await this.#judge.judge(group, pace));
    this.#judge.keep(prepared);
    const shown = judged.filter(group => asked !== undefined || group.application !== undefined || meetsCluster(group.objects));
    const states = shown.map(group => this.#stateOf(group));
    const environments = assembleEnvironments(states, {
      context: cluster.pin.context,
      isProduction: (namespace, list) => [cluster.pin.context, namespace, ...list.map(({ application }) => application?.ref.name ?? '')].some(name => this.#parts.isProduction(name)),
      isWritable: this.#parts.isWritable,
    });
    return { ...collect(folders, shown, environments, asked), manifests: sum(judged.map(group => group.objects.length)), troubles: troublesOf(wants, unread, cluster.store), doubt };
  }

  /** Without a session: what the files hold, nothing judged. */
  static withoutCluster(folders: readonly FolderSource[], trusted: boolean, asked: Asked | undefined): Promise<Computed> {
    const reason = trusted ? 'not connected to a cluster' : 'Restricted Mode: the cluster is not asked before the workspace is trusted';
    const groups = folders.flatMap(folder => groupFiles(folder.index.files().filter(file => covers(asked, file)), [], reason).map(group => unjudgedGroup(group, folder, reason)));
    const manifests = sum(groups.map(group => group.objects.length));
    const states = groups.map((group): ApplicationState => ({ ...common(group), environment: '' }));
    const environments = manifests === 0 || trusted ? [] : assembleEnvironments(states, { context: '', isProduction: () => false, isWritable: () => false });
    return Promise.resolve({ ...collect(folders, groups, environments, asked), manifests, troubles: [], doubt: reason });
  }

  #stateOf(group: JudgedGroup): ApplicationState {
    return { ...common(group), environment: group.namespace };
  }
}

const common = (group: JudgedGroup): Omit<ApplicationState, 'environment'> => ({
  id: group.id,
  application: group.application,
  folder: group.folder,
  evidence: group.evidence,
  doubt: group.doubt,
  pause: group.application?.pause,
  objects: group.objects,
  counts: group.counts,
});

/** A plain folder is shown once something written in it exists in this cluster, or while that cannot be told. */
const meetsCluster = (objects: readonly ObjectState[]): boolean => objects.some(({ verdict }) => verdict.verdict !== 'missing' && verdict.verdict !== 'skipped');

const sum = (numbers: readonly number[]): number => numbers.reduce((total, n) => total + n, 0);

function collect(folders: readonly FolderSource[], groups: readonly JudgedGroup[], environments: readonly Environment[], asked: Asked | undefined): Pick<Computed, 'environments' | 'files' | 'inputs'> {
  const problems = new Map<string, readonly ManifestProblem[]>();
  for (const group of groups) for (const [file, list] of group.problems) problems.set(file, list);
  for (const folder of folders) for (const file of folder.index.files()) if (!problems.has(file) && covers(asked, file)) problems.set(file, folder.index.parsed(file, 'K2').problems);
  const versionOf = (file: string): string => folders.map(folder => folder.index.text(file)).find(text => text !== undefined) ?? '';
  return {
    environments,
    files: assembleFiles(groups.flatMap(group => group.objects), problems, versionOf),
    inputs: new Map(groups.flatMap(group => [...group.inputs])),
  };
}

/** Gives the event loop a turn whenever a slice is used up. */
export type Pace = () => Promise<void> | undefined;

function pacer(signal: AbortSignal): Pace {
  let since = performance.now();
  return () => {
    if (performance.now() - since < SLICE_MS) return undefined;
    return nextTurn().then(() => {
      signal.throwIfAborted();
      since = performance.now();
    });
  };
}

