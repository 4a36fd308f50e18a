import type { JsonObject } from '../base/json';
import type { Cluster, LiveState } from '../cluster/api';
import { SKIP_MARKER } from '../gitops/argo-files';
import { describeRef, objectId, refOf, type ObjectRef } from '../kube/identity';
import type { Dialect, Manifest, ManifestProblem } from '../manifests/document';
import { parseManifests } from '../manifests/parse';
import { applierOf, chosenApplier, fluxOwner, hasSyncOption, isImpersonated } from './applier';
import { covers, type Asked } from './asked';
import { countVerdicts, mainNamespace, sortObjects } from './assemble';
import type { Claims } from './claims';
import type { Pace } from './computation';
import { desiredOf, type Desired, type DesiredContext } from './desired';
import type { DryRuns } from './dry-runs';
import { baseDoubt, notComputed, readGroup, selectionOf, wrongVersion } from './facts';
import type { FolderSource } from './folder-source';
import type { Group } from './groups';
import { ignoringOf } from './ignored';
import { judge } from './judge';
import type { JudgeInput } from './judge-input';
import { liveFacts, type LiveFacts } from './live-facts';
import { judgeOrphan } from './orphan';
import { unknownVariables, type GroupObjects, type Plan, type Rendering } from './rendering';
import type { ManifestsAt, Revisions } from './revisions';
import { sameInput } from './same-input';
import type { Schemas } from './schemas';
import type { Counts, ObjectState } from './snapshot';
import type { ObjectVerdict } from './verdict';

/** A group whose manifests are read and completed as their applier does, before anything live is looked at. */
export interface PreparedGroup extends Group {
  readonly id: string;
  readonly source: FolderSource;
  readonly dialect: Dialect;
  readonly entries: readonly Entry[];
  readonly problems: ReadonlyMap<string, readonly ManifestProblem[]>;
  /** Everything whose live state is needed: desired objects and the application's inventory. */
  readonly refs: readonly ObjectRef[];
  /** False when some manifests are not what the applier sends: then what no file has may still be built. */
  readonly complete: boolean;
  /** How it is rendered; `undefined`: its files are applied as they stand. */
  readonly plan: Plan | undefined;
  /** Rendered from the files as saved; `undefined` where nothing is unsaved, or nothing rendered. */
  readonly saved: readonly Manifest[] | undefined;
  /** Absolute paths of the files that were rendered. */
  readonly consumed: ReadonlySet<string>;
}

interface Entry {
  readonly id: string;
  readonly manifest: Manifest;
  readonly desired: Desired;
  readonly ref: ObjectRef;
  /** Why the manifest is not what the applier sends; `undefined` when it is. */
  readonly undecided: string | undefined;
}

export interface JudgedGroup extends Group {
  readonly id: string;
  /** Where most of it lives. */
  readonly namespace: string;
  readonly objects: readonly ObjectState[];
  readonly counts: Counts;
  readonly problems: ReadonlyMap<string, readonly ManifestProblem[]>;
  readonly inputs: ReadonlyMap<string, JudgeInput>;
}

/** Judges the objects of one group, each again only when something it depends on has changed. */
export class GroupJudge {
  readonly #cluster: Cluster;
  readonly #schemas: Schemas;
  readonly #revisions: Revisions;
  readonly #rendering: Rendering;
  readonly #dryRuns: Pick<DryRuns, 'known'>;
  readonly #asked: Asked | undefined;
  /** By group, then by object: the verdicts of the last run. */
  readonly #verdicts = new Map<string, ReadonlyMap<string, Judged>>();
  readonly #identified = new WeakMap<readonly Manifest[], { readonly context: string; readonly byId: ReadonlyMap<string, JsonObject> }>();
  readonly #facts = new WeakMap<LiveState, LiveFacts>();
  readonly #desired = new WeakMap<Manifest, { readonly context: string; readonly desired: Desired }>();
  /** By file: the saved text under an unsaved one, parsed. */
  readonly #saved = new Map<string, { readonly text: string; readonly dialect: Dialect; readonly manifests: readonly Manifest[] }>();

