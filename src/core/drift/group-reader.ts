import { isDeepStrictEqual } from 'node:util';
import type { Holder } from '../base/kept-objects';
import type { Cluster } from '../cluster/api';
import type { Application, FluxHelmRelease, HelmInstall, HelmRevision } from '../gitops/application';
import { SKIP_MARKER } from '../gitops/argo-files';
import { objectId, refOf, type ObjectRef } from '../kube/identity';
import type { Dialect, Manifest, ManifestProblem } from '../manifests/document';
import { parseManifests } from '../manifests/parse';
import { fluxOwner } from './applier';
import { covers, type Asked } from './asked';
import type { Pace } from './computation';
import { Completed } from './completed';
import type { DesiredContext } from './desired';
import { notComputed, readGroup, selectionOf } from './facts';
import type { FolderSource } from './folder-source';
import type { Group } from './groups';
import type { HelmGroup } from './helm-groups';
import type { InstallGroup } from './install-groups';
import type { HelmPlans } from './helm-plan';
import { appliedRelease } from '../gitops/applied-release';
import { build, type Built, type GroupObjects, type Plan } from './plan';
import type { Rendering } from './rendering';
import type { OnceRule } from '../render/root-objects';
import type { ManifestsAt, Revisions } from './revisions';
import type { ObjectState } from './snapshot';
import type { TraceGroup } from './traces';
import { entryId, withTwins } from './twins';
import { usesOf, type KindUse } from './wants';

/** A group whose manifests are read and completed as their applier does, before anything live is looked at. */
export interface PreparedGroup extends Group {
  readonly id: string;
  readonly source: FolderSource;
  readonly dialect: Dialect;
  readonly entries: readonly Entry[];
  readonly problems: ReadonlyMap<string, readonly ManifestProblem[]>;
  /** Everything whose live state is needed: desired objects and the application's inventory. */
  readonly refs: readonly ObjectRef[];
  /** Their kinds. */
  readonly uses: readonly KindUse[];
  /** False when some manifests are not what the applier sends: then what no file has may still be built. */
  readonly complete: boolean;
  /** As `GroupObjects.ahead`. */
  readonly ahead: string | undefined;
  /** How it is rendered; `undefined`: its files are applied as they stand. */
  readonly plan: Plan | undefined;
  /** What a file (absolute path) makes of the group as it is on disk; `undefined` where nothing that matters is unsaved. */
  readonly saved: (file: string) => ObjectsById | undefined;
  /** Absolute paths of the files that were rendered. */
  readonly consumed: ReadonlySet<string>;
  /** While it is being rendered: what is shown in its place. It has no entries then. */
  readonly standIn?: readonly ObjectState[];
  /** Finds out where the values of rendered manifests are set; `undefined` where they stand in their own documents. */
  readonly trace: TraceGroup | undefined;
}

export interface Entry {
  readonly id: string;
  readonly manifest: Manifest;
  readonly desired: Completed;
  readonly ref: ObjectRef;
  /** Why the manifest is not what the applier sends; `undefined` when it is. */
  readonly undecided: string | undefined;
  /** Why its applier takes another manifest of the same object in its place. */
  readonly superseded?: string;
  /** Why its applier refuses it because of another manifest of the same object. */
  readonly refused?: string;
  /** As `GroupObjects.once`. */
  readonly once: OnceRule | undefined;
}

/** Who has the objects as their applier sends them, by `objectId`. */
export type ObjectsById = ReadonlyMap<string, Holder>;

/** What a stage has of one object; `undefined`: that cannot be told, for the reason that `doubtAt` gives. */
export const objectAt = (at: ObjectsAt, id: string): Holder | null | undefined => (at.kind === 'unknown' || doubtAt(at, id) !== undefined ? undefined : (at.byId.get(id) ?? null));

/** Where one object cannot be told, one that is not among the others may be it under another name. */
export function doubtAt(at: ObjectsAt, id: string): string | undefined {
  if (at.kind === 'unknown') return at.reason;
  return at.uncertain?.get(id) ?? (at.uncertain === undefined || at.byId.has(id) ? undefined : [...at.uncertain.values()][0]);
}

