import { isArray, isObject, member, sameJson, textAt, type Json, type JsonObject } from '../base/json';
import { splitApiVersion } from '../kube/identity';
import type { Path } from '../kube/path';
import { isMasked } from '../kube/redact';
import type { SchemaType } from '../kube/schema';
import { typeProblem } from '../kube/type-problem';
import type { Draft } from './collapse';
import { lastAppliedBase } from './last-applied';
import { isBuiltIn, isDroppedWhenEmpty, isEmptyValue } from './empty-values';
import { isFluxTyped, isSentUnset } from './flux-typed';
import type { JudgeInput } from './judge-input';
import { lookup } from './lookup';
import { holders, holdersBelow, isClientSide, type Entry, type Ownership } from './ownership';
import { relate } from './relation';
import { amountRefusal } from './server-rules';
import { isFilledIn, isServerDefault } from './server-defaults';
import { hasSops, isEncrypted } from './sops';
import { decide, type BaseRelation, type Decision, type LeafFacts } from './verdict-table';
import type { Leaf } from './walk-place';

const IMPERSONATED: Readonly<Record<NonNullable<JudgeInput['impersonated']>, string>> = {
  after: 'somebody else applied under its name after its last run',
  during: 'whether the server rewrote it, or somebody else applied under its name before its last run ended, shows with the next run, or when the server is asked',
};

/** Brings the facts of one leaf together and asks the table. Made anew for each object. */
export class LeafJudge {
  readonly input: JudgeInput;
  readonly live: JsonObject;
  readonly ownership: Ownership;
  readonly #dropsEmpty: boolean;
  /** Flux sends this kind through its Go type. */
  readonly #typed: boolean;
  readonly #baseIsOtherVersion: boolean;
  readonly #sops: boolean;
  #lastApplied: JsonObject | null | undefined;
  /** Names of fields that the API server does not know and this applier drops before sending. */
  readonly undeclared: string[] = [];

  constructor(input: JudgeInput, live: JsonObject, ownership: Ownership) {
    this.input = input;
    this.live = live;
    this.ownership = ownership;
    const { group } = splitApiVersion(textAt(input.desired, 'apiVersion') ?? '');
    this.#sops = hasSops(input.desired);
    this.#typed = input.applier.tool === 'flux' && isFluxTyped(input.desired);
    this.#baseIsOtherVersion = input.base.kind === 'known' && textAt(input.base.object, 'apiVersion') !== textAt(input.desired, 'apiVersion');
    this.#dropsEmpty = isBuiltIn(group) && (this.#typed || ownership.kind === 'untracked' || isClientSide(input.applier) || input.applier.tool === 'none');
  }

  /** `null` is dropped before it is sent. */
  get dropsNull(): boolean {
    return this.#typed;
  }

  judge(leaf: Leaf): Draft | undefined {
    const decided = this.#decide(leaf);
    if (!decided) return undefined;
    const { path, git, live, base } = leaf;
    return { path, git, live, base, decision: decided.decision, owners: decided.owners };
  }

