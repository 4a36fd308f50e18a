import type { ManifestProblem } from '../manifests/document';
import type { ApplicationState, Counts, Environment, FileState, ObjectState, PlacedField } from './snapshot';
import { isOpen } from './snapshot-lookup';
import { VERDICTS, worst, type Verdict } from './verdict';

export function countVerdicts(verdicts: Iterable<Verdict>): Counts {
  const counts: Partial<Record<Verdict, number>> = {};
  for (const verdict of verdicts) counts[verdict] = (counts[verdict] ?? 0) + 1;
  return counts;
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
    counts: countVerdicts(list.flatMap(application => application.objects.map(object => object.verdict.verdict))),
  }));
  return environments.sort((a, b) => byBadness(a, b) || compareText(a.namespace, b.namespace));
}

export const environmentId = (context: string, namespace: string): string => `${context}/${namespace}`;

export const byBadness = (a: { readonly counts: Counts }, b: { readonly counts: Counts }): number => VERDICTS.indexOf(worstOf(a.counts)) - VERDICTS.indexOf(worstOf(b.counts));

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Worst first, then by file and place: what needs a person stands on top. */
export function sortObjects(objects: readonly ObjectState[]): ObjectState[] {
  const rank = ({ verdict, manifest }: ObjectState): readonly [number, string, number] => [VERDICTS.indexOf(verdict.verdict), manifest?.file ?? '\uffff', manifest?.range.start ?? 0];
  return [...objects].sort((a, b) => {
    const [badA, fileA, placeA] = rank(a);
    const [badB, fileB, placeB] = rank(b);
    return badA - badB || compareText(fileA, fileB) || placeA - placeB;
  });
}

/** What each file shows: the objects written in it, in file order, what is set in it of others, and what is wrong with it. */
export function assembleFiles(
  objects: Iterable<ObjectState>,
  problems: ReadonlyMap<string, readonly ManifestProblem[]>,
  versionOf: (file: string) => string | undefined,
): Map<string, FileState> {
  const byFile = new Map<string, ObjectState[]>();
  const placed = new Map<string, PlacedField[]>();
  for (const object of objects) {
    if (!object.manifest) continue;
    push(byFile, object.manifest.file, object);
    for (const field of object.verdict.fields) if (field.set?.file !== undefined && field.set.file !== object.manifest.file && isOpen(field)) push(placed, field.set.file, { object, field });
  }
  const files = new Map<string, FileState>();
  for (const file of new Set([...byFile.keys(), ...placed.keys(), ...problems.keys()])) {
    const list = (byFile.get(file) ?? []).sort((a, b) => (a.manifest?.range.start ?? 0) - (b.manifest?.range.start ?? 0));
    const set = placed.get(file) ?? [];
    const wrong = problems.get(file) ?? [];
    if (list.length === 0 && set.length === 0 && wrong.length === 0) continue;
    const verdicts = [...list.map(object => object.verdict.verdict), ...set.flatMap(({ field }) => (field.verdict === 'extra' ? [] : [field.verdict]))];
    files.set(file, {
      file,
      textVersion: versionOf(file) ?? set[0]?.field.set?.text ?? '',
      objects: list,
      placed: set,
      problems: wrong,
      verdict: verdicts.length === 0 ? undefined : worst(verdicts),
    });
  }
  return files;
}

function push<T>(lists: Map<string, T[]>, key: string, item: T): void {
  const list = lists.get(key);
  if (list) list.push(item);
  else lists.set(key, [item]);
}
