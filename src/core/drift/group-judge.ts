import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { withReplaced } from '../base/overlay';
import { sameItems } from '../base/same-items';
import type { Cluster, Coming, LiveState } from '../cluster/api';
import type { ReleaseName } from '../gitops/helm-install';
import { Spelling } from '../kube/element-key';
import { objectId, type ObjectRef } from '../kube/identity';
import type { Manifest, ManifestProblem } from '../manifests/document';
import type { Asked } from './asked';
import { compareText, countVerdicts, mainNamespace, sortChanged, sortObjects } from './assemble';
import type { Claims } from './claims';
import type { Inputs } from './computed';
import type { Pace } from './computation';
import type { DryRuns } from './dry-runs';
import { GroupInputs } from './group-inputs';
import type { Entry, History, ObjectsAt, PreparedGroup } from './group-reader';
import { isBelow, type Group } from './groups';
import { judge, judgeUnread } from './judge';
import { inputOf, toldOf, type HeldInput } from './judge-input';
import { isSuccessor, judgeOrphan } from './orphan';
import { sameInput, sameLive } from './same-input';
import type { Schemas } from './schemas';
import { unjudgedStandIn } from './stand-in';
import type { Counts, ObjectState } from './snapshot';
import type { TraceGroup, Traces } from './traces';
import { entryId } from './twins';
import type { ObjectVerdict } from './verdict';

export interface JudgedGroup extends Group {
  readonly id: string;
  /** The namespace where most of it lives, or the other cluster. */
  readonly namespace: string;
  readonly objects: readonly ObjectState[];
  readonly counts: Counts;
  readonly problems: ReadonlyMap<string, readonly ManifestProblem[]>;
  readonly inputs: Inputs;
  readonly trace?: TraceGroup | undefined;
  /** Absolute paths of the files that were rendered. */
  readonly consumed?: ReadonlySet<string>;
  /** Tells one result from all others of the session. */
  readonly revision?: number;
  /** What took the place of the object with its id since the result of that revision; nothing else shows differently. */
  readonly since?: { readonly revision: number; readonly changed: readonly ObjectState[] };
  /** Releases of Helm, by objects (`objectId`) that have their marks; of what no controller applies. */
  readonly released?: ReadonlyMap<string, ReleaseName>;
}

export interface GroupJudgeParts {
  readonly cluster: Cluster;
  readonly schemas: Schemas;
  readonly dryRuns: Pick<DryRuns, 'known' | 'has' | 'isEmpty'>;
  readonly asked: Asked | undefined;
  readonly traces: Traces;
}

/** What has to be known beside a group to judge it. */
export interface Around {
  readonly history: History;
  readonly claims: Claims;
  /** The application's own object, where a file has it. */
  readonly owner: Manifest | undefined;
  /** The group itself, with those that are the other sources of its application. */
  readonly parts: readonly PreparedGroup[];
  /** Ids (`objectId`) of what may have changed in the cluster since the last run. */
  readonly touched: ReadonlySet<string> | 'all';
}

/** Judges the objects of one group, each again only when something it depends on has changed. */
export class GroupJudge {
  readonly #parts: GroupJudgeParts;
  /** By group: what the last run made of it. */
  readonly #kept = new Map<string, Kept>();
  readonly #inputs: GroupInputs;
  readonly #spelling = new Spelling();
  /** By group, while something is being read: what is known beside it. */
  readonly #expected = new Map<string, Expected>();
  /** By `objectId`, likewise: where what comes belongs. */
  readonly #places = new Map<string, Place>();
  /** Groups whose objects are all in it. */
  readonly #covered = new Set<PreparedGroup>();
  /** By entry: what was judged as it came, for the next run to use if it still holds then. */
  readonly #foreseen = new Map<string, Foreseen>();
  #revisions = 0;
  /** Of what was told last. */
  #names: { readonly of: ReadonlySet<string>; readonly names: ReadonlySet<string> } | undefined;
  readonly #standIns = new WeakMap<PreparedGroup, JudgedGroup>();

  constructor(parts: GroupJudgeParts) {
    this.#parts = parts;
    this.#inputs = new GroupInputs(parts);
  }

