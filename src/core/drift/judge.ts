import { textAt, type JsonObject } from '../base/json';
import { stringifyJson } from '../base/json-text';
import type { Elsewhere, KindStatus } from '../cluster/api';
import { Spelling } from '../kube/element-key';
import { refLike, splitApiVersion, type ObjectRef } from '../kube/identity';
import { sameElement, type Path } from '../kube/path';
import type { Draft } from './collapse';
import { isBuiltIn } from './empty-values';
import { refusedPlaces, withAnswer } from './answered';
import { answerNotes } from './dry-run';
import { withEditedKeys } from './edited-keys';
import { fieldVerdicts, NONE, type FieldVerdicts } from './field-verdicts';
import { withIgnored } from './ignored';
import type { JudgeInput, Told } from './judge-input';
import { LeafJudge } from './leaf-judge';
import { lookup } from './lookup';
import { claimNotes, correctionNotes, notesOf } from './notes';
import { isClientSide, readOwnership } from './ownership';
import { refusalsOf } from './server-rules';
import { hasSops } from './sops';
import { heeds, skipRule } from './skip';
import { objectStage } from './stage';
import type { ObjectVerdict, Verdict } from './verdict';
import { worst } from './verdict';
import { invalid, Walk } from './walk';
import { Place } from './walk-place';
import { stageText } from './words';

/**
 * The verdict of one object (`reference/drift.md` 2.2): pure, and never throws. What cannot be told is `undecided` or
 * `unknown`, never in sync and never missing. `spelling` is of use to whoever judges many objects; no verdict depends on it.
 */
export function judge(input: JudgeInput, spelling = new Spelling()): ObjectVerdict {
  try {
    return judgeObject(input, spelling);
  } catch (error) {
    const reason = error instanceof RangeError ? 'the object is too large or nested too deeply to be judged' : 'the object could not be judged';
    return whole(input, 'undecided', reason);
  }
}

/**
 * As `judge`, where nothing is known of the live object and what stands in the manifest makes no difference to that; else
 * `undefined`: then the manifest has to be looked at. `ref` is what the object is called as it is sent.
 */
export function judgeUnread(input: Told, ref: ObjectRef): ObjectVerdict | undefined {
  const { live, applier } = input;
  if (live.kind !== 'unknown' || input.invalid !== undefined || heeds(applier) || mayBeTooLong(input)) return undefined;
  return unknown(input, ref, live.status);
}

function judgeObject(input: JudgeInput, spelling: Spelling): ObjectVerdict {
  const { live, applier, desired } = input;
  if (input.invalid !== undefined) return whole(input, 'invalid', input.invalid);
  const tooLong = recordTooLong(input);
  if (tooLong !== undefined) return whole(input, 'invalid', tooLong);
  const rule = skipRule(desired, live.kind === 'present' ? live.object : undefined, applier);
  if (rule !== undefined) return whole(input, 'skipped', rule);
  const { once } = input;
  if (once && (live.kind === 'present' || (live.kind === 'absent' && !once.expected))) return whole(input, 'skipped', once.text);
  if (live.kind === 'unknown') return unknown(input, refIn(input), live.status);
  if (input.undecided !== undefined) return whole(input, 'undecided', input.undecided);
  if (live.kind === 'absent') return judgeAbsent(input, spelling);
  if (textAt(live.object, 'metadata', 'deletionTimestamp') !== undefined) return whole(input, 'undecided', 'it is being deleted', ['terminating']);
  return judgePresent(input, live.object, spelling);
}

/** Bytes that the annotations of one object may have together (apimachinery `TotalAnnotationSizeLimitB`). */
const MAX_ANNOTATIONS = 262_144;

/** A client-side apply writes the whole manifest into an annotation. Measured only where the text is long. */
function recordTooLong(input: JudgeInput): string | undefined {
  const { desired } = input;
  if (!mayBeTooLong(input) || Buffer.byteLength(stringifyJson(desired)) <= MAX_ANNOTATIONS) return undefined;
  return `too large for a client-side apply, which writes the manifest into an annotation: at most ${MAX_ANNOTATIONS} bytes`;
}

