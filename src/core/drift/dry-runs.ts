import { createHash } from 'node:crypto';
import type { Clock } from '../base/clock';
import { isArray, isObject, member, textAt, withMember, type Json, type JsonObject } from '../base/json';
import { stringifyJson } from '../base/json-text';
import type { Cluster, PatchResult } from '../cluster/api';
import { isClusterError } from '../cluster/errors';
import { Slots } from '../base/slots';
import { isSecret, refOf, type ObjectRef } from '../kube/identity';
import { redactText, secretsOf } from '../kube/secret-text';
import { conflictsIn, refusalAnswer, type Cause, type DryRunAnswer } from './dry-run';
import { isFluxTyped, throughGoType } from './flux-typed';
import type { Applier, JudgeInput } from './judge-input';
import { isClientSide } from './ownership';
import { hasSops } from './sops';

export interface DryRunParts {
  readonly cluster: Pick<Cluster, 'patch' | 'allowed' | 'masked'>;
  readonly clock: Clock;
  /** Whether Secrets may be sent: an audit log may keep whole bodies under the person's name. */
  readonly sendsSecrets: () => boolean;
}

/** So many requests at once. */
const AT_ONCE = 4;
/** Milliseconds for which an answer is believed: what a webhook does may change without a trace in the object. */
const BELIEVED_MS = 600_000;
/** Milliseconds after which what got no answer of its own (no right, no namespace, no connection) may be asked again. */
const AGAIN_MS = 60_000;

/** Asks the server what the applier's own request would do, and keeps the answers as long as neither side has changed. It writes nothing: every request is a dry-run. */
export class DryRuns {
  readonly #parts: DryRunParts;
  readonly #slots = new Slots(AT_ONCE);
  /** By the object's place. */
  readonly #answers = new Map<string, { readonly key: string; readonly until: number; readonly answer: DryRunAnswer }>();

  constructor(parts: DryRunParts) {
    this.#parts = parts;
  }

  /** Nothing has been answered. */
  get isEmpty(): boolean {
    return this.#answers.size === 0;
  }

  /** Whether it was ever asked about. */
  has(ref: ObjectRef): boolean {
    return this.#answers.size > 0 && this.#answers.has(keyOfRef(ref));
  }

