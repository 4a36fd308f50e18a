import type { Application } from '../gitops/application';
import { describeRef } from '../kube/identity';
import { field, formatPath } from '../kube/path';
import type { Manifest } from '../manifests/document';
import { locate } from '../manifests/locate';
import { rangeAt } from '../render/spot-range';
import type { ObjectTrace, SetPlace } from '../render/trace';
import { imagePolicyAt, setterNote } from './image-setters';
import { inFile } from './place';
import { isOpen } from './snapshot-lookup';
import type { FieldVerdict, ObjectVerdict, PlaceOfValue, SetAt } from './verdict';

/** Finds out where the values of a group's rendered objects are set. */
export type TraceGroup = () => Promise<ReadonlyMap<Manifest, ObjectTrace>>;

/** What a verdict is to be placed with. */
export interface Placing {
  readonly manifest: Manifest;
  readonly trace: TraceGroup;
  readonly application: Application | undefined;
  /** The application's own object, where a file has it, and that file's text. */
  readonly owner: Manifest | undefined;
  readonly ownerText: string | undefined;
}

/**
 * Places the open fields of rendered objects at what sets them. That takes some more builds, so it is found out only where
 * something is open, after the verdict: until then a field stays at the origin of its object.
 */
export class Traces {
  readonly #onArrival: () => void;
  readonly #onFailure: (error: unknown) => void;
  readonly #known = new WeakMap<Manifest, ObjectTrace>();
  readonly #asked = new WeakSet<Manifest>();
  readonly #placed = new WeakMap<ObjectVerdict, { readonly owner: Manifest | undefined; readonly verdict: ObjectVerdict }>();
  readonly #running = new Set<Promise<void>>();
  /** Grows with all that is found out. */
  generation = 0;

  constructor(onArrival: () => void, onFailure: (error: unknown) => void) {
    this.#onArrival = onArrival;
    this.#onFailure = onFailure;
  }

  placed(verdict: ObjectVerdict, placing: Placing): ObjectVerdict {
    if (!verdict.fields.some(isOpen)) return verdict;
    const { manifest, owner } = placing;
    const kept = this.#placed.get(verdict);
    if (kept && kept.owner === owner) return kept.verdict;
    const trace = this.#known.get(manifest);
    if (!trace) {
      this.#ask(placing);
      return verdict;
    }
    const fields = verdict.fields.map(one => ({ ...one, ...setAt(one, trace, placing) }));
    const setters = fields.flatMap((one: FieldVerdict) => {
      const policy = one.set?.text !== undefined && one.set.range && isOpen(one) ? imagePolicyAt(one.set.text, one.set.range) : undefined;
      return policy === undefined ? [] : [setterNote(one.path, policy)];
    });
    const placed = { ...verdict, fields, notes: [...new Set([...verdict.notes, ...setters])] };
    this.#placed.set(verdict, { owner, verdict: placed });
    return placed;
  }

  /** Fulfilled, with how many there were, once all that was asked for is known or could not be found out. */
  async settled(): Promise<number> {
    await Promise.all(this.#running);
    return this.generation;
  }

  #ask({ manifest, trace }: Placing): void {
    if (this.#asked.has(manifest)) return;
    this.#asked.add(manifest);
    const finding = trace().then(
      found => {
        for (const [one, its] of found) {
          this.#asked.add(one);
          this.#known.set(one, its);
        }
      },
      (error: unknown) => this.#onFailure(error),
    );
    const running = finding.then(() => {
      this.#running.delete(running);
      this.generation++;
      this.#onArrival();
    });
    this.#running.add(running);
  }
}

function setAt({ path, live }: FieldVerdict, trace: ObjectTrace, placing: Placing): { readonly set?: SetAt } {
  const { manifest } = placing;
  const traced = trace.at(inFile(manifest.object, path), live?.kind === 'value' ? live.value : undefined);
  if (!traced) return {};
  const { places, certain, whole, oneOf } = traced;
  const [first, ...others] = places.map(place => setPlace(place, live, placing));
  return first ? { set: { ...first, others, certain, whole, oneOf } } : {};
}

/** What the application's own object sets stands in a file, too, where that object has one. */
function setPlace(place: SetPlace, live: FieldVerdict['live'], { application, owner, ownerText }: Placing): PlaceOfValue {
  if (place.kind === 'file') return { by: place.by, file: place.file, range: place.range, text: place.text, outside: undefined };
  const path = [field('spec'), ...(place.kind === 'spec' ? place.path : [field('postBuild'), field('substitute'), field(place.name)])];
  const located = owner && locate(owner.root, path);
  if (owner && located?.exact === true) {
    const written = place.kind === 'variable' ? located.keyRange : place.inner && ownerText !== undefined ? rangeAt(owner.root, path, place, ownerText, live?.kind === 'value' ? live.value : undefined) : undefined;
    return { by: place.by, file: owner.file, range: written ?? located.range, text: undefined, outside: undefined };
  }
  const name = application ? describeRef(application.ref) : 'the application';
  return { by: place.by, file: undefined, range: undefined, text: undefined, outside: place.kind === 'spec' ? `${formatPath(path).slice(1)} of ${name}` : `the variable ${place.name} of ${name}` };
}