function mayBeTooLong({ applier, manifest: { range } }: Told): boolean {
  const records = (applier.tool === 'argo' && applier.replaces !== true) || applier.tool === 'kubectl';
  return records && range.end - range.start >= MAX_ANNOTATIONS / 4;
}

function judgeAbsent(input: JudgeInput, spelling: Spelling): ObjectVerdict {
  const refused = input.dryRun?.kind === 'refused' ? refusedPlaces(input.dryRun, input.desired) : invalidAlone(input, spelling);
  if (refused.length > 0) return withNothingLive(input, refused);
  const { saved, head, upstream } = input.stages;
  const isNew = [saved, head, upstream].some(stage => stage === null);
  if (input.base.kind === 'absent' || (input.base.kind === 'unknown' && isNew)) {
    const stage = objectStage(input);
    return whole(input, 'pending', stage === 'unreconciled' ? 'it is not in the cluster yet: Git has added it since the last apply' : `it is not in the cluster yet: ${stageText(stage)}`);
  }
  return whole(input, 'missing', input.base.kind === 'known' ? 'it was applied and is not in the cluster any more' : 'it is not in the cluster');
}

/** What the server would refuse of a manifest that is not in the cluster, as far as that is known without asking. */
function invalidAlone(input: JudgeInput, spelling: Spelling): Draft[] {
  return walkObject(new LeafJudge(input, NOTHING, { kind: 'untracked' }), spelling).filter(({ decision }) => decision.verdict === 'invalid');
}

function withNothingLive(input: JudgeInput, drafts: readonly Draft[]): ObjectVerdict {
  const verdicts = fieldVerdicts(input, NOTHING, drafts);
  return { ref: refIn(input), verdict: 'invalid', reason: reasonOf('invalid', verdicts), ...verdicts, ...claimsIn(input), notes: claimNotes(input) };
}

const NOTHING: JsonObject = {};

function judgePresent(input: JudgeInput, live: JsonObject, spelling: Spelling): ObjectVerdict {
  const ownership = readOwnership(live, input.applier, input.desired);
  const undeclared = new Set<string>();
  const drafts = withIgnored(input, live, (given, object) => {
    const leaves = new LeafJudge(given, object, ownership);
    const found = walkObject(leaves, spelling);
    for (const name of leaves.undeclared) undeclared.add(name);
    return found;
  });
  const verdicts = fieldVerdicts(input, live, withEditedKeys(withAnswer(drafts, input, live), live));
  const verdict = worst(verdicts.fields.map(field => (field.verdict === 'equivalent' || field.verdict === 'extra' ? 'in-sync' : field.verdict)));
  const reason = reasonOf(verdict, verdicts);
  return {
    ref: refIn(input),
    verdict,
    reason,
    ...verdicts,
    ...claimsIn(input),
    notes: orNone(notesOf(input, live, ownership, verdicts, [...undeclared])),
  };
}

/** One list for all that have none: ten thousand of them are kept. */
const orNone = (notes: readonly string[]): readonly string[] => (notes.length === 0 ? NO_NOTES : notes);
const NO_NOTES: readonly string[] = [];

function walkObject(leaves: LeafJudge, spelling: Spelling): Draft[] {
  const { input, live, ownership } = leaves;
  const { desired, applier, base } = input;
  const { group } = splitApiVersion(textAt(desired, 'apiVersion') ?? '');
  const clientSide = isClientSide(applier);
  const sops = hasSops(desired);
  const walk = new Walk({
    leaf: leaf => leaves.judge(leaf),
    skip: place => isBookkeeping(place) || (sops && place.depth === 1 && place.name === 'sops'),
    // A client-side applier sends a JSON merge patch for kinds it has no Go type of: lists are replaced whole.
    flatLists: clientSide && !isBuiltIn(group),
    dropsNull: leaves.dropsNull,
    uniqueKeys: !clientSide && applier.tool !== 'none',
  });
  const root = Place.root(ownership.kind === 'tracked' ? ownership.cursors : [], base.kind === 'known' ? base.object : undefined, spelling);
  const drafts = walk.object(desired, live, root, input.schema ?? { kind: 'deduced' });
  const refused = refusalsOf(desired).map(({ path, reason }) => invalid(path, lookup(desired, path), reason));
  return refused.length === 0 ? drafts : [...refused, ...drafts.filter(draft => !refused.some(({ path }) => samePath(path, draft.path)))];
}