export type ObjectsAt = { readonly kind: 'known'; readonly byId: ObjectsById; readonly uncertain?: ReadonlyMap<string, string> } | Extract<ManifestsAt, { readonly kind: 'unknown' }>;

/** What Git has of a group, at each stage of its way to the cluster. */
export interface History {
  readonly base: ObjectsAt;
  readonly head: ObjectsAt;
  readonly upstream: ObjectsAt;
  readonly behind: boolean;
}

export interface GroupReaderParts {
  readonly cluster: Cluster;
  readonly revisions: Revisions;
  readonly rendering: Rendering;
  readonly helm: HelmPlans;
  readonly asked: Asked | undefined;
  /** Grows whenever the server may serve other kinds. */
  readonly discovered: () => number;
}

/** Reads the objects of a group, now and at commits, and completes them as their applier does. */
export class GroupReader {
  readonly #parts: GroupReaderParts;
  readonly #identified = new WeakMap<readonly Manifest[], { readonly context: string; readonly byId: ObjectsById }>();
  readonly #desired = new WeakMap<Manifest, Completed>();
  /** By content: equal ones are the same object. */
  readonly #contexts = new Map<string, DesiredContext>();
  /** Most manifests have the context of the one before. */
  #lastContext: { readonly application: Completing['application']; readonly planned: boolean; readonly context: DesiredContext } | undefined;
  /** By group: what was prepared last, and of what. */
  readonly #prepared = new Map<string, { readonly of: PreparedOf; readonly built: Built | undefined; readonly prepared: PreparedGroup }>();
  readonly #without = new WeakMap<PreparedGroup, { readonly key: string; readonly group: PreparedGroup }>();
  /** By file: the saved text under an unsaved one, parsed. */
  readonly #saved = new Map<string, { readonly text: string; readonly dialect: Dialect; readonly manifests: readonly Manifest[] }>();

  constructor(parts: GroupReaderParts) {
    this.#parts = parts;
  }

