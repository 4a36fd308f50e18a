import type { JsonObject } from '../base/json';
import type { Holder } from '../base/kept-objects';
import type { LiveState } from '../cluster/api';
import type { IgnoreRule } from '../gitops/ignore-rules';
import type { SchemaType } from '../kube/schema';
import type { DryRunAnswer } from './dry-run';
import type { Entry } from './group-reader';
import type { LiveFacts } from './live-facts';
import type { Manifest } from '../manifests/document';
import type { OnceRule } from '../render/root-objects';

/** Who applies the object, as `reference/drift.md` 2.1 A. */
export interface Applier {
  readonly tool: 'flux' | 'argo' | 'argo-ssa' | 'kubectl' | 'kubectl-ssa' | 'helm3' | 'helm4' | 'none';
  /** Its managedFields name. */
  readonly manager: string;
  /** It is running and will correct drift by itself. */
  readonly active: boolean;
  /** Why it does not, where "suspended" is not the word: "self-heal is off". */
  readonly idle?: string;
  /** Why it leaves the manifest alone: its installation excludes the kind, or it takes another of the same object. */
  readonly leaves?: string;
  /** That it applies the object without looking at it afterwards; one sentence. */
  readonly unwatched?: string;
  /** Its server-side applies overwrite what others own. */
  readonly forces?: boolean;
  /** It puts its manifest in place of the whole object (`Replace=true`): nothing that others added stays. */
  readonly replaces?: boolean;
  /** Under Argo CD's server-side apply: `kubectl apply`'s fields are not taken over, or those of another manager are. */
  readonly migrates?: string | false;
}

/** What the applier does not compare of this object. */
export interface Ignoring {
  readonly rules: readonly IgnoreRule[];
  /** An apply leaves it alone, too; else it overwrites what it does not compare. */
  readonly respected: boolean;
}

/** Everything a verdict depends on. Same input, same verdict: nothing else is read, no clock, no I/O. */
export interface JudgeInput {
  readonly manifest: Manifest;
  /** What the applier sends: the manifest plus what it injects, minus what it strips (see `desired.ts`). */
  readonly desired: JsonObject;
  readonly live: LiveState;
  /** What the applier last applied, prepared as `desired` is; `absent`: the revision is known and does not have the object; `unknown`: we could not read it, and why. */
  readonly base: { readonly kind: 'known'; readonly object: JsonObject } | { readonly kind: 'absent' } | { readonly kind: 'unknown'; readonly reason: string };
  /** The same manifest at earlier stages of its way to the cluster; a stage left out is the same as the one before it. */
  readonly stages: { readonly saved?: JsonObject | null; readonly head?: JsonObject | null; readonly upstream?: JsonObject | null };
  /** True when the applied revision is newer than the checkout. */
  readonly behind: boolean;
  /** SMD schema of the object's kind; `undefined`: deduced types are used. */
  readonly schema: SchemaType | undefined;
  readonly applier: Applier;
  /** The text the manifest was read from: with it, drift inside a literal block is placed on its line. */
  readonly text?: string | undefined;
  /** Set when the manifest cannot be computed as the applier does (rendering, substitution): the object is undecided, with this reason. */
  readonly undecided: string | undefined;
  /** Why the applier or the server refuses the manifest as a whole (`Desired.invalid`). */
  readonly invalid?: string | undefined;
  /** Why the base may not be what was applied last, such as a newer revision that was tried and failed: nothing is then called "rewritten by the server". */
  readonly baseInDoubt?: string | undefined;
  /** Somebody else applied under the applier's own name after its last run, or may have done so during that run (`impersonated` of `applier.ts`): what it owns need not be what it sent. */
  readonly impersonated?: 'after' | 'during' | undefined;
  readonly ignoring?: Ignoring | undefined;
  /** Other applications that apply, or own, the same object; `Kustomization shop/web`. */
  readonly alsoClaimedBy?: readonly string[] | undefined;
  /** It is installed once, and its contents are not compared after that. */
  readonly once?: OnceRule | undefined;
  /** The applier recreates objects whose immutable fields change. */
  readonly force?: boolean | undefined;
  /** What Git asks for beyond what was applied, where it cannot be told object by object. */
  readonly ahead?: string | undefined;
  /** The live object comes from a recording, in which secrets are masks (`core/cluster/recording.ts`). */
  readonly masked?: boolean | undefined;
  /** What the server said when it was asked what an apply would do to this very object. */
  readonly dryRun?: DryRunAnswer | undefined;
}

/** What the applier last applied, as `JudgeInput.base`, by who has it. */
export type HeldBase = Exclude<JudgeInput['base'], { readonly kind: 'known' }> | { readonly kind: 'known'; readonly of: Holder };

/** What is mostly the same for many objects of a group: those that have equal terms share them. */
export type Terms = Pick<JudgeInput, 'behind' | 'schema' | 'applier' | 'undecided' | 'invalid' | 'baseInDoubt' | 'impersonated' | 'ignoring' | 'alsoClaimedBy' | 'once' | 'force' | 'ahead' | 'masked'>;

/** A `JudgeInput` with whoever has its objects in place of them: one is kept for every object, and ten thousand must not keep theirs. The holders are the same as long as the objects are. */
export interface HeldInput extends Pick<JudgeInput, 'live' | 'text'> {
  /** Has the manifest, and what is sent of it. */
  readonly entry: Entry;
  readonly base: HeldBase;
  readonly stages: { readonly saved?: Holder | null; readonly head?: Holder | null; readonly upstream?: Holder | null };
  readonly terms: Terms;
  /** Of `live`, for the next input that has it. */
  readonly facts: LiveFacts;
  /** Only where there is one: few have been asked about. */
  readonly dryRun?: DryRunAnswer;
}

/** All but the objects themselves. */
export type Told = Omit<JudgeInput, 'desired' | 'base' | 'stages'>;

export const toldOf = ({ entry: { manifest }, live, text, terms, dryRun }: HeldInput): Told => ({ ...terms, manifest, live, text, dryRun });

/** With the objects; whoever has two of them is asked once. */
export function inputOf(held: HeldInput): JudgeInput {
  const { entry, live, text, terms, dryRun } = held;
  const desired = entry.desired.object;
  const objectOf = (holder: Holder): JsonObject => (holder === entry.desired ? desired : holder.object);
  const base = held.base.kind === 'known' ? { kind: 'known' as const, object: objectOf(held.base.of) } : held.base;
  const { behind, schema, applier, undecided, invalid, baseInDoubt, impersonated, ignoring, alsoClaimedBy, once, force, ahead, masked } = terms;
  // Written out, all are of one form to V8, and whoever reads them is fast.
  return { manifest: entry.manifest, desired, live, base, stages: stagesOf(held.stages, objectOf), behind, schema, applier, text, undecided, invalid, baseInDoubt, impersonated, ignoring, alsoClaimedBy, once, force, ahead, masked, dryRun };
}

function stagesOf(held: HeldInput['stages'], objectOf: (holder: Holder) => JsonObject): JudgeInput['stages'] {
  const { saved, head, upstream } = held;
  if (saved === undefined && head === undefined && upstream === undefined) return NO_STAGES;
  const of = (holder: Holder | null): JsonObject | null => (holder ? objectOf(holder) : null);
  return { ...(saved !== undefined && { saved: of(saved) }), ...(head !== undefined && { head: of(head) }), ...(upstream !== undefined && { upstream: of(upstream) }) };
}

const NO_STAGES: JudgeInput['stages'] = {};