/** What names the object or is the server's own: never compared (`reference/drift.md` 1.1, stripmeta.go). */
function isBookkeeping({ depth, name, above }: Place): boolean {
  if (name === undefined || depth > 3) return false;
  if (depth === 1) return name === 'apiVersion' || name === 'kind' || name === 'status';
  if (depth === 2) return above?.name === 'metadata' && SERVER_METADATA.has(name);
  return above?.name === 'annotations' && above.above?.name === 'metadata' && BOOKKEEPING_ANNOTATIONS.has(name);
}

const samePath = (a: Path, b: Path): boolean => a.length === b.length && a.every((step, i) => sameElement(step, b[i] ?? { kind: 'index', index: -1 }));

const SERVER_METADATA = new Set(['name', 'namespace', 'generateName', 'creationTimestamp', 'deletionTimestamp', 'deletionGracePeriodSeconds', 'resourceVersion', 'uid', 'generation', 'selfLink', 'managedFields', 'clusterName']);

/** kubectl's record of what it applied, and what Flux removes on its next apply without anybody noticing. */
const BOOKKEEPING_ANNOTATIONS = new Set(['kubectl.kubernetes.io/last-applied-configuration', 'kustomize.toolkit.fluxcd.io/checksum', 'fluxcd.io/sync-checksum']);

function reasonOf(verdict: Verdict, { fields }: FieldVerdicts): string {
  const first = fields.find(field => field.verdict === verdict);
  const count = fields.filter(field => field.verdict === verdict).length;
  const many = `${count} field${count === 1 ? '' : 's'}`;
  switch (verdict) {
    case 'drift':
      return first?.detail === 'order' && count === 1 ? 'a list stands in another order' : `${many} differ${count === 1 ? 's' : ''} from what was applied`;
    case 'conflict':
      return `${many} changed in the cluster and in Git`;
    case 'pending':
      return first?.stage === undefined ? `Git has moved: ${many}` : `Git has moved: ${many}, ${stageText(first.stage)}`;
    case 'in-sync':
      return 'every field that Git sets has the value Git gives it';
    case 'undecided':
    case 'invalid':
    case 'blocked':
    case 'missing':
    case 'orphan':
    case 'unknown':
    case 'skipped':
    case 'equivalent':
      return first?.reason ?? verdict;
  }
}

function whole(input: JudgeInput, verdict: Verdict, reason: string, notes: readonly string[] = []): ObjectVerdict {
  return wholeOf(input, refIn(input), verdict, reason, notes);
}

const unknown = (input: Told, ref: ObjectRef, status: KindStatus | Elsewhere): ObjectVerdict => ({ ...wholeOf(input, ref, 'unknown', statusText(status)), ...('since' in status && { since: status.since }) });

function wholeOf(input: Told, ref: ObjectRef, verdict: Verdict, reason: string, notes: readonly string[] = []): ObjectVerdict {
  const correction = verdict === 'missing' && input.applier.tool !== 'none' ? correctionNotes(input.applier) : [];
  return { ref, verdict, reason, fields: NONE.fields, kept: NONE.kept, ...claimsIn(input), notes: orNone([...notes, ...correction, ...claimNotes(input), ...answerNotes(input)]) };
}

const claimsIn = ({ alsoClaimedBy }: Told): Pick<ObjectVerdict, 'claimedBy'> => (alsoClaimedBy === undefined ? {} : { claimedBy: alsoClaimedBy });

const refIn = (input: JudgeInput): ObjectRef => refLike(input.desired, input.manifest.ref);

/** Why nothing is known of the live object; no clock in it: the status itself says since when. */
function statusText(status: KindStatus | Elsewhere): string {
  switch (status.kind) {
    case 'loading':
      return 'being read';
    case 'ready':
      return 'not read yet';
    case 'stale':
      return `what was read is out of date: ${status.reason}`;
    case 'denied':
      return `forbidden: ${status.reason}`;
    case 'offline':
      return `offline: ${status.reason}`;
    case 'notInstalled':
      return 'this kind is not installed in the cluster';
    case 'elsewhere':
      return status.reason;
  }
}