  /** Lets go of groups that are no more. */
  keep(groups: readonly { readonly id: string }[]): void {
    const ids = new Set(groups.map(({ id }) => id));
    for (const id of this.#prepared.keys()) if (!ids.has(id)) this.#prepared.delete(id);
  }

  /** Says what there is to prepare; takes no time. */
  order(group: Group | ReleaseGroup, source: FolderSource): GroupOrder {
    const released = isReleased(group);
    const plan = released ? this.#parts.helm.plan(group, source) : this.#parts.rendering.plan(group, source);
    const id = this.#idOf(group, source);
    const { application } = group;
    const around = { ignore: source.ignoredFor(application?.kind === 'HelmRelease' ? { source: application.chartSource } : application), top: source.repository?.root, discovered: this.#parts.discovered() };
    // What a release holds is read off the cluster.
    if (released) return { id, group, source, plan, of: undefined, around };
    // Where Flux is only said to apply it, it depends on what is live.
    if (this.#parts.asked?.applier === 'flux') return { id, group, source, plan, of: undefined, around: undefined };
    return { id, group, source, plan, of: { ...around, group, newest: plan ? 0 : source.index.newest(group.files), key: plan?.key }, around };
  }

  /** The same object as last time when nothing it is made of has changed. `built`: what its plan makes of its files, where that is known. */
  async prepare(order: GroupOrder, built: Built | undefined, pace: Pace, signal: AbortSignal): Promise<PreparedGroup> {
    const { id, of, source, plan } = order;
    const before = this.#prepared.get(id);
    if (of && before && before.built === built && sameOrigin(before.of, of)) return before.prepared;
    const prepared = await this.#prepare(order, built ?? (plan && (await build(plan, file => source.index.isUnsaved(file), signal))), pace);
    if (of) this.#prepared.set(id, { of, built, prepared });
    return prepared;
  }

  #idOf({ application, folder }: Group, source: FolderSource): string {
    const part = application?.tool === 'argo' && application.part.index > 0 ? `#${application.part.index}` : '';
    // Two clusters may apply one folder.
    return `${this.#parts.cluster.pin.context}|${application ? `${application.kind}:${objectId(application.ref)}@${source.root}${part}` : `folder:${folder}`}`;
  }

  async #prepare({ id, group: given, source, plan }: GroupOrder, built: Built | undefined, pace: Pace): Promise<PreparedGroup> {
    const group = isReleased(given) ? await this.#withStored(given, plan) : given;
    const { application } = group;
    const dialect: Dialect = application || this.#parts.asked?.applier === 'flux' ? 'K3' : 'K2';
    const now = built?.now;
    const read = now?.kind === 'rendered' ? rendered(now, group, source) : isReleased(group) ? NO_OBJECTS : await this.#written(group, source, dialect, now, pace);
    const { problems, complete, consumed } = read;
    const whole = covers(this.#parts.asked, group.folder);
    const entries: Entry[] = [];
    for (const { manifest, undecided, once } of read.manifests) {
      if (!whole && !covers(this.#parts.asked, manifest.file)) continue;
      const desired = this.#complete(manifest, { application, plan });
      const { ref } = desired;
      entries.push({ id: entryId(id, objectId(ref)), manifest, desired, ref, undecided, once });
      const pause = pace();
      if (pause) await pause;
    }
    const written = { application, source, dialect };
    const savedById = built?.saved?.kind === 'rendered' ? this.#byId(built.saved.manifests, { application, plan }) : undefined;
    const refs = [...(application?.remoteCluster === undefined ? [...entries.map(({ ref }) => ref), ...(application?.inventory ?? [])] : []), ...(plan?.refs ?? [])];
    return {
      ...group,
      evidence: now?.kind === 'rendered' && now.by !== undefined ? [...group.evidence, now.by] : group.evidence,
      // Without its record nothing is known of what a release holds: its file says something else.
      doubt: group.doubt ?? (isReleased(group) && now?.kind === 'failed' ? now.reason : undefined),
      id,
      source,
      dialect,
      entries: withTwins(entries, application?.tool, source.repository?.root ?? source.root),
      problems,
      complete: complete && whole,
      ahead: now?.kind === 'rendered' ? now.ahead : undefined,
      plan,
      saved: plan ? () => savedById : file => this.#savedFile(file, written),
      consumed,
      trace: now?.kind === 'rendered' ? now.trace : undefined,
      refs,
      uses: usesOf(refs),
    };
  }

  /** The order with everything that its application is known to hold. */
  async withInventory(order: GroupOrder): Promise<GroupOrder> {
    const { group, plan } = order;
    return isReleased(group) ? { ...order, group: await this.#withStored(group, plan) } : order;
  }

  /** What a release holds is its inventory, too: what its chart no longer has is deleted by the next upgrade. */
  async #withStored(group: ReleaseGroup, plan: Plan | undefined): Promise<ReleaseGroup> {
    const { application } = group;
    const applied = await plan?.applied?.();
    // Without its chart nothing says what the next upgrade deletes.
    if (applied?.kind !== 'known' || ('written' in group && group.chart === undefined)) return group;
    const inventory = new Map([...application.inventory, ...[...this.#byId(applied.manifests, { application, plan }).values()].flatMap(({ object }) => refOf(object) ?? [])].map(ref => [objectId(ref), ref]));
    return { ...group, application: { ...application, inventory: [...inventory.values()] } } as ReleaseGroup;
  }

  /** The commits that `history` looks at. */
  revisions({ application }: Group, { facts }: FolderSource): Readonly<Record<'applied' | 'head' | 'upstream', string | undefined>> {
    const asked = this.#parts.asked?.base ?? { kind: 'auto' };
    return { applied: asked.kind === 'auto' ? application?.appliedRevision : asked.kind === 'revision' ? asked.revision : undefined, head: facts.head, upstream: facts.upstream };
  }

  /** What Git has of the group's manifests, at each stage of their way to the cluster. */
  async history(group: PreparedGroup, signal: AbortSignal): Promise<History> {
    const { application, source, plan } = group;
    const { repository } = source;
    const asked = this.#parts.asked?.base ?? { kind: 'auto' };
    const at = (revision: string | undefined, why: string): Promise<ObjectsAt> => (revision === undefined ? Promise.resolve({ kind: 'unknown', reason: why }) : this.at(group, revision, signal));
    const { applied, head: newest, upstream: remote } = this.revisions(group, source);
    const recorded = asked.kind === 'auto' ? await plan?.applied?.() : undefined;
    const [base, head, upstream] = await Promise.all([
      recorded ? this.#identify(recorded, group) : at(applied, asked.kind === 'none' ? 'no base was to be used' : application ? 'the application has not applied any revision yet' : 'no record of what was last applied'),
      at(newest, 'no commit'),
      at(remote, 'no upstream branch'),
    ]);
    const behind = repository !== undefined && applied !== undefined && newest !== undefined && applied !== newest && (await repository.isAncestor(newest, applied)) === true;
    return { base, head, upstream, behind };
  }

  /** The group without these objects (`objectId`), the same one for the same. */
  without(group: PreparedGroup, ids: ReadonlySet<string>): PreparedGroup {
    const key = [...ids].sort().join('\0');
    const kept = this.#without.get(group);
    if (kept?.key === key) return kept.group;
    const left = { ...group, entries: group.entries.filter(({ ref }) => !ids.has(objectId(ref))) };
    this.#without.set(group, { key, group: left });
    return left;
  }

  /** What an application makes of the files of a folder at a commit, whoever it is said to belong to. */
  builtAt(group: Group, source: FolderSource, revision: string, signal: AbortSignal): Promise<ObjectsAt> {
    return this.at({ ...group, source, dialect: 'K3', plan: this.#parts.rendering.plan(group, source) }, revision, signal);
  }

  /** What a commit has of the group's manifests. */
  async at(group: Group & Pick<PreparedGroup, 'dialect' | 'plan' | 'source'>, revision: string, signal: AbortSignal): Promise<ObjectsAt> {
    const { source } = group;
    const { repository } = source;
    if (!repository) return { kind: 'unknown', reason: 'there is no Git repository here' };
    const read = await (group.plan ? group.plan.at(revision, signal) : this.#parts.revisions.at({ repository, gitReads: source.gitReads, ignored: () => source.ignoredAt(revision, group.application), index: source.index }, revision, group.folder, group.dialect, selectionOf(group, repository.root)));
    return this.#identify(read, group);
  }

  #identify(read: ManifestsAt, group: Completing): ObjectsAt {
    if (read.kind === 'unknown') return read;
    const byId = this.#byId(read.manifests, group);
    if (!read.uncertain) return { kind: 'known', byId };
    return { kind: 'known', byId, uncertain: new Map([...read.uncertain].map(([manifest, reason]) => [objectId(this.#complete(manifest, group).ref), reason])) };
  }

  /** Files as they stand; `failed`: what kustomize would have made of them is not known. */
  async #written(group: Group, source: FolderSource, dialect: Dialect, failed: GroupObjects | undefined, pace: Pace): Promise<ReadObjects> {
    const problems = new Map<string, readonly ManifestProblem[]>();
    const manifests: ReadObjects['manifests'][number][] = [];
    const readings = readGroup(group, source.repository?.root ?? source.root, source.ignoredFor(group.application));
    const whole = covers(this.#parts.asked, group.folder);
    for (const [file, { undecided }] of readings) {
      if (!whole && !covers(this.#parts.asked, file)) continue;
      const pause = pace();
      if (pause) await pause;
      if (group.application?.tool === 'argo' && source.index.text(file)?.includes(SKIP_MARKER) === true) continue;
      const parsed = source.index.parsed(file, dialect);
      problems.set(file, parsed.problems);
      for (const manifest of parsed.manifests) manifests.push({ manifest, undecided: failed?.kind === 'failed' ? failed.reason : undecided, once: undefined });
    }
    if (failed?.kind === 'failed') for (const [file, list] of failed.problems) problems.set(file, [...(problems.get(file) ?? []), ...list]);
    return { manifests, problems, complete: failed === undefined && [...readings.values()].every(({ undecided }) => undecided === undefined), consumed: new Set() };
  }

  /** The manifest as its applier sends it, computed once per manifest and context. */
  #complete(manifest: Manifest, group: Completing): Completed {
    const context = this.#contextOf(manifest.ref, group);
    const kept = this.#desired.get(manifest);
    if (kept?.context === context) return kept;
    const desired = new Completed(manifest, context);
    this.#desired.set(manifest, desired);
    return desired;
  }

  /** The same object for the same content. */
  #contextOf(ref: ObjectRef, { application, plan }: Completing): DesiredContext {
    const namespaced = this.#parts.cluster.resource(ref.apiVersion, ref.kind)?.namespaced;
    const last = this.#lastContext;
    if (last && last.application === application && last.planned === (plan !== undefined) && last.context.namespaced === namespaced) return last.context;
    const made = this.#makeContext(ref, namespaced, { application, plan });
    const key = JSON.stringify(made);
    const context = this.#contexts.get(key) ?? made;
    this.#contexts.set(key, context);
    // A person who names the applier has each object looked at by itself.
    this.#lastContext = this.#parts.asked?.applier === 'flux' ? undefined : { application, planned: plan !== undefined, context };
    return context;
  }

  #makeContext(ref: ObjectRef, namespaced: boolean | undefined, { application, plan }: Completing): DesiredContext {
    if (!application) return this.#named(ref, namespaced) ?? { tool: 'plain', namespaced, defaultNamespace: this.#parts.cluster.namespace };
    const { targetNamespace } = application;
    if (application.tool === 'argo') return { tool: 'argo', namespaced, instance: application.instance, targetNamespace, tracking: application.tracking };
    if (application.tool === 'helm') return { tool: 'helm', namespaced, ...releaseOf(application) };
    const { ref: owner, commonMetadata, decrypts } = application;
    // Where kustomize was run it has placed everything.
    return { tool: 'flux', namespaced, name: owner.name, namespace: owner.namespace ?? '', targetNamespace: plan ? undefined : targetNamespace, commonMetadata, decrypts };
  }

  /** Where a person says that Flux applies the files, and the Kustomization cannot be read: its labels on the live object tell which one it is. */
  #named(ref: ObjectRef, namespaced: boolean | undefined): DesiredContext | undefined {
    if (this.#parts.asked?.applier !== 'flux' || (namespaced !== false && ref.namespace === undefined)) return undefined;
    const live = this.#parts.cluster.store.read(ref);
    const owner = live.kind === 'present' ? fluxOwner(live.object) : undefined;
    return owner && { tool: 'flux', namespaced, ...owner, targetNamespace: undefined, commonMetadata: { labels: {}, annotations: {} }, decrypts: true };
  }

  /** Completed as the applier does, so that both sides are found under one id. */
  #byId(manifests: readonly Manifest[], group: Completing): ObjectsById {
    const { application } = group;
    const context = JSON.stringify([application?.ref, application?.targetNamespace, application && marksOf(application), group.plan !== undefined, this.#parts.discovered()]);
    const kept = this.#identified.get(manifests);
    if (kept?.context === context) return kept.byId;
    const byId = new Map<string, Completed>();
    for (const manifest of manifests) {
      const desired = this.#complete(manifest, group);
      byId.set(objectId(desired.ref), desired);
    }
    this.#identified.set(manifests, { context, byId });
    return byId;
  }

  /** The objects of the file on disk; `undefined` when the text in the editor is the file's. */
  #savedFile(file: string, { application, source: { index }, dialect }: Pick<PreparedGroup, 'application' | 'source' | 'dialect'>): ObjectsById | undefined {
    if (!index.isUnsaved(file)) {
      this.#saved.delete(file);
      return undefined;
    }
    const text = index.savedText(file) ?? '';
    let saved = this.#saved.get(file);
    if (saved?.text !== text || saved.dialect !== dialect) {
      saved = { text, dialect, manifests: parseManifests(file, text, dialect).manifests };
      this.#saved.set(file, saved);
    }
    return this.#byId(saved.manifests, { application, plan: undefined });
  }
}

/** What decides how the objects of an application are completed. */
function marksOf(application: Application): unknown {
  switch (application.tool) {
    case 'argo':
      return application.tracking;
    case 'helm':
      return releaseOf(application);
    case 'flux':
      return [application.commonMetadata, application.decrypts];
  }
}

/** The release as its marks on objects name it. */
function releaseOf(application: FluxHelmRelease | HelmInstall): Pick<HelmRevision, 'name' | 'namespace'> {
  const { name, namespace } = appliedRelease(application)?.revision ?? application.release;
  return { name, namespace };
}

/** What is applied is a release that Helm stored. */
export type ReleaseGroup = HelmGroup | InstallGroup;
const isReleased = (group: Group | ReleaseGroup): group is ReleaseGroup => 'declared' in group || 'written' in group;

/** A group that is to be prepared. */
export interface GroupOrder {
  readonly id: string;
  readonly group: Group | ReleaseGroup;
  readonly source: FolderSource;
  readonly plan: Plan | undefined;
  /** `undefined`: on more than can be told. */
  readonly of: PreparedOf | undefined;
  /** What decides what its plan builds, but its files and what the plan's key says; `undefined`: more does. */
  readonly around: Around | undefined;
}

interface Around {
  readonly ignore: ReturnType<FolderSource['ignoredFor']>;
  readonly top: string | undefined;
  readonly discovered: number;
}

/** Everything that a group is prepared of, but what is read for one that is rendered. */
export interface PreparedOf extends Around {
  readonly group: Group;
  /** The plan's. */
  readonly key: string | undefined;
  /** Of its files' texts; of one that is rendered 0. */
  readonly newest: number;
}

const sameOrigin = (a: PreparedOf, b: PreparedOf): boolean => a.newest === b.newest && a.key === b.key && a.ignore === b.ignore && a.top === b.top && a.discovered === b.discovered && (a.group === b.group || isDeepStrictEqual(a.group, b.group));

/** What has to be known of a group to complete its manifests. */
type Completing = Pick<PreparedGroup, 'application' | 'plan'>;

type ReadObjects = Pick<PreparedGroup, 'problems' | 'complete' | 'consumed'> & { readonly manifests: readonly Pick<Entry, 'manifest' | 'undecided' | 'once'>[] };

const NO_OBJECTS: ReadObjects = { manifests: [], problems: new Map(), complete: false, consumed: new Set() };

function rendered({ manifests, undecided, once, files, by, problems }: Extract<GroupObjects, { readonly kind: 'rendered' }>, group: Group | ReleaseGroup, { index }: FolderSource): ReadObjects {
  const { application } = group;
  const own = 'declared' in group ? group.files : [];
  // Files that name a release's objects are read for their folder, too.
  const isOthers = 'written' in group;
  const whole = application && notComputed(application);
  return {
    manifests: manifests.map(manifest => ({ manifest, undecided: whole ?? undecided.get(manifest), once: once?.get(manifest) })),
    // What a program of the user's own reads are templates; a HelmRelease is none.
    problems: new Map([...new Set([...files, ...(problems?.keys() ?? [])])].filter(file => index.text(file) !== undefined).map(file => [file, [...((by === undefined && files.has(file) && !isOthers) || own.includes(file) ? index.parsed(file, 'K3').problems : []), ...(problems?.get(file) ?? [])]])),
    complete: whole === undefined && undecided.size === 0,
    consumed: files,
  };
}
