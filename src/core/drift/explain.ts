import { textAt } from '../base/json';
import { describeRef } from '../kube/identity';
import { askedText } from './dry-run';
import type { Applier, JudgeInput } from './judge-input';
import { readOwnership, type Ownership } from './ownership';
import { setText } from './set-words';
import type { AfterResume, FieldVerdict, ObjectVerdict } from './verdict';
import { clean, lookOf, managerText, pathText, stageText, valueText } from './words';

/** The facts the verdict rests on, one sentence each: what Git, live and base are, and who applies. */
function stepsOf(input: JudgeInput): string[] {
  const { live, applier, desired, schema, dryRun } = input;
  const steps = [applierStep(applier), liveStep(input), ...seenStep(input), baseStep(input)];
  if (schema === undefined && live.kind === 'present') steps.push('The kind has no schema here: maps are compared by key, lists as a whole');
  if (live.kind === 'present') steps.push(ownershipStep(readOwnership(live.object, applier, desired), input));
  if (dryRun) steps.push(`Asked: ${clean(askedText(dryRun), 400)}`);
  return steps;
}

const TOOLS: Readonly<Record<Applier['tool'], string>> = {
  flux: 'Flux, by server-side apply',
  argo: 'Argo CD, by client-side patches',
  'argo-ssa': 'Argo CD, by server-side apply',
  kubectl: 'kubectl apply, by client-side patches',
  'kubectl-ssa': 'kubectl apply --server-side',
  helm3: 'Helm, by client-side patches',
  helm4: 'Helm, by server-side apply',
  none: 'nobody that can be told from the live object',
};

function applierStep({ tool, manager, active, idle, replaces }: Applier): string {
  const state = tool === 'none' ? '' : active ? '; it corrects drift by itself' : tool === 'flux' || tool === 'argo' || tool === 'argo-ssa' || idle !== undefined ? (idle === undefined ? '; it is suspended' : `; it does not correct drift by itself: ${idle}`) : '; it does nothing by itself';
  return `Applied by ${replaces === true ? 'Argo CD, by replacing the whole object' : TOOLS[tool]}${tool === 'none' ? '' : ` (field manager ${clean(manager, 60)})`}${state}`;
}

function liveStep({ live }: JudgeInput): string {
  switch (live.kind) {
    case 'present': {
      const version = textAt(live.object, 'metadata', 'resourceVersion');
      return `Live: present${version === undefined ? '' : `, resourceVersion ${clean(version, 40)}`}`;
    }
    case 'absent':
      return 'Live: not in the cluster';
    case 'unknown':
      return 'Live: could not be read';
  }
}

/** So many changes are told, latest first. */
const TOLD = 5;

/** The only exact times there are: managedFields say "at or before", and only of the last change of each manager. */
function seenStep({ live }: JudgeInput): string[] {
  const seen = live.kind === 'present' ? live.seen : [];
  if (seen.length === 0) return [];
  const told = seen.slice(-TOLD).reverse().map(({ at, manager }) => `by ${manager === undefined ? 'somebody who left no name' : managerText({ manager, operation: 'Update', subresource: undefined })} at ${new Date(at).toISOString().slice(0, 19)}Z`);
  return [`Seen being changed while it was watched: ${told.join(', ')}${seen.length > TOLD ? ` and ${seen.length - TOLD} times before` : ''}`];
}

function baseStep({ base, behind }: JudgeInput): string {
  switch (base.kind) {
    case 'known':
      return `Base (what was applied last): known${behind ? '; it is newer than this checkout' : ''}`;
    case 'absent':
      return 'Base (what was applied last): known, and does not have this object';
    case 'unknown':
      return `Base (what was applied last): not known: ${clean(base.reason, 200)}`;
  }
}

function ownershipStep(ownership: Ownership, { applier }: JudgeInput): string {
  if (ownership.kind === 'untracked') return 'Ownership: the live object has no managedFields, so only values are compared';
  const others = ownership.cursors.filter(({ entry }) => entry.role !== 'own');
  const names = [...new Set(others.map(({ entry }) => `${managerText(entry.owner)}${entry.role === 'taken' ? ' (taken over before the next apply)' : ''}`))];
  const own = ownership.own ? (ownership.own.otherVersion ? 'the applier has an entry, of another version of the kind' : 'the applier has an entry') : applier.tool === 'none' ? 'nobody counts as applier' : 'the applier has no entry';
  return `Ownership: ${own}; other managers: ${names.length === 0 ? 'none' : names.join(', ')}`;
}

const AFTER: Readonly<Record<AfterResume, string>> = {
  overwritten: 'the next apply sets it to what Git has',
  deleted: 'the next apply deletes it',
  kept: 'the applier leaves it alone',
  none: 'the next apply changes nothing here',
  unknown: 'what the next apply does cannot be told without asking the server',
};

/** The verdict, then every step of the decision in plain words, a line each. Secret values are not in it. `file` is the manifest's, from which other files are named. */
export function explain(verdict: ObjectVerdict, input: JudgeInput, file?: string): string {
  const lines = [clean(describeRef(verdict.ref), 200), `Verdict: ${lookOf(verdict.verdict).label}, because ${clean(verdict.reason, 300)}`];
  for (const note of verdict.notes) lines.push(`Note: ${clean(note, 300)}`);
  lines.push('', 'What it rests on:', ...stepsOf(input));
  if (verdict.fields.length > 0) lines.push('', 'Fields:');
  for (const field of verdict.fields) lines.push(...fieldLines(field, input, file));
  if (verdict.kept.length > 0) lines.push('', 'Extra fields that are left alone:');
  for (const field of verdict.kept) lines.push(...fieldLines(field, input, file));
  return lines.join('\n');
}

function fieldLines(field: FieldVerdict, input: JudgeInput, file: string | undefined): string[] {
  const base = input.base.kind === 'unknown' ? 'not known' : valueText(field.base);
  const detail = field.detail === undefined || field.verdict === 'extra' ? '' : `, ${field.detail}`;
  const lines = [
    `${pathText(field.path)}: ${lookOf(field.verdict).label}${detail}${field.certain ? '' : ' (not certain)'}`,
    `  Git ${valueText(field.git)} | live ${valueText(field.live)} | base ${base}`,
    `  ${clean(field.reason, 300)}`,
  ];
  const set = field.set && file !== undefined ? setText(field.set, file) : '';
  if (set !== '') lines.push(`  ${set}`);
  if (field.stage !== undefined) lines.push(`  on its way: ${stageText(field.stage)}`);
  for (const owner of field.owners) lines.push(`  owner: ${clean(owner.manager, 60)} (${owner.operation}${owner.subresource === undefined ? '' : `, ${clean(owner.subresource, 30)}`})${owner.time === undefined ? '' : `, at or before ${clean(owner.time, 40)}`}`);
  lines.push(`  ${AFTER[field.afterResume]}`);
  return lines;
}
