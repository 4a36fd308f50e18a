import type { JsonObject } from '../base/json';
import type { Cluster, LiveState } from '../cluster/api';
import type { Application } from '../gitops/application';
import { describeRef, objectId, type ObjectRef } from '../kube/identity';
import { applierOf, chosenApplier, hasSyncOption, impersonated } from './applier';
import type { Asked } from './asked';
import type { Claims } from './claims';
import type { Completed } from './completed';
import type { DryRuns } from './dry-runs';
import { baseDoubt, elsewhere, wrongVersion } from './facts';
import { doubtAt, objectAt, type Entry, type History, type ObjectsAt, type PreparedGroup } from './group-reader';
import { ignoringOf } from './ignored';
import { inputOf, type HeldInput, type Terms } from './judge-input';
import { KnownFacts, versionIn, type LiveFacts } from './live-facts';
import { sameTerms } from './same-input';
import type { Schemas } from './schemas';

interface GroupInputsParts {
  readonly cluster: Cluster;
  readonly schemas: Schemas;
  readonly dryRuns: Pick<DryRuns, 'known' | 'has'>;
  readonly asked: Asked | undefined;
}

/** Objects come by kind and namespace, and of several kinds at once. */
const LATEST = 8;

/** What has to be known beside a group. */
interface Around {
  readonly history: History;
  readonly claims: Claims;
}

/** Brings together what the verdict on one object depends on. */
export class GroupInputs {
  readonly #parts: GroupInputsParts;
  readonly facts = new KnownFacts();
  /** Terms of the inputs before, newest first. */
  readonly #latest: Terms[] = [];

  constructor(parts: GroupInputsParts) {
    this.#parts = parts;
  }

  /** Makes no object. `before`: an input of the object, maybe of this very live state. */
  of(group: PreparedGroup, entry: Entry, live: LiveState, { history, claims }: Around, before?: HeldInput): HeldInput {
    const { manifest, ref } = entry;
    const asked = this.#parts.asked?.base.kind ?? 'auto';
    const facts = before?.live === live ? before.facts : this.facts.of(live);
    const input: HeldInput = {
      entry,
      live,
      base: entry.once?.expected === true ? NO_RECORD : group.application || asked !== 'auto' ? this.#atBase(group, history.base, ref, facts) : facts.base,
      stages: this.#stages(group, entry, history),
      terms: this.#shared(this.#terms(group, entry, live, { history, claims, facts })),
      text: group.source.index.text(manifest.file),
      facts,
    };
    const dryRun = this.#parts.dryRuns.has(ref) ? this.#parts.dryRuns.known(inputOf(input)) : undefined;
    return dryRun ? { ...input, dryRun } : input;
  }

  #terms(group: PreparedGroup, entry: Entry, live: LiveState, { history, claims, facts }: Around & { readonly facts: LiveFacts }): Terms {
    const { desired, ref } = entry;
    const { application } = group;
    const asked = this.#parts.asked?.base.kind ?? 'auto';
    const chosen = this.#parts.asked?.applier ?? 'auto';
    const schema = this.#parts.schemas.of(ref.apiVersion, ref.kind);
    const told = application ? toldOn(application, desired) : desired.marks;
    const of = chosen === 'auto' ? (application ? applierOf(application, told, facts.marks, facts.applied) : facts.applier) : chosenApplier(chosen, facts.applied, application);
    const applier = entry.superseded === undefined ? of : { ...of, leaves: entry.superseded };
    const others = (claims.size === 0 ? undefined : claims.get(objectId(ref)))?.filter(name => !application || name !== describeRef(application.ref)) ?? [];
    return {
      behind: history.behind,
      schema: schema.kind === 'ready' ? schema.type : undefined,
      applier,
      undecided: (application || chosen === 'auto' ? group.doubt : undefined) ?? facts.unreadable ?? entry.undecided ?? (application || chosen !== 'auto' ? undefined : facts.claimed) ?? desired.undecided ?? (schema.kind === 'loading' ? 'the schema of this kind is being read' : undefined),
      invalid: desired.invalid ?? entry.refused ?? (application?.remoteCluster === undefined ? wrongVersion(ref, this.#parts.cluster) : undefined),
      baseInDoubt: application && asked === 'auto' ? (baseDoubt(application) ?? group.plan?.doubt) : undefined,
      impersonated: application && facts.unreadable === undefined ? impersonated({ applied: facts.applied, version: versionIn(live) }, applier, application) : undefined,
      ignoring: application && ignoringOf(application, told, ref),
      alsoClaimedBy: others.length > 0 ? others : undefined,
      once: entry.once,
      force: application?.tool === 'argo' ? [desired.marks, facts.marks].some(one => hasSyncOption(one, 'Force=true')) : application?.force === true,
      ahead: group.ahead,
      masked: this.#parts.cluster.masked,
    };
  }

  /** The same object for equal ones, as far as they come close to each other. */
  #shared(terms: Terms): Terms {
    const known = this.#latest.find(one => sameTerms(one, terms));
    if (known) return known;
    this.#latest.unshift(terms);
    if (this.#latest.length > LATEST) this.#latest.pop();
    return terms;
  }

  /** What is called the same in this cluster is another object where the application applies to another one. */
  liveOf({ application }: PreparedGroup, ref: ObjectRef): LiveState {
    return application?.remoteCluster === undefined ? this.#parts.cluster.store.read(ref) : { kind: 'unknown', status: { kind: 'elsewhere', reason: elsewhere(application.remoteCluster) } };
  }

  #atBase(group: PreparedGroup, base: ObjectsAt, ref: ObjectRef, facts: LiveFacts): HeldInput['base'] {
    const of = objectAt(base, objectId(ref));
    if (of) return { kind: 'known', of };
    if (of === null) return { kind: 'absent' };
    const unknown = { kind: 'unknown', reason: doubtAt(base, objectId(ref)) ?? '' } as const;
    return group.application?.tool === 'argo' ? (facts.argoBase ?? unknown) : unknown;
  }

  #stages({ saved }: PreparedGroup, { manifest, ref }: Entry, { head, upstream }: History): HeldInput['stages'] {
    const id = objectId(ref);
    const onDisk = saved(manifest.file);
    if (!onDisk && head.kind !== 'known' && upstream.kind !== 'known') return NO_STAGES;
    const [atHead, atUpstream] = [objectAt(head, id), objectAt(upstream, id)];
    return {
      ...(onDisk && { saved: onDisk.get(id) ?? null }),
      ...(atHead !== undefined && { head: atHead }),
      ...(atUpstream !== undefined && { upstream: atUpstream }),
    };
  }
}

/** What the applier may be told on the object itself. By rules that look at its labels it has to be made, which takes a while. */
const toldOn = (application: Application, desired: Completed): JsonObject => (looksAtLabels(application) ? desired.object : desired.marks);

function looksAtLabels(application: Application): boolean {
  if (application.kind === 'Helm release') return false;
  return (application.tool === 'argo' ? application.excluded.selectors : application.ignore).length > 0;
}

/** Helm records nothing of what it installs once. */
const NO_RECORD: HeldInput['base'] = { kind: 'unknown', reason: 'Helm keeps no record of definitions in crds/' };

const NO_STAGES: HeldInput['stages'] = {};
