import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../base/clock';
import type { Disposable } from '../base/lifetime';
import type { Log } from '../base/log';
import { madeOf } from '../base/made-of';
import { sameItems } from '../base/same-items';
import { Turns } from '../base/turns';
import type { Cluster, Coming, Want } from '../cluster/api';
import type { Application } from '../gitops/application';
import { applicationWants, readApplications } from '../gitops/applications';
import { readApplicationSets } from '../gitops/argo';
import { ownerChains } from '../gitops/owner-chain';
import { matchApplications, type MatchedApplication } from '../gitops/match';
import { doubtText, type Unread } from '../gitops/unread';
import { ArtifactFolders } from './artifact-folders';
import { concerns, covers, isAsked, type Asked } from './asked';
import { assembleEnvironments, withChanged } from './assemble';
import { Builder } from './builder';
import { besidesCharts } from './chart-folders';
import { claimsOf, type Claims } from './claims';
import { chartsIn, collect, lookUps, objectsIn, stateOf, type Collected, type Computed } from './computed';
import { DryCommits } from './dry-commits';
import { DryRuns } from './dry-runs';
import { FirstReading } from './first-reading';
import type { FolderSource } from './folder-source';
import { GroupJudge, type JudgedGroup } from './group-judge';
import { GroupReader, type History, type PreparedGroup } from './group-reader';
import { claimFiles, isBelow, PlainFolders, type Group } from './groups';
import { besidesKustomizations, kustomizeFolders, mayBeBuiltUpon } from './kustomize-folders';
import { objectId } from '../kube/identity';
import type { Manifest } from '../manifests/document';
import { helmGroups } from './helm-groups';
import { HelmPlans } from './helm-plan';
import { InstallGroups } from './install-groups';
import { keyOf, placeApplications, type OpenFolder, type PlacedApplications } from './placed-applications';
import type { Renderer } from '../render/renderer';
import { Rendering } from './rendering';
import type { JudgeInput } from './judge-input';
import type { Looked } from './ports';
import { Revisions } from './revisions';
import { RootBuilds } from './root-builds';
import { Schemas } from './schemas';
import type { FileState, ObjectState } from './snapshot';
import { Traces } from './traces';
import { readingOf, standingOf, troublesOf } from './trouble';
import { StoredReleases } from './stored-releases';
import { VerifyOpen } from './verify-open';
import { wantsOf } from './wants';

export interface ComputationParts {
  readonly cluster: Cluster;
  readonly isProduction: (name: string) => boolean;
  readonly isWritable: (namespace: string) => boolean;
  /** Whether a plain folder is meant for this cluster; `undefined`: nobody said so. */
  readonly isMeant: (folder: string) => boolean | undefined;
  /** Something that was being fetched or rendered has come: run again. `later`: nobody looks at it, and more is coming. */
  readonly onMore: (when?: 'soon' | 'later') => void;
  readonly log: Log;
  readonly asked: Asked | undefined;
  /** Loads what builds kustomizations, on first need. */
  readonly renderer: () => Promise<Renderer>;
  readonly clock: Clock;
  readonly verifiesSecrets: () => boolean;
  /** Whether what stays undecided may be asked about without being told to. */
  readonly verifiesByItself: () => boolean;
  /** What somebody looks at now. */
  readonly looked: () => Looked;
  /** Somebody waits for the whole answer: a run ends once all of it is known. */
  readonly waits: () => boolean;
}

