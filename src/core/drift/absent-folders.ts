import { byBadness, countVerdicts, sortObjects, sumOf } from './assemble';
import type { Part } from './merged';
import type { ApplicationState, Environment, FileState, ObjectState } from './snapshot';
import { worst, type Verdict } from './verdict';

/**
 * Plain folders of which one cluster lacks most, and another one has it. Nobody says which clusters such a folder is meant
 * for, and what was deleted leaves no trace: whether that is missing, or was never to be there, cannot be told. It is
 * undecided, for the folder as a whole, until a person has said so. What is there is judged all the same.
 */
export class AbsentFolders {
  readonly #isSaid: (folder: string) => boolean;
  /** Of the same they are the same, from one snapshot to the next. */
  readonly #objects = new WeakMap<ObjectState, ObjectState>();
  readonly #lists = new WeakMap<readonly ObjectState[], Pick<ApplicationState, 'objects' | 'counts' | 'elsewhere'>>();
  readonly #files = new WeakMap<FileState, FileState>();

  /** `isSaid`: a person said which clusters the folder is meant for. */
  constructor(isSaid: (folder: string) => boolean) {
    this.#isSaid = isSaid;
  }

  of(parts: readonly Part[]): readonly Part[] {
    if (parts.length < 2) return parts;
    const plain = parts.map(({ snapshot }) => plainIn(snapshot.environments));
    return parts.map((part, i) => {
      const doubted = new Map<string, string>();
      for (const [folder, application] of plain[i] ?? []) {
        const other = this.#isSaid(folder) ? undefined : elsewhere(application, parts.flatMap(({ snapshot }, j) => (j === i ? [] : [{ connection: snapshot.connection, application: plain[j]?.get(folder) }])));
        if (other !== undefined) doubted.set(application.id, other);
      }
      return doubted.size === 0 ? part : this.#doubt(part, doubted);
    });
  }

  #doubt({ snapshot, at }: Part, doubted: ReadonlyMap<string, string>): Part {
    const files = new Map(snapshot.files);
    const environments = snapshot.environments.map((environment): Environment => {
      if (!environment.applications.some(({ id }) => doubted.has(id))) return environment;
      const applications = environment.applications.map(application => {
        const other = doubted.get(application.id);
        if (other === undefined) return application;
        for (const { manifest, verdict } of application.objects) {
          const file = verdict.verdict === 'missing' && manifest ? files.get(manifest.file) : undefined;
          if (file) files.set(file.file, this.#file(file, doubted));
        }
        return { ...application, ...this.#list(application, other) };
      });
      return { ...environment, applications: applications.sort(byBadness), counts: sumOf(applications.map(({ counts }) => counts)) };
    });
    return { snapshot: { ...snapshot, environments, files }, at };
  }

  #list({ objects }: ApplicationState, other: string): Pick<ApplicationState, 'objects' | 'counts' | 'elsewhere'> {
    const known = this.#lists.get(objects);
    if (known?.elsewhere === other) return known;
    const made = sortObjects(objects.map(object => this.#object(object, other)));
    const list = { objects: made, counts: countVerdicts(made.map(({ verdict }) => verdict.verdict)), elsewhere: other };
    this.#lists.set(objects, list);
    return list;
  }

  #object(object: ObjectState, other: string): ObjectState {
    if (object.verdict.verdict !== 'missing') return object;
    const known = this.#objects.get(object);
    const reason = `not in this cluster; the folder may be meant for ${other} alone`;
    if (known?.verdict.reason === reason) return known;
    const made: ObjectState = { ...object, verdict: { ...object.verdict, verdict: 'undecided', reason, notes: [...object.verdict.notes, 'Choose Clusters of a Folder says which clusters it is meant for'] } };
    this.#objects.set(object, made);
    return made;
  }

  #file(file: FileState, doubted: ReadonlyMap<string, string>): FileState {
    const objects = file.objects.map(object => {
      const other = doubted.get(object.application);
      return other === undefined ? object : this.#object(object, other);
    });
    const known = this.#files.get(file);
    if (known?.objects.every((object, i) => object === objects[i]) === true) return known;
    const verdicts = [...objects.map(({ verdict }) => verdict.verdict), ...file.placed.flatMap(({ field }) => (field.verdict === 'extra' ? [] : [field.verdict]))];
    const made: FileState = { ...file, objects, verdict: verdicts.length === 0 ? undefined : worst(verdicts) };
    this.#files.set(file, made);
    return made;
  }
}

const plainIn = (environments: readonly Environment[]): ReadonlyMap<string, ApplicationState> =>
  new Map(environments.flatMap(({ applications }) => applications.filter(({ application, doubt }) => application === undefined && doubt === undefined).map(state => [state.folder, state] as const)));

/** It is not in the cluster, or could not be looked for, or need not be there yet. */
const NOT_THERE = ['missing', 'unknown', 'pending', 'skipped'] as const satisfies readonly Verdict[];

const thereIn = ({ objects, counts }: ApplicationState): number => NOT_THERE.reduce((sum, verdict) => sum - (counts[verdict] ?? 0), objects.length);

/** The other cluster that has, or may have, more of the folder, where this one lacks more than it has. */
function elsewhere(application: ApplicationState, others: readonly { readonly connection: Part['snapshot']['connection']; readonly application: ApplicationState | undefined }[]): string | undefined {
  const there = thereIn(application);
  if ((application.counts.missing ?? 0) <= there) return undefined;
  let best: { readonly context: string; readonly has: number } | undefined;
  for (const { connection, application: other } of others) {
    if (connection.kind !== 'connected' || !other) continue;
    // What has not been looked at there may be there.
    const has = thereIn(other) + (other.counts.unknown ?? 0);
    if (has > (best?.has ?? there)) best = { context: connection.pin.context, has };
  }
  return best?.context;
}