  /** Lets go of groups that are no more. */
  keep(groups: readonly { readonly id: string }[], reading: boolean): void {
    const ids = new Set(groups.map(({ id }) => id));
    for (const id of this.#kept.keys()) if (!ids.has(id)) this.#kept.delete(id);
    if (reading) return;
    this.#expected.clear();
    this.#places.clear();
    this.#covered.clear();
    this.#foreseen.clear();
  }

  /** What is read of this group from now on is judged as it comes. */
  async expect(expected: Expected, pace: Pace): Promise<void> {
    const { group } = expected;
    if (group.standIn) return;
    this.#expected.set(group.id, expected);
    if (this.#covered.has(group)) return;
    for (const entry of group.entries) {
      const pause = pace();
      if (pause) await pause;
      this.#place(group, entry);
    }
    this.#covered.add(group);
  }

  /** Judges an object that is being read, from what is known of all else. Says nothing: whether it holds is found by the next run. */
  foresee({ id, state }: Coming): void {
    for (let place = this.#places.get(id); place; place = place.next) {
      const { group, entry } = place;
      const expected = this.#expected.get(group.id);
      if (expected?.group !== group || group.application?.remoteCluster !== undefined || this.#parts.schemas.of(entry.ref.apiVersion, entry.ref.kind).kind === 'loading') continue;
      const input = this.#inputs.of(group, entry, state, expected);
      this.#foreseen.set(entry.id, { input, verdict: judge(inputOf(input), this.#spelling), from: expected, generation: this.#generation });
    }
  }

  /** The same object as last time when nothing it depends on has changed. */
  async judge(group: PreparedGroup, around: Around, pace: Pace): Promise<JudgedGroup> {
    if (group.standIn) return this.#standIn(group, group.standIn);
    const { history, claims, owner, parts, touched } = around;
    const before = this.#kept.get(group.id);
    const generation = this.#generation;
    // Then an object is judged from the same as last time unless it has changed in the cluster.
    const same = before?.group === group && before.claims === claims && before.owner === owner && sameHistory(before.history, history);
    const known = before?.generation === generation;
    const told = same && known && before.calm && touched !== 'all' && this.#parts.dryRuns.isEmpty ? touched : undefined;
    const due: Entry[] = [];
    for (const entry of told ? this.#entriesOf(group, before?.judged, told) : group.entries) {
      const pause = pace();
      if (pause) await pause;
      const kept = before?.judged.get(entry.id);
      if (!same || !kept || !(known || isLoading(kept.input.live)) || !this.#isSame(group, kept, entry, touched)) due.push(entry);
    }
    const fresh = new Map<string, Judged>();
    let changed = !same;
    // As a server lists them: neighbours lie in one packed block.
    for (const entry of due.sort(byPlaceInCluster)) {
      const pause = pace();
      if (pause) await pause;
      const kept = before?.judged.get(entry.id);
      const next = this.#judgeEntry(group, entry, around, kept);
      changed ||= next !== kept;
      fresh.set(entry.id, next);
    }
    const unwanted = before && same && sameItems(before.parts, parts) ? before.unwanted : unwantedOf(group, parts);
    if (before && told && due.length === 0 && unwanted === before.unwanted && !unwanted.some(ref => told.has(objectId(ref)))) return before.result;
    await pace();
    const judged = before && same ? withReplaced(before.judged, fresh) : inOrder(group.entries, fresh, before?.judged);
    await pace();
    const objects = this.#withOrphans(group, parts, unwanted, statesOf(judged));
    await pace();
    const result = !changed && before && sameStates(objects, before.objects) ? before.result : await this.#result(group, { judged, fresh, objects, before: same ? before : undefined }, pace);
    await pace();
    // What was not due was calm already.
    const calm = [...(told ? fresh : judged).values()].every(isCalm) && objects.slice(judged.size).every(({ verdict }) => verdict.verdict !== 'unknown');
    this.#kept.set(group.id, { group, parts, unwanted, history, claims, owner, generation, judged, objects, result, calm });
    return result;
  }

  /** What of a group these ids (`objectId`) may be about: mostly little of very much. */
  *#entriesOf({ id, entries }: PreparedGroup, judged: Kept['judged'] | undefined, ids: ReadonlySet<string>): Iterable<Entry> {
    if (entries.length <= ids.size) {
      if (this.#names?.of !== ids) this.#names = { of: ids, names: namesOf(ids) };
      const { names } = this.#names;
      for (const entry of entries) if (names.has(entry.ref.name)) yield entry;
      return;
    }
    for (const one of ids) {
      for (let copy = 1; ; copy++) {
        const found = judged?.get(entryId(id, one, copy));
        if (!found) break;
        yield found.input.entry;
      }
    }
  }

  /** What was judged last stays for the time when it is rendered. */
  #standIn(group: PreparedGroup, objects: readonly ObjectState[]): JudgedGroup {
    const kept = this.#standIns.get(group) ?? unjudgedStandIn(group, objects, this.#parts.cluster.namespace);
    this.#standIns.set(group, kept);
    return kept;
  }

  #isSame(group: PreparedGroup, { input }: Judged, { ref }: Entry, touched: Around['touched']): boolean {
    if (input.dryRun !== undefined || this.#parts.dryRuns.has(ref)) return false;
    // What is read is told of when it changes; why something cannot be read may change without a word.
    const isTold = touched !== 'all' && input.live.kind !== 'unknown' && !touched.has(objectId(ref));
    return isTold || sameLive(input.live, this.#inputs.liveOf(group, ref));
  }

  /** Whether what was foreseen was judged from the same as it would be now. An answer to a question that was asked since is another input. */
  #holds({ input, from, generation }: Foreseen, group: PreparedGroup, ref: ObjectRef, { history, claims }: Around): boolean {
    return from.group === group && from.claims === claims && generation === this.#generation && sameHistory(from.history, history) && input.dryRun === undefined && !this.#parts.dryRuns.has(ref);
  }

  get #generation(): number {
    return this.#parts.schemas.generation + this.#parts.traces.generation;
  }

  #place(group: PreparedGroup, entry: Entry): void {
    const id = objectId(entry.ref);
    this.#places.set(id, { group, entry, next: this.#places.get(id) });
  }

  #judgeEntry(group: PreparedGroup, entry: Entry, around: Around, kept: Judged | undefined): Judged {
    const { id, manifest, ref } = entry;
    const live = this.#inputs.liveOf(group, ref);
    const foreseen = this.#foreseen.get(id);
    this.#foreseen.delete(id);
    const read = foreseen?.input.live === live ? foreseen : undefined;
    const input = read && this.#holds(read, group, ref, around) ? read.input : this.#inputs.of(group, entry, live, around, read?.input ?? kept?.input);
    const known = [foreseen, kept].find(one => one && (one.input === input || sameInput(one.input, input)));
    const judged = known ? known.verdict : (judgeUnread(toldOf(input), ref) ?? judge(inputOf(input), this.#spelling));
    const verdict = this.#placed(group, entry, judged, around.owner);
    const same = kept?.state.verdict === verdict && kept.state.ref === ref && kept.state.manifest === manifest;
    return { input, verdict: judged, state: same ? kept.state : { id, application: group.id, ref, manifest, verdict } };
  }

  async #result(group: PreparedGroup, { judged, fresh, objects, before }: Outcome, pace: Pace): Promise<JudgedGroup> {
    const changed = before && changedIn(before.objects, objects);
    await pace();
    const sorted = (changed && sortChanged(before.result.objects, changed)) ?? sortObjects(objects);
    await pace();
    const released = group.application === undefined || 'written' in group ? releasedIn(judged, fresh, before) : undefined;
    await pace();
    return {
      ...group,
      namespace: before?.result.namespace ?? this.#namespaceOf(group),
      objects: sorted,
      counts: countVerdicts(objects.map(({ verdict }) => verdict.verdict)),
      inputs: {
        get: id => {
          const input = judged.get(id)?.input;
          return input && inputOf(input);
        },
      },
      revision: ++this.#revisions,
      ...(changed && before.result.revision !== undefined && { since: { revision: before.result.revision, changed: changed.size === objects.length ? objects : [...changed.values()] } }),
      ...(released && { released }),
    };
  }

  #namespaceOf({ application, entries }: PreparedGroup): string {
    if (application?.remoteCluster !== undefined) return `another cluster (${application.remoteCluster})`;
    const fallback = application?.targetNamespace ?? application?.ref.namespace ?? this.#parts.cluster.namespace;
    return application?.targetNamespace ?? mainNamespace(entries.map(({ ref }) => ref.namespace), fallback);
  }

