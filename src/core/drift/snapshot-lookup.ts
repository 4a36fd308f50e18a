import type { ApplicationState, Environment, FileState, ObjectState, Snapshot } from './snapshot';
import { VERDICTS, type FieldVerdict, type Verdict } from './verdict';

/** An application with what it belongs to, both of one snapshot. */
export interface FoundApplication {
  readonly environment: Environment;
  readonly application: ApplicationState;
}

/** An object with what it belongs to, all of one snapshot. */
export interface Found extends FoundApplication {
  readonly object: ObjectState;
}

/** One snapshot by ids. Costs what it is asked: to make one takes no look at any object. */
export class Lookup {
  readonly snapshot: Snapshot;
  readonly #applications = new Map<string, FoundApplication>();
  readonly #environments = new Map<string, Environment>();
  /** By application, of those that were asked about. */
  readonly #objects = new Map<string, ReadonlyMap<string, ObjectState>>();

  constructor(snapshot: Snapshot) {
    this.snapshot = snapshot;
    for (const environment of snapshot.environments) {
      this.#environments.set(environment.id, environment);
      for (const application of environment.applications) this.#applications.set(application.id, { environment, application });
    }
  }

  object(id: string): Found | undefined {
    // The application's own id may have the same sign in it.
    for (let end = id.indexOf('|'); end >= 0; end = id.indexOf('|', end + 1)) {
      const found = this.#applications.get(id.slice(0, end));
      const object = found && this.#objectsOf(found.application).get(id);
      if (object) return { ...found, object };
    }
    return undefined;
  }

  #objectsOf({ id, objects }: ApplicationState): ReadonlyMap<string, ObjectState> {
    const known = this.#objects.get(id);
    if (known) return known;
    const byId = new Map(objects.map(object => [object.id, object]));
    this.#objects.set(id, byId);
    return byId;
  }

  application(id: string): FoundApplication | undefined {
    return this.#applications.get(id);
  }

  environment(id: string): Environment | undefined {
    return this.#environments.get(id);
  }
}

/** It can be paused and resumed from here. */
export const hasSwitch = ({ application }: Pick<ApplicationState, 'application'>): boolean => application !== undefined && application.kind !== 'Helm release';

/**
 * The objects whose document an offset of the file's text lies in: several where more than one application applies the
 * file, worst first; those whose value is set right there; empty in a file without manifests. What stands before the first manifest counts to it.
 */
export function objectsAt(file: FileState, offset: number): readonly ObjectState[] {
  const set = file.placed.filter(({ field }) => field.set?.range !== undefined && field.set.range.start <= offset && offset <= field.set.range.end).map(({ object }) => object);
  if (set.length > 0) return [...new Set(set)];
  const starts = file.objects.map(({ manifest }) => manifest?.range.start ?? 0);
  const start = Math.max(...starts.filter(at => at <= offset), Math.min(...starts));
  return file.objects.filter((_, i) => starts[i] === start).sort((a, b) => VERDICTS.indexOf(a.verdict.verdict) - VERDICTS.indexOf(b.verdict.verdict));
}

/** Fields of an object that a person should look at, as they stand in the file. */
export const openFields = (object: ObjectState): readonly FieldVerdict[] => object.verdict.fields.filter(isOpen);

export const isOpen = ({ verdict }: FieldVerdict): boolean => verdict !== 'extra' && !CALM.has(verdict);

const CALM: ReadonlySet<Verdict> = new Set(['in-sync', 'equivalent', 'skipped']);
const OUT: ReadonlySet<Verdict | 'extra'> = new Set(['drift', 'conflict', 'missing', 'orphan', 'invalid', 'blocked']);

/** Out of plumb: the cluster differs, or the applier would be refused. Not: what waits, and what could not be judged. */
export const isOut = (verdict: Verdict | 'extra'): boolean => OUT.has(verdict);

/** How many objects are out of plumb. */
export const countOut = (counts: ApplicationState['counts']): number => VERDICTS.reduce((sum, verdict) => sum + (isOut(verdict) ? (counts[verdict] ?? 0) : 0), 0);