  constructor(cluster: Cluster, schemas: Schemas, revisions: Revisions, rendering: Rendering, dryRuns: Pick<DryRuns, 'known'>, asked: Asked | undefined) {
    this.#dryRuns = dryRuns;
    this.#asked = asked;
    this.#rendering = rendering;
    this.#cluster = cluster;
    this.#schemas = schemas;
    this.#revisions = revisions;
  }

  async prepare(group: Group, source: FolderSource, pace: Pace, signal: AbortSignal): Promise<PreparedGroup> {
    const { application } = group;
    const id = application ? `${application.kind}:${objectId(application.ref)}@${source.root}` : `folder:${group.folder}`;
    const dialect: Dialect = application || this.#asked?.applier === 'flux' ? 'K3' : 'K2';
    const plan = this.#rendering.plan(group, source);
    const now = plan && (await this.#rendering.now(group, source, plan, false, signal));
    const read = now?.kind === 'rendered' && plan ? rendered(now, plan, group, source) : await this.#written(group, source, dialect, now, pace);
    const { problems, complete, consumed } = read;
    const entries = read.manifests.filter(({ manifest }) => covers(this.#asked, group.folder) || covers(this.#asked, manifest.file)).map(({ manifest, undecided }): Entry => {
      const desired = this.#complete(manifest, { application, plan });
      const ref = refOf(desired.object) ?? manifest.ref;
      return { id: `${id}|${objectId(ref)}`, manifest, desired, ref, undecided };
    });
    const unsaved = now?.kind === 'rendered' && [...consumed].some(file => source.index.isUnsaved(file));
    const saved = plan && unsaved ? await this.#rendering.now(group, source, plan, true, signal) : undefined;
    return {
      ...group,
      id,
      source,
      dialect,
      entries: numbered(entries),
      problems,
      complete: complete && covers(this.#asked, group.folder),
      plan,
      saved: saved?.kind === 'rendered' ? saved.manifests : undefined,
      consumed,
      refs: [...entries.map(({ ref }) => ref), ...(application?.inventory ?? []), ...(plan?.refs ?? [])],
    };
  }

  /** Files as they stand; `failed`: what kustomize would have made of them is not known. */
  async #written(group: Group, source: FolderSource, dialect: Dialect, failed: GroupObjects | undefined, pace: Pace): Promise<ReadObjects> {
    const problems = new Map<string, readonly ManifestProblem[]>();
    const manifests: ReadObjects['manifests'][number][] = [];
    const readings = readGroup(group, source.repository?.root ?? source.root, source.ignore);
    const whole = covers(this.#asked, group.folder);
    for (const [file, { undecided }] of readings) {
      if (!whole && !covers(this.#asked, file)) continue;
      await pace();
      if (group.application?.tool === 'argo' && source.index.text(file)?.includes(SKIP_MARKER) === true) continue;
      const parsed = source.index.parsed(file, dialect);
      problems.set(file, parsed.problems);
      for (const manifest of parsed.manifests) manifests.push({ manifest, undecided: failed?.kind === 'failed' ? failed.reason : undecided });
    }
    if (failed?.kind === 'failed') for (const [file, list] of failed.problems) problems.set(file, [...(problems.get(file) ?? []), ...list]);
    return { manifests, problems, complete: failed === undefined && [...readings.values()].every(({ undecided }) => undecided === undefined), consumed: new Set() };
  }

  /** Lets go of groups that are no more. */
  keep(groups: readonly { readonly id: string }[]): void {
    const ids = new Set(groups.map(({ id }) => id));
    for (const id of this.#verdicts.keys()) if (!ids.has(id)) this.#verdicts.delete(id);
  }

  async judge(group: PreparedGroup, history: History, claims: Claims, pace: Pace): Promise<JudgedGroup> {
    const before = this.#verdicts.get(group.id);
    const judged = new Map<string, Judged>();
    const objects: ObjectState[] = [];
    for (const entry of group.entries) {
      await pace();
      const input = this.#input(group, entry, history, claims);
      const kept = before?.get(entry.id);
      const verdict = kept && sameInput(kept.input, input) ? kept.verdict : judge(input);
      judged.set(entry.id, { input, verdict });
      objects.push({ id: entry.id, application: group.id, ref: entry.ref, manifest: entry.manifest, verdict });
    }
    this.#verdicts.set(group.id, judged);
    objects.push(...this.#orphans(group));
    const namespaces = group.entries.map(({ ref }) => ref.namespace);
    const fallback = group.application?.targetNamespace ?? group.application?.ref.namespace ?? this.#cluster.namespace;
    return {
      ...group,
      namespace: group.application?.targetNamespace ?? mainNamespace(namespaces, fallback),
      objects: sortObjects(objects),
      counts: countVerdicts(objects.map(({ verdict }) => verdict.verdict)),
      inputs: new Map([...judged].map(([id, { input }]) => [id, input])),
    };
  }

  /** The manifest as its applier sends it, computed once per manifest and context. */
  #complete(manifest: Manifest, group: Completing): Desired {
    const context = this.#contextOf(manifest.ref, group);
    const key = JSON.stringify(context);
    const kept = this.#desired.get(manifest);
    if (kept?.context === key) return kept.desired;
    const desired = desiredOf(manifest, context);
    this.#desired.set(manifest, { context: key, desired });
    return desired;
  }

  #contextOf(ref: ObjectRef, { application, plan }: Completing): DesiredContext {
    const namespaced = this.#cluster.resource(ref.apiVersion, ref.kind)?.namespaced;
    if (!application) return this.#named(ref, namespaced) ?? { tool: 'plain', namespaced, defaultNamespace: this.#cluster.namespace };
    const { targetNamespace } = application;
    if (application.tool === 'argo') return { tool: 'argo', namespaced, instance: application.instance, targetNamespace, tracking: application.tracking };
    const { ref: owner, commonMetadata } = application;
    // Where kustomize was run it has placed everything.
    return { tool: 'flux', namespaced, name: owner.name, namespace: owner.namespace ?? '', targetNamespace: plan ? undefined : targetNamespace, commonMetadata };
  }

  /** Where a person says that Flux applies the files, and the Kustomization cannot be read: its labels on the live object tell which one it is. */
  #named(ref: ObjectRef, namespaced: boolean | undefined): DesiredContext | undefined {
    if (this.#asked?.applier !== 'flux' || (namespaced !== false && ref.namespace === undefined)) return undefined;
    const live = this.#cluster.store.read(ref);
    const owner = live.kind === 'present' ? fluxOwner(live.object) : undefined;
    return owner && { tool: 'flux', namespaced, ...owner, targetNamespace: undefined, commonMetadata: { labels: {}, annotations: {} } };
  }

  /** What Git has of the group's manifests, at each stage of their way to the cluster. */
  async history(group: PreparedGroup, signal: AbortSignal): Promise<History> {
    const { application, source, folder, dialect, plan } = group;
    const { repository, facts } = source;
    const asked = this.#asked?.base ?? { kind: 'auto' };
    const at = async (revision: string | undefined, why: string): Promise<ManifestsAt> => {
      if (plan) return this.#rendering.at(revision, why, group, source, plan, signal);
      if (revision === undefined || !repository) return { kind: 'unknown', reason: why };
      return this.#revisions.at(repository, revision, folder, dialect, selectionOf(group, repository.root));
    };
    const applied = asked.kind === 'auto' ? application?.appliedRevision : asked.kind === 'revision' ? asked.revision : undefined;
    const [base, head, upstream] = await Promise.all([
      at(applied, asked.kind === 'none' ? 'no base was to be used' : application ? 'the application has not applied any revision yet' : 'no record of what was last applied'),
      at(facts.head, 'no commit'),
      at(facts.upstream, 'no upstream branch'),
    ]);
    const behind = repository !== undefined && applied !== undefined && facts.head !== undefined && applied !== facts.head && (await repository.isAncestor(facts.head, applied)) === true;
    return { base, head, upstream, behind };
  }

  #input(group: PreparedGroup, entry: Entry, history: History, claims: Claims): JudgeInput {
    const { manifest, desired, ref } = entry;
    const { application } = group;
    const text = group.source.index.text(manifest.file);
    const asked = this.#asked?.base.kind ?? 'auto';
    const chosen = this.#asked?.applier ?? 'auto';
    const doubt = application && asked === 'auto' ? (baseDoubt(application) ?? group.plan?.doubt) : undefined;
    const live = this.#cluster.store.read(ref);
    const schema = this.#schemas.of(ref.apiVersion, ref.kind);
    const facts = this.#factsOf(live);
    const applier = chosen === 'auto' ? (application ? applierOf(application, desired.object, facts.marks) : facts.applier) : chosenApplier(chosen, facts.applied, application);
    const invalid = desired.invalid ?? wrongVersion(ref, this.#cluster);
    const ignoring = application && ignoringOf(application, desired.object, ref);
    const others = claims.get(objectId(ref))?.filter(name => !application || name !== describeRef(application.ref)) ?? [];
    const input: JudgeInput = {
      manifest,
      desired: desired.object,
      live,
      base: application || asked !== 'auto' ? this.#atBase(group, history.base, ref, facts) : facts.base,
      stages: this.#stages(group, entry, history),
      behind: history.behind,
      schema: schema.kind === 'ready' ? schema.type : undefined,
      applier,
      undecided: (application || chosen === 'auto' ? group.doubt : undefined) ?? facts.unreadable ?? entry.undecided ?? (application || chosen !== 'auto' ? undefined : facts.claimed) ?? desired.undecided ?? (schema.kind === 'loading' ? 'the schema of this kind is being read' : undefined),
      force: application?.tool === 'argo' ? [desired.object, facts.marks].some(one => hasSyncOption(one, 'Force=true')) : application?.force === true,
      ...(this.#cluster.masked && { masked: true }),
      ...(text !== undefined && { text }),
      ...(invalid !== undefined && { invalid }),
      ...(isImpersonated(facts.applied, applier, application?.ranAt) && { impersonated: true }),
      ...(doubt !== undefined && { baseInDoubt: doubt }),
      ...(ignoring && { ignoring }),
      ...(others.length > 0 && { alsoClaimedBy: others }),
    };
    const dryRun = this.#dryRuns.known(input);
    return dryRun ? { ...input, dryRun } : input;
  }

  /** Read off each version of an object once. */
  #factsOf(live: LiveState): LiveFacts {
    const kept = this.#facts.get(live);
    if (kept) return kept;
    const facts = liveFacts(live);
    if (live.kind === 'present') this.#facts.set(live, facts);
    return facts;
  }

  #atBase(group: PreparedGroup, base: ManifestsAt, ref: ObjectRef, facts: LiveFacts): JudgeInput['base'] {
    if (base.kind === 'unknown') return group.application?.tool === 'argo' ? (facts.argoBase ?? base) : base;
    const object = this.#byId(base.manifests, group).get(objectId(ref));
    return object ? { kind: 'known', object } : { kind: 'absent' };
  }

  /** Completed as the applier does, so that both sides are found under one id. */
  #byId(manifests: readonly Manifest[], group: PreparedGroup): ReadonlyMap<string, JsonObject> {
    const { application } = group;
    const context = JSON.stringify([application?.ref, application?.targetNamespace, application?.tool === 'argo' ? application.tracking : application?.commonMetadata, group.plan !== undefined]);
    const kept = this.#identified.get(manifests);
    if (kept?.context === context) return kept.byId;
    const byId = new Map<string, JsonObject>();
    for (const manifest of manifests) {
      const { object } = this.#complete(manifest, group);
      byId.set(objectId(refOf(object) ?? manifest.ref), object);
    }
    this.#identified.set(manifests, { context, byId });
    return byId;
  }

  #stages(group: PreparedGroup, { manifest, ref }: Entry, { head, upstream }: History): JudgeInput['stages'] {
    const find = (at: ManifestsAt): JsonObject | null | undefined => {
      if (at.kind === 'unknown') return undefined;
      return this.#byId(at.manifests, group).get(objectId(ref)) ?? null;
    };
    const saved = this.#savedObject(group, manifest, ref);
    const atHead = find(head);
    const atUpstream = find(upstream);
    return { ...(saved !== undefined && { saved }), ...(atHead !== undefined && { head: atHead }), ...(atUpstream !== undefined && { upstream: atUpstream }) };
  }

  /** The object as the file on disk has it; `undefined` when the text in the editor is the file's. */
  #savedObject(group: PreparedGroup, { file }: Manifest, ref: ObjectRef): JsonObject | null | undefined {
    if (group.plan) return group.saved && (this.#byId(group.saved, group).get(objectId(ref)) ?? null);
    const { index } = group.source;
    if (!index.isUnsaved(file)) {
      this.#saved.delete(file);
      return undefined;
    }
    const text = index.savedText(file) ?? '';
    let saved = this.#saved.get(file);
    if (saved?.text !== text || saved.dialect !== group.dialect) {
      saved = { text, dialect: group.dialect, manifests: parseManifests(file, text, group.dialect).manifests };
      this.#saved.set(file, saved);
    }
    return this.#byId(saved.manifests, group).get(objectId(ref)) ?? null;
  }

  #orphans(group: PreparedGroup): ObjectState[] {
    if (!group.application) return [];
    const wanted = new Set(group.entries.map(({ ref }) => objectId(ref)));
    return group.application.inventory
      .filter(ref => !wanted.has(objectId(ref)))
      .flatMap(ref => {
        const live = this.#cluster.store.read(ref);
        const verdict = judgeOrphan(ref, live, { prune: group.application?.prune === true, complete: group.complete, doubt: group.doubt ?? this.#factsOf(live).unreadable });
        return verdict ? [{ id: `${group.id}|${objectId(ref)}`, application: group.id, ref, manifest: undefined, verdict }] : [];
      });
  }
}

/** What has to be known of a group to complete its manifests. */
type Completing = Pick<PreparedGroup, 'application' | 'plan'>;

type ReadObjects = Pick<PreparedGroup, 'problems' | 'complete' | 'consumed'> & { readonly manifests: readonly Pick<Entry, 'manifest' | 'undecided'>[] };

function rendered({ manifests, uncertain, files }: Extract<GroupObjects, { readonly kind: 'rendered' }>, plan: Plan, { application }: Group, { index }: FolderSource): ReadObjects {
  const whole = application && notComputed(application);
  return {
    manifests: manifests.map(manifest => ({ manifest, undecided: whole ?? (uncertain.has(manifest) ? unknownVariables(plan) : undefined) })),
    problems: new Map([...files].filter(file => index.text(file) !== undefined).map(file => [file, index.parsed(file, 'K3').problems])),
    complete: whole === undefined && uncertain.size === 0,
    consumed: files,
  };
}

interface Judged {
  readonly input: JudgeInput;
  readonly verdict: ObjectVerdict;
}

export interface History {
  readonly base: ManifestsAt;
  readonly head: ManifestsAt;
  readonly upstream: ManifestsAt;
  readonly behind: boolean;
}

/** The same object written twice in one group gets an id of its own each time: both are shown. */
function numbered(entries: readonly Entry[]): Entry[] {
  const seen = new Map<string, number>();
  return entries.map(entry => {
    const count = (seen.get(entry.id) ?? 0) + 1;
    seen.set(entry.id, count);
    return count === 1 ? entry : { ...entry, id: `${entry.id}#${count}` };
  });
}