/** From files, Git and one cluster session to verdicts. Holds only caches: what a run finds depends on nothing of the run before, but what is the same as then is the same object. */
export class Computation implements Disposable {
  readonly #parts: ComputationParts;
  readonly #schemas: Schemas;
  readonly #reader: GroupReader;
  readonly #builds: RootBuilds;
  readonly #artifacts: ArtifactFolders;
  readonly #judge: GroupJudge;
  readonly #turns = new Turns();
  readonly #dryRuns: DryRuns;
  readonly #open: VerifyOpen;
  readonly #traces: Traces;
  readonly #releases: StoredReleases;
  readonly #installs: InstallGroups;
  /** Some of what is wanted is being read for the first time, as far as the last run knew: a run follows once it has been. */
  #reading = true;
  readonly #first: FirstReading;
  /** A run has come to its end. */
  #judged = false;
  /** How often the server's kinds were read anew. */
  #discovered = 0;
  /** Of the last run, and of what. */
  #claims: { readonly of: readonly unknown[]; readonly claims: Claims } = { of: [], claims: new Map() };
  /** Of the last run, and of what. */
  #collected: CollectedOf | undefined;
  /** Since the last run. */
  #touched: Touched = 'all';
  /** What could be read at the last run, see `standingOf`. */
  #standing = '';
  /** By folder. */
  readonly #plain = new WeakMap<FolderSource, PlainFolders>();
  readonly #dryCommits = new DryCommits();
  /** Groups that the last run showed: while one of a plain folder is rendered anew, nothing else tells whether any of it is in this cluster. */
  #met: ReadonlySet<string> = new Set();

  constructor(parts: ComputationParts) {
    this.#parts = parts;
    this.#schemas = new Schemas(parts.cluster, () => parts.onMore(this.#reading ? 'later' : 'soon'), error => parts.log.warn(`a schema could not be read: ${error instanceof Error ? error.message : 'unknown error'}`));
    this.#dryRuns = new DryRuns({ cluster: parts.cluster, clock: parts.clock, sendsSecrets: parts.verifiesSecrets });
    this.#open = new VerifyOpen({ dryRuns: this.#dryRuns, allowed: parts.verifiesByItself, onMore: parts.onMore, log: parts.log });
    this.#traces = new Traces(parts.onMore, error => parts.log.warn(`where values are set could not be found out: ${error instanceof Error ? error.message : 'unknown error'}`));
    const { cluster, asked, clock } = parts;
    this.#first = new FirstReading({ clock, settled: () => this.settled(), waits: parts.waits });
    this.#releases = new StoredReleases(cluster, clock, parts.onMore);
    this.#installs = new InstallGroups(cluster, clock, this.#releases, parts.onMore);
    const builder = new Builder(parts.renderer);
    this.#reader = new GroupReader({ cluster, revisions: new Revisions(), rendering: new Rendering(builder, cluster), helm: new HelmPlans(this.#releases, builder, cluster), asked, discovered: () => this.#discovered });
    this.#builds = new RootBuilds({ reader: this.#reader, clock, looked: parts.looked, onMore: parts.onMore, waits: parts.waits });
    this.#artifacts = new ArtifactFolders((group, source, revision, signal) => this.#reader.builtAt(group, source, revision, signal));
    this.#judge = new GroupJudge({ cluster, schemas: this.#schemas, dryRuns: this.#dryRuns, asked, traces: this.#traces });
  }