  #placed({ trace, application, source }: PreparedGroup, { manifest }: Entry, verdict: ObjectVerdict, owner: Manifest | undefined): ObjectVerdict {
    return trace ? this.#parts.traces.placed(verdict, { manifest, trace, application, owner, ownerText: owner && source.index.text(owner.file) }) : verdict;
  }

  /**
   * With what the application has in the cluster and its files no longer have; objects that take the place of one say so.
   * Of an application with several sources they stand with the first one; while another is not read here, none can be told.
   */
  #withOrphans(group: PreparedGroup, parts: readonly PreparedGroup[], unwanted: readonly ObjectRef[], objects: ObjectState[]): readonly ObjectState[] {
    const { application, id: groupId } = group;
    if (!application || unwanted.length === 0) return objects;
    const isAll = application.tool !== 'argo' || parts.length >= application.part.of;
    const complete = isAll && parts.every(part => part.complete);
    const unread = parts.map(leadsElsewhere).find(reason => reason !== undefined);
    const coming = objects.filter(({ verdict }) => verdict.verdict === 'pending' && verdict.fields.length === 0);
    const before = new Map<string, string>();
    const orphans = unwanted.flatMap((ref): ObjectState[] => {
      const live = this.#parts.cluster.store.read(ref);
      const successor = coming.find(next => isSuccessor(next.ref, ref));
      const verdict = judgeOrphan(ref, live, { application, complete, doubt: group.doubt ?? unread ?? this.#inputs.facts.of(live).unreadable, successor: successor?.ref });
      if (successor && verdict?.verdict === 'pending') before.set(successor.id, ref.name);
      return verdict ? [{ id: entryId(groupId, objectId(ref)), application: groupId, ref, manifest: undefined, verdict }] : [];
    });
    const named = objects.map(object => {
      const name = before.get(object.id);
      return name === undefined ? object : { ...object, verdict: { ...object.verdict, notes: [...object.verdict.notes, `takes the place of ${name}`] } };
    });
    return [...named, ...orphans];
  }
}

