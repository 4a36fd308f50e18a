import { withReplaced } from '../base/overlay';
import { sameItems } from '../base/same-items';
import type { ManifestProblem } from '../manifests/document';
import type { ApplicationState, Counts, Environment, FileState, ObjectState, PlacedField } from './snapshot';
import { isOpen } from './snapshot-lookup';
import { VERDICTS, worst, type Verdict } from './verdict';

export function countVerdicts(verdicts: Iterable<Verdict>): Counts {
  const counts: Partial<Record<Verdict, number>> = {};
  for (const verdict of verdicts) counts[verdict] = (counts[verdict] ?? 0) + 1;
  return counts;
}

export function sumOf(parts: readonly Counts[]): Counts {
  const sum: Partial<Record<Verdict, number>> = {};
  for (const counts of parts) for (const verdict of VERDICTS) if (counts[verdict] !== undefined) sum[verdict] = (sum[verdict] ?? 0) + counts[verdict];
  return sum;
}

export const worstOf = (counts: Counts): Verdict => worst(VERDICTS.filter(verdict => (counts[verdict] ?? 0) > 0));

/** Where most of the namespaced objects live; the application's own namespace when none is. */
export function mainNamespace(namespaces: readonly (string | undefined)[], fallback: string): string {
  const counts = new Map<string, number>();
  for (const namespace of namespaces) if (namespace !== undefined) counts.set(namespace, (counts.get(namespace) ?? 0) + 1);
  let best = fallback;
  let most = 0;
  for (const [namespace, count] of counts) {
    if (count > most || (count === most && namespace < best)) {
      best = namespace;
      most = count;
    }
  }
  return best;
}

export interface EnvironmentFacts {
  readonly context: string;
  isProduction(namespace: string, applications: readonly ApplicationState[]): boolean;
  isWritable(namespace: string): boolean;
}

/** Groups applications that live in one namespace of one context, worst first. */
export function assembleEnvironments(applications: readonly ApplicationState[], facts: EnvironmentFacts): Environment[] {
  const byNamespace = new Map<string, ApplicationState[]>();
  for (const application of applications) {
    const list = byNamespace.get(application.environment) ?? [];
    list.push(application);
    byNamespace.set(application.environment, list);
  }
  const environments = [...byNamespace].map(([namespace, list]): Environment => ({
    id: environmentId(facts.context, namespace),
    context: facts.context,
    namespace,
    production: facts.isProduction(namespace, list),
    writable: facts.isWritable(namespace),
    applications: list.map(application => ({ ...application, environment: environmentId(facts.context, namespace) })).sort(byBadness),
    counts: sumOf(list.map(({ counts }) => counts)),
  }));
  return environments.sort((a, b) => byBadness(a, b) || compareText(a.namespace, b.namespace));
}

export const environmentId = (context: string, namespace: string): string => `${context}/${namespace}`;

export const byBadness = (a: { readonly counts: Counts }, b: { readonly counts: Counts }): number => VERDICTS.indexOf(worstOf(a.counts)) - VERDICTS.indexOf(worstOf(b.counts));

export const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const place = ({ manifest }: ObjectState): number => manifest?.range.start ?? 0;

const byPlace = (a: ObjectState, b: ObjectState): number => compareText(a.manifest?.file ?? '\uffff', b.manifest?.file ?? '\uffff') || place(a) - place(b);

/** Worst first, then by file and place: what needs a person stands on top. */
export function sortObjects(objects: readonly ObjectState[]): ObjectState[] {
  const byVerdict = new Map(VERDICTS.map((verdict): [Verdict, ObjectState[]] => [verdict, []]));
  for (const object of objects) byVerdict.get(object.verdict.verdict)?.push(object);
  // They mostly come in order already, and to see that takes no time.
  return [...byVerdict.values()].flatMap(list => (isSorted(list) ? list : list.sort(byPlace)));
}

const isSorted = (list: readonly ObjectState[]): boolean => list.every((object, i) => i === 0 || byPlace(list[i - 1] ?? object, object) <= 0);

/**
 * What `sortObjects` makes of all, where some of what it has sorted was replaced, each by the one with its id; `undefined`
 * where two stand at one place, whose order only all of them tell.
 */
export function sortChanged(sorted: readonly ObjectState[], changed: ReadonlyMap<string, ObjectState>): ObjectState[] | undefined {
  const kept = sorted.filter(({ id }) => !changed.has(id));
  const out: ObjectState[] = [];
  let from = 0;
  let last: ObjectState | undefined;
  for (const object of [...changed.values()].sort(byVerdict)) {
    const to = placeIn(kept, object, from);
    const next = kept[to];
    if ((last && byVerdict(last, object) === 0) || (next && byVerdict(next, object) === 0)) return undefined;
    for (const one of kept.slice(from, to)) out.push(one);
    out.push(object);
    from = to;
    last = object;
  }
  return out.concat(kept.slice(from));
}