  #decide(leaf: Leaf): { readonly decision: Decision; readonly owners: readonly Entry[] } | undefined {
    const { git, live, type } = leaf;
    const secret = this.#sops && isEncrypted(git);
    const problem = git === undefined || secret ? undefined : (typeProblem(type, git, 'decode') ?? amountRefusal(type, git, this.input.desired) ?? this.#undeclared(leaf));
    if (problem !== undefined) return { decision: { verdict: 'invalid', detail: undefined, certain: true, reason: problem }, owners: [] };
    // Most leaves are the same on both sides: where they are need not be known.
    if (git !== undefined && live !== undefined && sameJson(git, live)) return undefined;
    const relation = git === undefined || live === undefined ? undefined : relate(type, git, live, leaf.path, this.live);
    const entries = isContainer(git, live) ? holdersBelow(leaf.cursors) : holders(leaf.cursors);
    const others = entries.filter(({ role }) => role !== 'own');
    if (secret) return this.#unreadable(leaf, entries, others, 'the value is encrypted in Git');
    if (this.input.masked && git !== undefined && isMasked(live)) return this.#unreadable(leaf, entries, others, 'the live value is masked in the recording');
    if (leaf.undeclared && live === undefined) return undefined;
    if (git === undefined && (this.#isDefault(leaf, entries) || this.#isGoEmpty(leaf, entries))) return undefined;
    if (git === undefined && this.#typed && others.length > 0 && isSentUnset(this.live, leaf.path)) return { decision: RESET, owners: others };
    const unsent = relation === 'differ' && this.#isUnsent(leaf) ? decideUnsent(entries, others) : undefined;
    if (unsent) return { decision: unsent, owners: others };
    if (git === null && DELETES_NULL.has(this.input.applier.tool)) return decideNull(live, relation === 'equivalent', others);
    const facts = this.#facts(leaf, relation === 'equivalent', entries, others);
    const decision = decide(facts);
    return decision && { decision: this.#outOfReach(this.#inDoubt(decision, leaf), leaf), owners: others };
  }

  /** For a custom resource Helm 3 sends what changed between its two manifests, and never looks at what is live (helm `pkg/kube`, `createPatch`). */
  #outOfReach(decision: Decision, { git, live }: Leaf): Decision {
    const { tool } = this.input.applier;
    const { group } = splitApiVersion(textAt(this.input.desired, 'apiVersion') ?? '');
    if (DELETES_NULL.has(tool) && !isBuiltIn(group) && isNumber(git) && isNumber(live) && Number(git) === Number(live)) {
      return { ...decision, reason: `${decision.reason}; the applier compares them as floating-point numbers and sees no difference`, afterResume: 'kept' };
    }
    if (tool !== 'helm3' || isBuiltIn(group)) return decision;
    if (decision.verdict === 'equivalent' && decision.afterResume === 'overwritten') return { ...decision, reason: 'another manager wrote it differently, it means the same', afterResume: 'kept' };
    if (decision.verdict !== 'drift' || decision.detail === 'extra') return decision;
    return { ...decision, reason: `${decision.reason}; Helm 3 does not look at the live object of this kind and will not put it back`, afterResume: 'kept' };
  }

  /** `undefined` when nothing has to be refused. What Flux sends has gone through the kind's Go type: unknown fields are gone. */
  #undeclared(leaf: Leaf): string | undefined {
    if (!leaf.undeclared || leaf.live !== undefined) return undefined;
    const { name = '' } = leaf;
    if (!this.#typed) return `the API server does not know the field ${name}`;
    this.undeclared.push(name);
    return undefined;
  }

  #facts(leaf: Leaf, equivalent: boolean, entries: readonly Entry[], others: readonly Entry[]): LeafFacts {
    const { git, live, type, path, name } = leaf;
    const base = this.#baseRelation(leaf);
    const own = this.#owns(leaf, entries, others, base);
    // A patch deletes what the record has and Git lacks, and a replacement everything, whoever else owns it.
    const taken = others.length > 0 && (this.input.applier.replaces === true || (git === undefined && own === true && isClientSide(this.input.applier)));
    return {
      git: git === undefined ? 'absent' : 'present',
      live: live === undefined ? 'absent' : 'present',
      equivalent,
      own,
      others: others.length > 0,
      othersTaken: taken || (others.length > 0 && others.every(({ role }) => role === 'taken')),
      base,
      liveIsBase: this.input.base.kind !== 'unknown' && this.#same(type, live, leaf.base, path),
      liveIsStage: base === 'unknown' && this.#isStage(type, git, live, path),
      droppedWhenEmpty: git !== undefined && (isEmptyMetadata(path, git) || (this.#dropsEmpty && !leaf.entry && name !== undefined && isDroppedWhenEmpty(name, git))),
    };
  }

  #owns(leaf: Leaf, entries: readonly Entry[], others: readonly Entry[], base: BaseRelation): boolean | 'unknown' {
    const ownership = this.ownership;
    if (ownership.kind === 'untracked') return 'unknown';
    // An entry of another version may name the field otherwise: that it lacks the path means nothing.
    if (ownership.own?.otherVersion && others.length === 0) return 'unknown';
    // The Update entry of a client-side applier holds defaults: what it last applied says what it would remove.
    if (leaf.git === undefined && isClientSide(this.input.applier)) return this.#wasApplied(leaf.path, base);
    return entries.some(({ role }) => role === 'own');
  }

  /** Argo CD patches against the record on the object, whatever commit wrote it, and whoever: `kubectl apply` writes the same one. */
  #wasApplied(path: Path, base: BaseRelation): boolean {
    if (this.input.applier.tool !== 'argo') return base === 'same' || base === 'different';
    return lookup(this.#record, path) !== undefined;
  }

  get #record(): JsonObject | null {
    // Of the object as it is: a copy without what is ignored may lack the annotation.
    const { live } = this.input;
    this.#lastApplied ??= recordOf(live.kind === 'present' ? live.object : this.live);
    return this.#lastApplied;
  }

  /**
   * What the server gives by itself: letting go of it changes nothing. Who creates an object owns it too, because the
   * body was completed before it was recorded. Never so in open maps and added list items, where the server adds nothing.
   */
  #isDefault({ loose, path, live, fallback }: Leaf, entries: readonly Entry[]): boolean {
    if (loose || live === undefined || entries.length === 0) return false;
    const { tool } = this.input.applier;
    if (tool !== 'none' && entries.some(({ role }) => role === 'other')) return false;
    if (isServerDefault(path, live, fallback, this.live, this.input.desired)) return true;
    if (!entries.every(({ role, owner }) => role !== 'own' && owner.manager === 'kubectl-client-side-apply')) return false;
    return this.#record !== null && lookup(this.#record, path) === undefined;
  }

  /**
   * What Flux's round trip through the Go types adds to every apply although no file has it (`resources: {}`,
   * `strategy: {}`, a Service's `targetPort: 0`, which the server then makes the port): owned by the applier and not in
   * the revision it applied. Anything else that it owns there somebody applied under its name.
   */
  #isGoEmpty(leaf: Leaf, entries: readonly Entry[]): boolean {
    const { live, path } = leaf;
    if (!this.#typed || leaf.loose || live === undefined || !entries.some(({ role }) => role === 'own')) return false;
    if (isObject(live) && Object.keys(live).length === 0) return true;
    if (this.#baseRelation(leaf) !== 'lacks' || this.input.baseInDoubt !== undefined) return false;
    const last = path.at(-1);
    return isEmptyValue(live) || (last?.kind === 'field' && last.name === 'targetPort' && member(lookup(this.live, path.slice(0, -1)), 'port') === live);
  }

  /** Flux's round trip drops Git's empty value before it is sent. */
  #isUnsent({ git, entry, name }: Leaf): boolean {
    return git !== undefined && this.#typed && !entry && name !== undefined && isDroppedWhenEmpty(name, git);
  }

  /** One side says nothing of its value: only who owns it, and whether Git has moved, decides. */
  #unreadable(leaf: Leaf, entries: readonly Entry[], others: readonly Entry[], why: string): { readonly decision: Decision; readonly owners: readonly Entry[] } | undefined {
    const base = this.#baseRelation(leaf);
    if (leaf.live === undefined) {
      const decision = decide(this.#facts(leaf, false, entries, others));
      return decision && { decision, owners: others };
    }
    const own = others.length === 0 && entries.some(({ role }) => role === 'own');
    if (own && base === 'same') return undefined;
    if (own && base === 'different') return { decision: { verdict: 'pending', detail: 'changed', certain: false, reason: `${why}, where it has another text since it was last applied; whether the value is another cannot be told` }, owners: [] };
    const reason = others.length > 0 ? `${why} and another manager owns the live one: whether they differ cannot be told` : `${why} and cannot be compared`;
    return { decision: { verdict: 'undecided', detail: 'changed', certain: false, reason }, owners: others };
  }

  /** Ownership says under which name it was applied last; only the base says what. With either in doubt "the server rewrote it" is a guess, but where it only filled in what it always does. */
  #inDoubt(decision: Decision, { type, git, live, path }: Leaf): Decision {
    const { baseInDoubt, impersonated } = this.input;
    const doubt = baseInDoubt ?? (impersonated && IMPERSONATED[impersonated]);
    if (doubt === undefined || decision.verdict !== 'equivalent' || decision.detail !== 'changed') return decision;
    if (git !== undefined && isFilledIn(type, git, live, path, { live: this.live, desired: this.input.desired })) return decision;
    return { verdict: 'undecided', detail: 'changed', certain: false, reason: `the applier owns the live value; ${doubt}` };
  }