/** What the application has in the cluster, as far as its controller knows, and no file has. */
function unwantedOf(group: PreparedGroup, parts: readonly PreparedGroup[]): readonly ObjectRef[] {
  const inventory = group === parts[0] ? (group.application?.inventory ?? []) : [];
  if (inventory.length === 0) return NO_REFS;
  const wanted = new Set(parts.flatMap(({ entries }) => entries.map(({ ref }) => objectId(ref))));
  return inventory.filter(ref => !wanted.has(objectId(ref)));
}

const NO_REFS: readonly ObjectRef[] = [];

/** Argo CD follows links inside a repository, and takes in submodules: what they lead to is not read here. Flux leaves both out. */
function leadsElsewhere({ application, folder, source }: PreparedGroup): string | undefined {
  const top = source.repository?.root;
  if (application?.tool !== 'argo' || top === undefined) return undefined;
  const path = source.facts.elsewhere.find(one => isBelow(folder, join(top, one)));
  return path === undefined ? undefined : `it is in the inventory, and no file has it that is read here: ${path} is a link or a submodule, which is not followed`;
}

/** The same as before where nothing that is fresh has such a mark, or had one. */
function releasedIn(judged: Kept['judged'], fresh: Kept['judged'], before: Kept | undefined): ReadonlyMap<string, ReleaseName> {
  const isMarked = (one: Judged | undefined): boolean => one?.input.facts.release !== undefined;
  if (before?.result.released && [...fresh].every(([id, now]) => !isMarked(now) && !isMarked(before.judged.get(id)))) return before.result.released;
  const released = new Map<string, ReleaseName>();
  for (const { input: { facts: { release } }, state } of judged.values()) if (release) released.set(objectId(state.ref), release);
  return released;
}