  /** What is known of exactly this manifest against exactly this live object. Costs next to nothing for objects never asked about. */
  known(input: JudgeInput): DryRunAnswer | undefined {
    if (this.#answers.size === 0) return undefined;
    const kept = this.#answers.get(placeOf(input));
    return kept && this.#parts.clock.now() < kept.until && kept.key === keyOf(input) ? kept.answer : undefined;
  }

  /** Whether the server could be asked about it at all. */
  canAsk(input: JudgeInput): boolean {
    return whyNot(input, this.#parts.cluster.masked, this.#parts.sendsSecrets()) === undefined;
  }

  /** Fulfilled once there is an answer for each; rejects only when stopped. Rights and failures are asked about anew. */
  async ask(inputs: readonly JudgeInput[], signal: AbortSignal): Promise<void> {
    await Promise.all(inputs.map(input => this.#ask(input, signal)));
  }

  async #ask(input: JudgeInput, signal: AbortSignal): Promise<void> {
    const known = this.known(input);
    if (known && isSettled(known)) return;
    const slot = await this.#slots.take(signal);
    try {
      const answer = await this.#answer(input, signal);
      this.#answers.set(placeOf(input), { key: keyOf(input), until: this.#parts.clock.now() + (isSettled(answer) ? BELIEVED_MS : AGAIN_MS), answer });
    } finally {
      slot.dispose();
    }
  }

  async #answer(input: JudgeInput, signal: AbortSignal): Promise<DryRunAnswer> {
    const { cluster, sendsSecrets } = this.#parts;
    const { desired, live } = input;
    const reason = whyNot(input, cluster.masked, sendsSecrets());
    if (reason !== undefined) return { kind: 'notAsked', reason };
    const ref = refOf(desired) ?? input.manifest.ref;
    try {
      if (!(await cluster.allowed('patch', ref, signal)) || (live.kind === 'absent' && !(await cluster.allowed('create', ref, signal)))) return { kind: 'forbidden' };
      return await this.#send(input, ref, signal);
    } catch (error) {
      if (isClusterError(error) && signal.aborted) throw error;
      return refusalAnswer(error, input);
    }
  }

  /** As the applier sends it. Where that is refused because of other owners, what an apply with force would do is asked as well. */
  async #send(input: JudgeInput, ref: ObjectRef, signal: AbortSignal): Promise<DryRunAnswer> {
    const { cluster } = this.#parts;
    const { applier } = input;
    const body = sentBy(input);
    const secrets = secretsOf(input.desired);
    const patch = (force: boolean): Promise<PatchResult> => cluster.patch({ ref, type: 'apply', body, fieldManager: applier.manager, force, dryRun: true }, signal);
    const answered = ({ object, warnings }: PatchResult, conflicts: readonly Cause[]): DryRunAnswer => ({ kind: 'answered', object, warnings: warnings.map(warning => redactText(warning, secrets)), conflicts });
    if (FORCES[applier.tool]) return answered(await patch(true), []);
    try {
      return answered(await patch(false), []);
    } catch (error) {
      const conflicts = conflictsIn(error);
      if (conflicts.length === 0) throw error;
      return answered(await patch(true), conflicts);
    }
  }
}

/** Whether the applier takes other owners' fields unasked. Client-side appliers know no owners. */
const FORCES: Readonly<Record<Applier['tool'], boolean>> = { flux: true, 'argo-ssa': true, argo: true, kubectl: true, helm3: true, 'kubectl-ssa': false, helm4: false, none: false };

/** What goes over the wire: Flux sends most kinds through their Go types, which drop what they do not know. */
function sentBy({ desired, applier, schema }: JudgeInput): JsonObject {
  return applier.tool === 'flux' && schema !== undefined && isFluxTyped(desired) ? throughGoType(desired, schema) : desired;
}

const isSettled = ({ kind }: DryRunAnswer): boolean => kind === 'answered' || kind === 'refused';

/** Why the applier's request cannot or must not be sent for trial; `undefined` when it may. */
function whyNot({ desired, live, applier, undecided, invalid, masked }: JudgeInput, recorded: boolean, secrets: boolean): string | undefined {
  if (isSecret(desired) && !secrets) return 'a Secret is not sent to be verified unless the setting allows it';
  if (hasSops(desired)) return 'encrypted values are never sent';
  if (recorded || masked === true) return 'what was recorded cannot be asked';
  if (live.kind === 'unknown') return 'the live object could not be read';
  if (undecided !== undefined || invalid !== undefined) return undecided ?? invalid;
  if (applier.tool === 'none' || isClientSide(applier)) return 'nothing applies it by server-side apply, which is what a dry-run would try';
  return undefined;
}

const keyOfRef = ({ apiVersion, kind, namespace, name }: ObjectRef): string => JSON.stringify([apiVersion, kind, namespace, name]);

const placeOf = ({ desired, manifest }: JudgeInput): string => keyOfRef(refOf(desired) ?? manifest.ref);

/** Both sides without what changes all the time (`reference/drift.md` 2.5). */
function keyOf({ desired, live, applier }: JudgeInput): string {
  const seen: Json = live.kind === 'present' ? withoutNoise(live.object) : live.kind;
  const uid = live.kind === 'present' ? (textAt(live.object, 'metadata', 'uid') ?? '') : '';
  return createHash('sha256').update(stringifyJson([uid, applier.manager, desired, seen])).digest('hex');
}

function withoutNoise(live: JsonObject): JsonObject {
  const metadata = member(live, 'metadata');
  if (!isObject(metadata)) return withMember(live, 'status', undefined);
  const entries = member(metadata, 'managedFields');
  const quiet = withMember(withMember(metadata, 'resourceVersion', undefined), 'generation', undefined);
  const timeless = isArray(entries) ? entries.map(entry => (isObject(entry) ? withMember(entry, 'time', undefined) : entry)) : undefined;
  return withMember(withMember(live, 'status', undefined), 'metadata', withMember(quiet, 'managedFields', timeless));
}