  #baseRelation({ base, git, type, path }: Leaf): BaseRelation {
    const { kind } = this.input.base;
    if (kind === 'unknown') return 'unknown';
    const same = base !== undefined && git !== undefined && relate(type, git, base, path, this.live) !== 'differ';
    // Another version of the kind may name the field otherwise, or mean something else by it.
    if (!same && this.#baseIsOtherVersion) return 'unknown';
    if (kind === 'absent' || base === undefined) return 'lacks';
    return same ? 'same' : 'different';
  }

  #isStage(type: SchemaType, git: Json | undefined, live: Json | undefined, path: Path): boolean {
    const { saved, head, upstream } = this.input.stages;
    return [saved, head, upstream].some(stage => {
      if (stage === undefined) return false;
      const then = lookup(stage, path);
      return this.#same(type, then, live, path) && !this.#same(type, then, git, path);
    });
  }

  #same(type: SchemaType, a: Json | undefined, b: Json | undefined, path: Path): boolean {
    if (a === undefined || b === undefined) return a === b;
    return relate(type, a, b, path, this.live) !== 'differ';
  }
}

const RESET: Decision = { verdict: 'drift', detail: 'extra', certain: true, reason: 'not in Git, for which the applier sends an empty value: the next apply sets it back', afterResume: 'deleted' };

