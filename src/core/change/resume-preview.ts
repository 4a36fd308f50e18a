import type { ApplicationState, ObjectState } from '../drift/snapshot';
import type { FieldVerdict } from '../drift/verdict';
import { isOpen } from '../drift/snapshot-lookup';
import type { ObjectRef } from '../kube/identity';

/** What the controller does to live objects once it runs again. An object stands in more than one list when its fields fare differently. */
export interface ResumePreview {
  /** Set back to Git's value. */
  readonly overwritten: readonly ResumeEntry[];
  /** Not in Git, and the controller removes it. */
  readonly deleted: readonly ResumeEntry[];
  /** Not in Git, and stays as it is. */
  readonly kept: readonly ResumeEntry[];
  /** Missing objects that come back. */
  readonly recreated: readonly ObjectRef[];
  /** Objects that Git no longer has and the controller deletes. */
  readonly pruned: readonly ObjectRef[];
  /** Objects of which we cannot tell, and why. */
  readonly unknown: readonly { readonly ref: ObjectRef; readonly reason: string }[];
}

export interface ResumeEntry {
  readonly ref: ObjectRef;
  readonly fields: readonly FieldVerdict[];
}

/** Pure: reads only the verdicts of this application. */
export function resumePreview(state: ApplicationState): ResumePreview {
  const whole = nextRun(state);
  const { application } = state;
  const detection = application?.kind === 'HelmRelease' ? application.driftDetection : 'enabled';
  if (detection !== 'enabled') return { ...NOTHING, kept: whole.kept, unknown: state.objects.flatMap(object => byHelm(object, detection)) };
  if (application?.tool !== 'argo' || application.automation.kind === 'manual') return whole;
  const { selfHeal } = application.automation;
  // Without self-heal only a commit that it has not tried yet makes it sync (`autoSync` in application-controller).
  const syncs = selfHeal || application.source?.revision === undefined || application.source.revision !== application.appliedRevision;
  return syncs ? whole : { ...whole, overwritten: [], deleted: [], kept: [...whole.overwritten, ...whole.deleted, ...whole.kept], recreated: [], pruned: [] };
}

const NOTHING: ResumePreview = { overwritten: [], deleted: [], kept: [], recreated: [], pruned: [], unknown: [] };

/** helm-controller corrects nothing where it is not told to, and upgrades by rules of its own: what differs stays until then. */
function byHelm(object: ObjectState, mode: 'warn' | 'disabled'): { readonly ref: ObjectRef; readonly reason: string }[] {
  const { ref, verdict } = object;
  if (verdict.verdict !== 'missing' && verdict.verdict !== 'orphan' && !verdict.fields.some(isOpen)) return unclear(object);
  const how = mode === 'warn' ? 'drift is only told (spec.driftDetection.mode: warn)' : 'drift detection is off (spec.driftDetection.mode)';
  return [{ ref, reason: `${how}: Helm leaves it as it is, unless it upgrades, and then sets it back; whether it upgrades is for Helm to decide` }];
}

/** It deletes what Git no longer has, once it is on. */
const prunes = (application: ApplicationState['application']): boolean => (application?.tool === 'argo' ? application.automation.kind !== 'manual' && application.automation.prune : application?.prune === true);

function nextRun(state: ApplicationState): ResumePreview {
  const pick = (wanted: FieldVerdict['afterResume'], from: (object: ObjectState) => readonly FieldVerdict[]): ResumeEntry[] =>
    state.objects
      .map(object => ({ ref: object.ref, fields: from(object).filter(field => field.afterResume === wanted) }))
      .filter(entry => entry.fields.length > 0);
  const judged = (object: ObjectState): readonly FieldVerdict[] => object.verdict.fields;
  return {
    overwritten: pick('overwritten', judged),
    deleted: pick('deleted', object => [...object.verdict.fields, ...object.verdict.kept]),
    kept: pick('kept', object => [...object.verdict.fields, ...object.verdict.kept]),
    recreated: state.objects.filter(object => object.verdict.verdict === 'missing').map(object => object.ref),
    pruned: prunes(state.application) ? state.objects.filter(object => object.verdict.verdict === 'orphan').map(object => object.ref) : [],
    unknown: state.objects.flatMap(unclear),
  };
}

const UNCLEAR: ReadonlySet<string> = new Set(['unknown', 'undecided', 'invalid', 'blocked']);

function unclear({ ref, verdict }: ObjectState): { readonly ref: ObjectRef; readonly reason: string }[] {
  if (UNCLEAR.has(verdict.verdict)) return [{ ref, reason: verdict.reason }];
  const field = verdict.fields.find(one => one.afterResume === 'unknown');
  return field ? [{ ref, reason: field.reason }] : [];
}
