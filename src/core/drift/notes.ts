import { member, type JsonObject } from '../base/json';
import { formatPath } from '../kube/path';
import { answerNotes } from './dry-run';
import type { FieldVerdicts } from './field-verdicts';
import { hasSetters, imagePolicyAt, setterNote } from './image-setters';
import type { Applier, JudgeInput } from './judge-input';
import { mergesOnly, type Ownership } from './ownership';
import { isOpen } from './snapshot-lookup';
import { hasSops } from './sops';

/** Things a person should know beside the verdict, one sentence each, without a full stop. */
export function notesOf(input: JudgeInput, live: JsonObject, ownership: Ownership, { fields }: FieldVerdicts, undeclared: readonly string[]): string[] {
  const { applier, desired } = input;
  const notes: string[] = [];
  const drifted = fields.filter(({ verdict }) => verdict === 'drift' || verdict === 'conflict');
  if (drifted.length > 0) notes.push(...correctionNotes(applier));
  notes.push(...conflictNotes(applier, ownership, fields), ...claimNotes(input), ...answerNotes(input));
  if (applier.unwatched !== undefined) notes.push(applier.unwatched);
  if (input.ahead !== undefined) notes.push(input.ahead);
  notes.push(...setterNotes(input, fields));
  if (input.ignoring?.respected === false && fields.some(({ verdict }) => verdict === 'skipped')) notes.push(isHelm(applier) ? 'an upgrade overwrites what is not compared' : 'a sync overwrites what is not compared: RespectIgnoreDifferences is not set');
  const both = fields.filter(({ verdict }) => verdict === 'conflict').length;
  if (both > 0 && both < drifted.length) notes.push(`${both} of the ${drifted.length} fields that differ changed in Git as well`);
  if (ownership.kind === 'untracked') notes.push('the live object has no field ownership (managedFields): only values were compared, and who changed them cannot be told');
  if (applier.tool === 'flux' && mergesOnly(desired, live)) notes.push('Flux takes no manager over here: kustomize.toolkit.fluxcd.io/ssa: Merge');
  if (hasSops(desired)) notes.push('encrypted with SOPS: only keys and clear text are compared');
  else if (applier.tool === 'flux' && hasSops(input.manifest.object)) notes.push('encrypted with SOPS, and the Kustomization does not decrypt it (spec.decryption): the encrypted text itself is applied');
  for (const name of undeclared) notes.push(`the API server does not know the field ${name}: the applier drops it`);
  if (fields.some(field => formatPath(field.path) === '.spec.replicas' && field.owners.some(owner => owner.subresource === 'scale' && owner.manager === 'kube-controller-manager'))) {
    notes.push('an autoscaler sets replicas: leave replicas out of Git');
  }
  if (fields.some(field => field.detail === 'extra' && field.afterResume !== 'kept' && formatPath(field.path) === '.spec.replicas')) notes.push('when replicas is no longer owned by the applier, the server sets it to 1');
  if (member(live, 'immutable') === true && fields.some(({ verdict }) => verdict === 'blocked')) notes.push('delete and create it anew to change it');
  return notes;
}

/** For what is applied as it stands: what is rendered is set elsewhere, which is found out later. */
function setterNotes({ manifest, text }: JudgeInput, fields: FieldVerdicts['fields']): string[] {
  if (text === undefined || manifest.rendered === true || !hasSetters(text)) return [];
  return fields.flatMap(field => {
    const policy = isOpen(field) ? imagePolicyAt(text, field.at) : undefined;
    return policy === undefined ? [] : [setterNote(field.path, policy)];
  });
}

/**
 * People's server-side applies use no force: a value that somebody else owns and that is written differently ends them. Of an object
 * without field ownership the server itself says that `before-first-apply` owns everything.
 */
function conflictNotes({ tool, forces }: Applier, ownership: Ownership, fields: FieldVerdicts['fields']): string[] {
  if ((tool !== 'helm4' && tool !== 'kubectl-ssa') || forces === true) return [];
  const written = fields.filter(field => field.detail !== 'order' && field.git !== undefined && field.live !== undefined);
  const owners = ownership.kind === 'untracked' ? (written.length > 0 ? ['before-first-apply'] : []) : ownersOf(written.filter(field => field.afterResume === 'overwritten'));
  return owners.length === 0 ? [] : [`${tool === 'helm4' ? 'helm upgrade' : 'kubectl apply --server-side'} is refused, as ${owners.join(', ')} owns what it would change: only with --force-conflicts it is overwritten`];
}

const ownersOf = (fields: FieldVerdicts['fields']): string[] => [...new Set(fields.flatMap(field => field.owners.map(({ manager }) => manager)))].sort();

const isHelm = ({ tool }: Pick<Applier, 'tool'>): boolean => tool === 'helm3' || tool === 'helm4';

/** Whether what drifted will be put right without a person. */
export function correctionNotes({ tool, active, idle }: Applier): string[] {
  const helm = isHelm({ tool });
  if (active) return tool === 'argo' || tool === 'argo-ssa' ? ['will be corrected: self-heal is on'] : helm ? ['will be corrected: drift detection is on'] : [];
  if (tool === 'flux') return [idle === undefined ? 'will not be corrected: suspended' : `will not be corrected yet: ${idle}`];
  if (tool === 'none') return ['will not be corrected: nothing applies this by itself'];
  return [idle === undefined ? 'will not be corrected until somebody applies it again' : `will not be corrected before the next ${helm ? 'upgrade' : 'sync'}: ${idle}`];
}

export const claimNotes = ({ alsoClaimedBy = [] }: Pick<JudgeInput, 'alsoClaimedBy'>): string[] => alsoClaimedBy.map(name => `${name} claims this object, too`);