function decideUnsent(entries: readonly Entry[], others: readonly Entry[]): Decision | undefined {
  // Owned by the applier: an earlier apply had a value, and leaving it out removes it.
  if (entries.length > others.length) return undefined;
  if (others.length === 0) return { verdict: 'equivalent', detail: 'changed', certain: true, reason: 'the applier does not send an empty value, and nobody set another: the server chose one' };
  const taken = others.every(({ role }) => role === 'taken');
  const reason = taken ? 'another manager set it; the applier takes it over and, sending no empty value, removes it' : 'another manager set it; the applier sends no empty value and leaves it';
  return { verdict: 'drift', detail: 'changed', certain: true, reason, afterResume: taken ? 'deleted' : 'kept' };
}

/** Of every kind the metadata have Go types, in which an empty map or list is nothing. */
const isEmptyMetadata = (path: Path, git: Json): boolean => path.length === 2 && path[0]?.kind === 'field' && path[0].name === 'metadata' && typeof git === 'object' && isEmptyValue(git);

/** Their patches say `null` to delete. */
const DELETES_NULL: ReadonlySet<string> = new Set(['argo', 'kubectl']);

function decideNull(live: Json | undefined, equivalent: boolean, others: readonly Entry[]): { readonly decision: Decision; readonly owners: readonly Entry[] } | undefined {
  if (live === undefined) return undefined;
  const reason = 'Git says null, which the applier sends as a deletion';
  if (equivalent) return { decision: { verdict: 'equivalent', detail: undefined, certain: true, reason, afterResume: 'deleted' }, owners: others };
  // Nobody set it: the server chose it, and would again.
  return others.length === 0 ? undefined : { decision: { verdict: 'drift', detail: 'changed', certain: true, reason, afterResume: 'deleted' }, owners: others };
}

const isNumber = (value: Json | undefined): value is number | bigint => typeof value === 'number' || typeof value === 'bigint';

const isContainer = (git: Json | undefined, live: Json | undefined): boolean => [git, live].some(value => isArray(value) || (isObject(value) && Object.keys(value).length > 0));

function recordOf(live: JsonObject): JsonObject | null {
  const base = lastAppliedBase(live);
  return base.kind === 'known' ? base.object : null;
}
