import type { ObjectRef } from '../kube/identity';
import type { ManifestProblem } from '../manifests/document';
import { covers, type Asked } from './asked';
import { assembleFiles, AT_A_TIME } from './assemble';
import { chartFilesIn } from './chart-folders';
import type { FolderSource } from './folder-source';
import type { JudgedGroup } from './group-judge';
import type { JudgeInput } from './judge-input';
import type { ApplicationState, Environment, FileState, Reading } from './snapshot';
import type { TraceGroup } from './traces';
import type { Trouble } from './trouble';

/** By object. */
export type Inputs = Pick<ReadonlyMap<string, JudgeInput>, 'get'>;

/** What one run found out: the snapshot's contents, and what the verdicts came from. */
export interface Computed {
  readonly environments: readonly Environment[];
  readonly files: ReadonlyMap<string, FileState>;
  readonly inputs: Inputs;
  /** Whether a file (absolute path) was rendered. */
  readonly feeds: (path: string) => boolean;
  /** By object: what finds out where its values are set; only where somebody asked for the objects by name. */
  readonly traces: ReadonlyMap<string, TraceGroup>;
  /** How many manifests the folders hold, whoever applies them. */
  readonly manifests: number;
  readonly troubles: readonly Trouble[];
  /** Some of what is wanted of the cluster is being read for the first time, or is being rendered. */
  readonly reading: Reading | undefined;
  /** How much had been read when the first run judged it; `undefined` where it did not wait for all of it. */
  readonly settled: number | undefined;
  /** Why there may be applications that are not shown; `undefined`: all are known. */
  readonly doubt: string | undefined;
}

/** A judged group as the snapshot has it; `environment` is where most of it lives. */
export const stateOf = (group: JudgedGroup, environment: string, owners: readonly ObjectRef[]): ApplicationState => ({
  id: group.id,
  environment,
  application: group.application,
  folder: group.folder,
  evidence: group.evidence,
  doubt: group.doubt,
  pause: group.application?.pause,
  owners,
  objects: group.objects,
  counts: group.counts,
});

export const objectsIn = (groups: readonly JudgedGroup[]): number => groups.reduce((total, { objects }) => total + objects.length, 0);

/** Charts, which make manifests without holding any. */
export const chartsIn = (folders: readonly FolderSource[]): number => folders.reduce((total, { index }) => total + chartFilesIn(index.files()).length, 0);

export interface Collected extends Pick<Computed, 'files' | 'inputs' | 'traces' | 'feeds'> {
  /** Asks again for the parsed files that belong to nobody, so that the index keeps them. */
  readonly askAgain: () => void;
}

export interface CollectParts {
  readonly folders: readonly FolderSource[];
  readonly groups: readonly JudgedGroup[];
  readonly asked: Asked | undefined;
  readonly before: ReadonlyMap<string, FileState>;
}

/** Takes a while: to be finished in turns with others. */
export function* collect({ folders, groups, asked, before }: CollectParts): Generator<undefined, Collected, undefined> {
  const problems = new Map<string, readonly ManifestProblem[]>();
  for (const group of groups) {
    for (const [file, list] of group.problems) problems.set(file, list);
    yield;
  }
  for (const { index, root } of folders) if (index.truncated) problems.set(root, [{ file: root, range: { start: 0, end: 0 }, severity: 'warning', message: 'This folder has more files than are read: not all are compared.', lost: true }]);
  const nobodys: (() => void)[] = [];
  for (const folder of folders) {
    for (const [i, file] of folder.index.files().entries()) {
      if (i % AT_A_TIME === 0) yield;
      if (problems.has(file) || !covers(asked, file)) continue;
      problems.set(file, folder.index.parsed(file, 'K2').problems);
      nobodys.push(() => void folder.index.parsed(file, 'K2'));
      yield;
    }
  }
  const versionOf = (file: string): string | undefined => {
    for (const { index } of folders) {
      const text = index.text(file);
      if (text !== undefined) return text;
    }
    return undefined;
  };
  return { files: yield* assembleFiles({ groups, problems, versionOf, before }), ...lookUps(groups, asked), askAgain: () => nobodys.forEach(ask => ask()) };
}

/** What is looked up in the groups themselves. */
export function lookUps(groups: readonly JudgedGroup[], asked: Asked | undefined): Pick<Computed, 'inputs' | 'traces' | 'feeds'> {
  // They hold everything that was rendered.
  const traces = new Map(groups.flatMap(({ objects, trace }) => (asked && trace ? objects.map(({ id }) => [id, trace] as const) : [])));
  return { inputs: { get: id => inputOf(groups, id) }, traces, feeds: path => groups.some(({ consumed }) => consumed?.has(path) === true) };
}

function inputOf(groups: readonly JudgedGroup[], object: string): JudgeInput | undefined {
  for (const { inputs } of groups) {
    const input = inputs.get(object);
    if (input) return input;
  }
  return undefined;
}