  /** Fulfilled, with how much there was, once all that was wanted of the cluster so far has been read or could not be. */
  async settled(): Promise<number> {
    const counts = await Promise.all([this.#parts.cluster.store.settled(), this.#schemas.settled(), this.#traces.settled(), this.#releases.settled(), this.#installs.settled()]);
    return counts.reduce((sum, count) => sum + count, 0);
  }

  dispose(): void {
    this.#builds.dispose();
    this.#installs.dispose();
  }

  /** Asks the server what an apply would do; the next run knows the answers. */
  verify(inputs: readonly JudgeInput[], signal: AbortSignal): Promise<void> {
    return this.#dryRuns.ask(inputs, signal);
  }

  /** Forgets what the server said about its kinds. */
  refresh(): void {
    this.#discovered++;
    this.#schemas.forget();
    this.#releases.forget();
    this.#installs.forget();
  }

  /** What the store says that has changed; whoever opened the session listens to it. */
  changed(what: ReadonlySet<string> | 'all'): void {
    this.#installs.changed(what);
    if (what === 'all' || this.#touched === 'all') this.#touched = 'all';
    else for (const id of what) this.#touched.add(id);
  }

  /** What is being read: judged now, while its text is at hand, and used by the run that finds it read. */
  foresee(coming: Coming): void {
    this.#first.came();
    this.#judge.foresee(coming);
  }

  async run(folders: readonly FolderSource[], signal: AbortSignal): Promise<Computed> {
    const pace: Pace = () => this.#turns.pause()?.then(() => signal.throwIfAborted());
    let planned = await this.#plan(folders, pace, signal);
    for (let more = !this.#judged; more && planned.reading; ) {
      const { wants } = planned;
      more = await this.#first.wait(countOf(planned), signal);
      planned = await this.#plan(folders, pace, signal);
      // Something is slow, and applications have been read meanwhile.
      more ||= !isDeepStrictEqual(wants, planned.wants);
    }
    const touched = this.#touched;
    this.#touched = new Set();
    try {
      return await this.#run(folders, planned, { touched, pace, signal });
    } catch (error) {
      // What was not looked at has to be looked at by the next.
      this.#touched = 'all';
      throw error;
    }
  }

  /** What is to be judged, all of it wanted of the cluster. */
  async #plan(folders: readonly FolderSource[], pace: Pace, signal: AbortSignal): Promise<Planned> {
    const { cluster, asked } = this.#parts;
    const { applications: all, unread } = readApplications(cluster);
    const applications = all.filter(({ ref }) => asked === undefined || isAsked(asked, ref));
    const doubt = doubtText(unread);
    const open: OpenFolder[] = [];
    for (const folder of folders) open.push({ root: folder.root, matched: await this.#matched(applications, folder, signal) });
    const prepared = await this.#prepared(folders, open, { applications, doubt, pace, signal });
    const wants = [...applicationWants(cluster), ...wantsOf(prepared, cluster)];
    // They come while lists and Git are read; what is read before its schema has come cannot be judged yet.
    for (const { apiVersion, kind } of wants) this.#schemas.of(apiVersion, kind);
    cluster.store.want(wants);
    await pace();
    const claims = await this.#claimsOf(all, prepared, signal);
    const histories = await Promise.all(prepared.map(group => this.#builds.history(group, signal)));
    const reading = readingOf(wants, cluster.store) !== undefined;
    if (reading) for (const [i, history] of histories.entries()) if (prepared[i]) await this.#judge.expect({ group: prepared[i], history, claims }, pace);
    return { applications: all, unread, doubt, prepared, wants, claims, histories, reading };
  }

  async #run(folders: readonly FolderSource[], { applications: all, unread, doubt, prepared, wants, claims, histories }: Planned, { touched, pace, signal }: Running): Promise<Computed> {
    const { cluster, asked } = this.#parts;
    const judged: JudgedGroup[] = [];
    const owners = new Map(prepared.flatMap(ownersIn));
    // A store tells of a change a little after it shows it. What is said of the connection and what is judged by it are of one moment: nothing is green beside "the connection is lost".
    const troubles = troublesOf(wants, unread, cluster.store);
    const standing = standingOf(wants, cluster.store);
    const told = standing === this.#standing ? touched : 'all';
    const reading = readingOf(wants, cluster.store) !== undefined;
    this.#standing = standing;
    this.#reading = reading;
    for (const [i, history] of histories.entries()) if (prepared[i]) judged.push(await this.#judge.judge(prepared[i], { history, claims, owner: owners.get(idOf(prepared[i])), parts: partsOf(prepared[i], prepared), touched: told }, pace));
    if (this.#installs.marked(new Map(judged.flatMap(({ released }) => [...(released ?? [])])))) this.#parts.onMore();
    this.#reader.keep(prepared);
    this.#builds.keep(prepared);
    this.#judge.keep(prepared, reading);
    const shown = judged.filter((group, i) => asked !== undefined || group.application !== undefined || (this.#parts.isMeant(group.folder) ?? (prepared[i]?.standIn ? this.#met.has(group.id) : meetsCluster(group.objects))));
    this.#met = new Set(shown.map(({ id }) => id));
    const sets = readApplicationSets(cluster);
    const chainOf = ownerChains(all, sets);
    const states = shown.map(group => stateOf(group, group.namespace, group.application ? chainOf(group.application) : []));
    const environments = assembleEnvironments(states, {
      context: cluster.pin.context,
      isProduction: (namespace, list) => [cluster.pin.context, namespace, ...list.map(({ application }) => application?.ref.name ?? '')].some(name => this.#parts.isProduction(name)),
      isWritable: this.#parts.isWritable,
    });
    const collected = await this.#collect(folders, shown, signal);
    this.#judged = true;
    const progress = readingOf(wants, cluster.store, this.#builds.progress(prepared));
    if (!progress) this.#open.judged(shown, collected.inputs);
    return { ...collected, environments, manifests: objectsIn(judged) + chartsIn(folders), troubles, reading: progress, doubt, settled: this.#first.settled };
  }

  /** The same as last time when no group shows anything else and no file has changed. */
  async #collect(folders: readonly FolderSource[], groups: readonly JudgedGroup[], signal: AbortSignal): Promise<Collected> {
    const of = { groups, files: folders.flatMap(({ index }) => [index, index.files(), index.newest(index.files()), index.truncated]) };
    const before = this.#collected;
    if (before && sameItems(before.of.groups, groups) && sameItems(before.of.files, of.files)) {
      before.collected.askAgain();
      return before.collected;
    }
    const files = before && (await this.#turns.finish(filesSince(before, of), signal));
    if (before && files) before.collected.askAgain();
    const collected = before && files ? { ...before.collected, files, ...lookUps(groups, this.#parts.asked) } : await this.#turns.finish(collect({ folders, groups, asked: this.#parts.asked, before: before?.collected.files ?? NO_FILES }), signal);
    this.#collected = { of, collected };
    return collected;
  }

  async #matched(applications: readonly Application[], folder: FolderSource, signal: AbortSignal): Promise<readonly MatchedApplication[]> {
    const { repository, facts } = folder;
    if (!repository) return [];
    const { matched } = matchApplications(applications, [{ root: repository.root, remotes: facts.remotes }], this.#parts.asked?.application !== undefined);
    const told = await Promise.all(matched.map(one => this.#dryCommits.told(one, repository, signal)));
    return [...told, ...(await this.#artifacts.match(applications.filter(one => !matched.some(({ application }) => application === one)), folder, signal))];
  }

  /** All groups; what is not rendered in time has a stand-in. */
  async #prepared(folders: readonly FolderSource[], open: readonly OpenFolder[], { doubt, ...around }: Omit<Preparing, 'consumed' | 'built' | 'inner'>): Promise<PreparedGroup[]> {
    const places = placeApplications(open);
    this.#builds.begin();
    for (let pass = 1; ; pass++) {
      const [consumed, built] = [new Set<string>(), new Set<string>()];
      const prepared: PreparedGroup[] = [];
      for (const [i, folder] of folders.entries()) {
        const place = places[i];
        const inner = folders.map(({ root }) => root).filter(root => isBelow(folder.root, root));
        if (place) prepared.push(...(await this.#prepare(folder, place, { ...around, doubt: folder.doubt ?? doubt, consumed, built, inner })));
      }
      const more = (pass === 1 || this.#parts.waits()) && (await this.#builds.patience(around.signal));
      if (!more) return prepared;
    }
  }

  /** Whatever of the folder somebody applies, or may apply, and what of the repository around it that takes. */
  async #prepare(folder: FolderSource, place: PlacedApplications, { applications, doubt, consumed, built: shown, inner, pace, signal }: Preparing): Promise<PreparedGroup[]> {
    const { asked } = this.#parts;
    const prepared: PreparedGroup[] = [];
    const one = async (group: Group): Promise<PreparedGroup> => {
      await pace();
      const made = await this.#builds.prepare(group, folder, pace, signal);
      for (const file of made.consumed) consumed.add(file);
      return made;
    };
    const prepare = async (list: readonly Group[]): Promise<void> => {
      for (const group of list) if (concerns(asked, group)) prepared.push(await one(group));
    };
    const foldersOf = (list: readonly MatchedApplication[]): string[] => list.map(application => application.folder);
    await folder.readAround(foldersOf(place.above), signal);
    const further = folder.index.further();
    const { groups: built, left: others } = claimFiles(further.length === 0 ? folder.index.files() : [...folder.index.files(), ...further], [...place.within, ...place.above]);
    // A base that an application builds is nobody's plain folder, nor is one that a folder of kustomize builds.
    const unclaimed = further.length === 0 && inner.length === 0 ? others : others.filter(file => isBelow(folder.root, file) && !inner.some(root => isBelow(root, file)));
    const left = (): readonly string[] => (consumed.size === 0 ? unclaimed : unclaimed.filter(file => !consumed.has(file)));
    await prepare(built);
    // Who asks for a base asks for what others build of it.
    if (asked && mayBeBuiltUpon(unclaimed, file => covers(asked, file))) {
      for (const group of built.filter(other => !concerns(asked, other))) {
        const made = await one(group);
        if (made.entries.length > 0) prepared.push(made);
      }
    }
    if (place.beside.length > 0 && left().length > 0) {
      await folder.readAround(foldersOf([...place.above, ...place.beside]), signal);
      const beside = place.beside.filter(one => !shown.has(keyOf(one)));
      for (const [i, group] of claimFiles(folder.index.further(), beside).groups.entries()) {
        const made = await this.#builds.prepare(group, folder, pace, signal);
        if (![...made.consumed].some(file => isBelow(folder.root, file))) continue;
        for (const file of made.consumed) consumed.add(file);
        const one = beside[i];
        if (one) shown.add(keyOf(one));
        prepared.push(made);
      }
    }
    const top = folder.repository?.root ?? folder.root;
    await prepare(kustomizeFolders(left(), top, file => folder.index.text(file), doubt));
    await prepare(this.#plainOf(folder).of(besidesCharts(besidesKustomizations(left(), unclaimed)), doubt));
    await this.#prepareInstalls(folder, prepared, applications, prepare);
    await prepare(helmGroups(applications, prepared, folder, asked, (group, revision, stop) => this.#reader.at(group, revision, stop)));
    this.#withoutDefinitions(prepared);
    // Now known by its text, what lies outside is judged as it is in the editor.
    if (await folder.readNamed(prepared.flatMap(group => [...group.consumed]), signal)) this.#parts.onMore();
    return prepared;
  }

  /** What Helm applies of plain folders, and of charts, is the releases'. */
  async #prepareInstalls(folder: FolderSource, prepared: PreparedGroup[], applications: readonly Application[], prepare: (groups: readonly Group[]) => Promise<void>): Promise<void> {
    const { asked } = this.#parts;
    // Somebody says who applies it, or what the base is.
    if (asked && (asked.base.kind !== 'auto' || (asked.applier !== 'auto' && asked.applier !== 'helm'))) return;
    const { groups, taken } = this.#installs.find(folder, prepared, applications);
    for (const [group, ids] of taken) {
      const left = this.#reader.without(group, ids);
      prepared.splice(prepared.indexOf(group), 1, ...(left.entries.length > 0 ? [left] : []));
    }
    await prepare(groups.filter(({ application }) => asked === undefined || isAsked(asked, application.ref)));
  }

  /** Definitions in `crds/` of a chart that a release is made of are Helm's, not their folder's. */
  #withoutDefinitions(prepared: PreparedGroup[]): void {
    const files = new Set(prepared.flatMap(({ entries }) => definitionFilesIn(entries)));
    if (files.size === 0) return;
    for (const [i, group] of prepared.entries()) {
      const ids = group.application ? [] : group.entries.flatMap(({ manifest, ref }) => (files.has(manifest.file) ? [objectId(ref)] : []));
      if (ids.length > 0) prepared[i] = this.#reader.without(group, new Set(ids));
    }
  }

  #plainOf(folder: FolderSource): PlainFolders {
    const plain = this.#plain.get(folder) ?? new PlainFolders();
    this.#plain.set(folder, plain);
    return plain;
  }

  /** Few objects are claimed more than once, and then by the same again: that is told once, not for each. */
  async #claimsOf(applications: readonly Application[], groups: readonly PreparedGroup[], signal: AbortSignal): Promise<Claims> {
    const of = [...applications.map(({ inventory }) => inventory), ...groups.map(({ refs }) => refs)];
    if (sameItems(of, this.#claims.of)) return this.#claims.claims;
    const claims = await this.#turns.finish(claimsOf(applications, groups), signal);
    this.#claims = { of, claims: isDeepStrictEqual(claims, this.#claims.claims) ? this.#claims.claims : claims };
    return this.#claims.claims;
  }
}

interface Planned {
  readonly applications: readonly Application[];
  readonly unread: readonly Unread[];
  readonly doubt: string | undefined;
  readonly prepared: readonly PreparedGroup[];
  readonly wants: readonly Want[];
  readonly claims: Claims;
  /** Of each that was prepared. */
  readonly histories: readonly History[];
  /** Some of what is wanted is being read for the first time. */
  readonly reading: boolean;
}

const countOf = ({ prepared }: Planned): number => prepared.reduce((sum, { entries }) => sum + entries.length, 0);

interface Running {
  readonly touched: Touched;
  readonly pace: Pace;
  readonly signal: AbortSignal;
}

interface Preparing {
  readonly applications: readonly Application[];
  readonly doubt: string | undefined;
  /** Files that somebody builds something of; what this folder's do is added. */
  readonly consumed: Set<string>;
  /** Applications (`keyOf`) beside open folders that are shown, as they build upon one of them; what this folder's do is added. */
  readonly built: Set<string>;
  /** Open folders that lie in this one: what no application takes of them is theirs. */
  readonly inner: readonly string[];
  readonly pace: Pace;
  readonly signal: AbortSignal;
}

const idOf = ({ application }: PreparedGroup): string => (application ? objectId(application.ref) : '');

type Touched = Set<string> | 'all';

/** Kinds of applications. */
const OWNERS: ReadonlySet<string> = new Set(['Kustomization', 'HelmRelease', 'Application']);

/** An application's own object, by `objectId`. */
type Owner = readonly [string, Manifest];

/** Applications that a group applies. */
const ownersIn = madeOf(({ application, uses, entries }: PreparedGroup): readonly Owner[] => {
  // Of what is applied elsewhere the kinds are not told.
  if (application?.remoteCluster === undefined && !uses.some(({ kind }) => OWNERS.has(kind))) return [];
  return entries.filter(({ ref }) => OWNERS.has(ref.kind)).map(({ ref, manifest }): Owner => [objectId(ref), manifest]);
});

/** Files of what is installed once. */
const definitionFilesIn = madeOf((entries: PreparedGroup['entries']) => entries.flatMap(({ once, manifest }) => (once ? [manifest.file] : [])));

/** The group, with those that are the other sources of its application: what one of them has is no orphan of another. */
const partsOf = (group: PreparedGroup, prepared: readonly PreparedGroup[]): PreparedGroup[] =>
  group.application?.tool === 'argo' && group.application.part.of > 1 ? prepared.filter(other => other.application?.uid === group.application?.uid) : [group];

/** A plain folder is shown once something written in it exists in this cluster, or while that cannot be told. */
const meetsCluster = (objects: readonly ObjectState[]): boolean => objects.some(({ verdict }) => verdict.verdict !== 'missing' && verdict.verdict !== 'skipped');

/** What was collected, and of what. */
interface CollectedOf {
  readonly of: { readonly groups: readonly JudgedGroup[]; readonly files: readonly unknown[] };
  readonly collected: Collected;
}

/** Where the groups differ in single objects only: the files with those. */
function* filesSince({ of, collected }: CollectedOf, now: CollectedOf['of']): Generator<undefined, ReadonlyMap<string, FileState> | undefined, undefined> {
  if (of.groups.length !== now.groups.length || !sameItems(of.files, now.files)) return undefined;
  const changed: ObjectState[] = [];
  for (const [i, group] of now.groups.entries()) {
    const before = of.groups[i];
    if (group === before) continue;
    if (!group.since || group.since.revision !== before?.revision) return undefined;
    for (const object of group.since.changed) changed.push(object);
  }
  return yield* withChanged(collected.files, changed);
}

const NO_FILES: ReadonlyMap<string, FileState> = new Map();

/** Gives the event loop a turn whenever a slice is used up. */
export type Pace = () => Promise<void> | undefined;