const byVerdict = (a: ObjectState, b: ObjectState): number => VERDICTS.indexOf(a.verdict.verdict) - VERDICTS.indexOf(b.verdict.verdict) || byPlace(a, b);

/** The first place from there on whose object does not stand before this one. */
function placeIn(sorted: readonly ObjectState[], object: ObjectState, from: number): number {
  let [low, high] = [from, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] && byVerdict(sorted[middle], object) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

export interface FileParts {
  readonly groups: Iterable<{ readonly objects: readonly ObjectState[] }>;
  readonly problems: ReadonlyMap<string, readonly ManifestProblem[]>;
  readonly versionOf: (file: string) => string | undefined;
  /** What the files showed last: one that shows the same is the same. */
  readonly before: ReadonlyMap<string, FileState>;
}

/** What each file shows: the objects written in it, in file order, what is set in it of others, and what is wrong with it. */
export function* assembleFiles({ groups, problems, versionOf, before }: FileParts): Generator<undefined, Map<string, FileState>, undefined> {
  const byFile = new Map<string, ObjectState[]>();
  const placed = new Map<string, PlacedField[]>();
  for (const { objects } of groups) {
    for (const [i, object] of objects.entries()) {
      if (i % AT_A_TIME === 0) yield;
      if (!object.manifest) continue;
      push(byFile, object.manifest.file, object);
      for (const field of object.verdict.fields) if (field.set?.file !== undefined && field.set.file !== object.manifest.file && isOpen(field)) push(placed, field.set.file, { object, field });
    }
  }
  const files = new Map<string, FileState>();
  let looked = 0;
  for (const names of [byFile.keys(), placed.keys(), problems.keys()]) {
    for (const file of names) {
      if (looked++ % AT_A_TIME === 0) yield;
      if (files.has(file)) continue;
      const set = placed.get(file) ?? NOTHING_PLACED;
      const state = fileState({ file, textVersion: versionOf(file) ?? set[0]?.field.set?.text ?? '', objects: byFile.get(file) ?? NO_OBJECTS, placed: set, problems: problems.get(file) ?? NO_PROBLEMS }, before.get(file));
      if (state) files.set(file, state);
    }
  }
  return files;
}

/** The files as they were but for these objects, each in the place of the one with its id; `undefined` where other files may show something of them. */
export function* withChanged(before: ReadonlyMap<string, FileState>, changed: readonly ObjectState[]): Generator<undefined, ReadonlyMap<string, FileState> | undefined, undefined> {
  const byFile = new Map<string, ObjectState[]>();
  for (const [i, object] of changed.entries()) {
    if (i % AT_A_TIME === 0) yield;
    if (object.manifest) push(byFile, object.manifest.file, object);
  }
  const files = new Map<string, FileState>();
  for (const [file, list] of byFile) {
    if (files.size % AT_A_TIME === 0) yield;
    const old = before.get(file);
    if (!old || [...old.objects, ...list].some(({ verdict }) => verdict.fields.some(({ set }) => set !== undefined))) return undefined;
    const objects = old.objects.map(object => list.find(({ id }) => id === object.id) ?? object);
    const next = fileState({ ...old, objects }, old);
    if (!next || list.some(object => !objects.includes(object))) return undefined;
    files.set(file, next);
  }
  return withReplaced(before, files);
}

/** Objects or files between two looks at the clock. */
export const AT_A_TIME = 64;

function push<T>(lists: Map<string, T[]>, key: string, item: T): void {
  const list = lists.get(key);
  if (list) list.push(item);
  else lists.set(key, [item]);
}

const NO_OBJECTS: readonly ObjectState[] = [];
const NO_PROBLEMS: readonly ManifestProblem[] = [];
const NOTHING_PLACED: readonly PlacedField[] = [];

function fileState(now: Omit<FileState, 'verdict'>, before: FileState | undefined): FileState | undefined {
  const { placed, problems } = now;
  if (now.objects.length === 0 && placed.length === 0 && problems.length === 0) return undefined;
  // Mostly one, or in order already.
  const inOrder = now.objects.every((object, i, all) => i === 0 || place(all[i - 1] ?? object) <= place(object));
  const objects = inOrder ? now.objects : [...now.objects].sort((a, b) => place(a) - place(b));
  const shows = before && before.problems === problems && before.textVersion === now.textVersion && sameItems(before.objects, objects);
  if (shows && before.placed.length === placed.length && placed.every(({ object, field }, i) => object === before.placed[i]?.object && field === before.placed[i].field)) return before;
  const verdicts = [...objects.map(object => object.verdict.verdict), ...placed.flatMap(({ field }) => (field.verdict === 'extra' ? [] : [field.verdict]))];
  return { file: now.file, textVersion: now.textVersion, objects, placed, problems, verdict: verdicts.length === 0 ? undefined : worst(verdicts) };
}