function statesOf(judged: Kept['judged']): ObjectState[] {
  const states: ObjectState[] = [];
  judged.forEach(({ state }) => states.push(state));
  return states;
}

function inOrder(entries: readonly Entry[], fresh: ReadonlyMap<string, Judged>, before: Kept['judged'] | undefined): Kept['judged'] {
  const judged = new Map<string, Judged>();
  for (const { id } of entries) {
    const one = fresh.get(id) ?? before?.get(id);
    if (one) judged.set(id, one);
  }
  return judged;
}

/** The last part of an `objectId`: few objects share it, and it costs nothing to ask for. */
const namesOf = (ids: ReadonlySet<string>): ReadonlySet<string> => new Set([...ids].map(id => id.slice(id.lastIndexOf('/') + 1)));

/** `undefined` where objects came, went or changed places. */
function changedIn(before: readonly ObjectState[], objects: readonly ObjectState[]): ReadonlyMap<string, ObjectState> | undefined {
  if (before.length !== objects.length) return undefined;
  const changed = new Map<string, ObjectState>();
  // By their places: pairs of them would be fifty thousand things more for each change.
  for (let i = 0; i < objects.length; i++) {
    const [old, object] = [before[i], objects[i]];
    if (!object || old === object) continue;
    if (old?.id !== object.id) return undefined;
    changed.set(object.id, object);
  }
  return changed;
}

const isCalm = ({ input }: Judged): boolean => input.live.kind !== 'unknown' && input.dryRun === undefined;

/** Then nothing else is looked at, in this run as in the last. */
const isLoading = (live: LiveState): boolean => live.kind === 'unknown' && live.status.kind === 'loading';

/** As a server lists objects: by kind, and then by namespace and name. */
const byPlaceInCluster = ({ ref: a }: Entry, { ref: b }: Entry): number => compareText(a.kind, b.kind) || compareText(a.namespace ?? '', b.namespace ?? '') || compareText(a.name, b.name);

interface Judged {
  readonly input: HeldInput;
  /** Before it is placed. */
  readonly verdict: ObjectVerdict;
  readonly state: ObjectState;
}

/** What a run makes of a group. */
interface Outcome extends Pick<Kept, 'judged' | 'objects'> {
  /** What was judged in this run. */
  readonly fresh: Kept['judged'];
  /** The last run, of the same. */
  readonly before: Kept | undefined;
}

/** A group of which something is being read. */
interface Expected extends Pick<Around, 'history' | 'claims'> {
  readonly group: PreparedGroup;
}

/** Judged before its turn. */
interface Foreseen extends Pick<Judged, 'input' | 'verdict'> {
  readonly from: Expected;
  readonly generation: number;
}

/** Where an object is judged, and where else. */
interface Place {
  readonly group: PreparedGroup;
  readonly entry: Entry;
  readonly next: Place | undefined;
}

interface Kept {
  readonly group: PreparedGroup;
  /** The group itself, with those that are the other sources of its application. */
  readonly parts: readonly PreparedGroup[];
  readonly unwanted: readonly ObjectRef[];
  readonly history: History;
  readonly claims: Claims;
  readonly owner: Manifest | undefined;
  /** Grows with every schema that comes, and with all that is found out about where values are set. */
  readonly generation: number;
  readonly judged: ReadonlyMap<string, Judged>;
  /** With the orphans. */
  readonly objects: readonly ObjectState[];
  readonly result: JudgedGroup;
  /** All that is live is known, and nothing was asked about: only what is told of can be another. */
  readonly calm: boolean;
}

/** What an orphan and its successor say is made anew in each run. */
const sameStates = (a: readonly ObjectState[], b: readonly ObjectState[]): boolean => a.length === b.length && a.every((object, i) => object === b[i] || (object.manifest === b[i]?.manifest && isDeepStrictEqual(object, b[i])));

const sameHistory = (a: History, b: History): boolean => sameAt(a.base, b.base) && sameAt(a.head, b.head) && sameAt(a.upstream, b.upstream) && a.behind === b.behind;

const sameAt = (a: ObjectsAt, b: ObjectsAt): boolean => (a.kind === 'known' ? b.kind === 'known' && a.byId === b.byId : b.kind === 'unknown' && a.reason === b.reason);
