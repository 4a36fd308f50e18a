import { relative } from 'node:path';
import { countVerdicts, worstOf } from '../core/drift/assemble';
import { atDifferingLine } from '../core/drift/differing-line';
import { VERDICTS, type FieldVerdict } from '../core/drift/verdict';
import { clean, lookOf, ownerText, pathText, stageText, valueText, verdictTitle } from '../core/drift/words';
import { describeRef } from '../core/kube/identity';
import { isNotJudged } from './exit-code';
import type { Paint } from './paint';
import { groupName, isCalm, openFieldsOf, type Report, type ReportField, type ReportObject, type ReportProblem } from './report';

export interface TextStyle {
  readonly paint: Paint;
  /** From the report's root to the current folder: names of files can then be clicked. */
  readonly nameOf: (file: string) => string;
  readonly now: number;
  readonly quiet: boolean;
}

/** For a person, at night or in a log: application by application, worst first, a line for every field that is not as it should be. */
export function reportText(report: Report, style: TextStyle): string {
  const groups = groupsOf(report.objects);
  const lines = groups.flatMap(group => groupLines(group, style));
  if (report.problems.length > 0) lines.push(style.paint('bold', 'Could not be read'), ...report.problems.map(problem => `  ${problemLine(problem, style)}`), '');
  return `${[...lines, summaryLine(report, style)].join('\n')}\n`;
}

function groupsOf(objects: readonly ReportObject[]): ReportObject[][] {
  const byGroup = new Map<string, ReportObject[]>();
  for (const object of objects) byGroup.set(object.group.id, [...(byGroup.get(object.group.id) ?? []), object]);
  const badness = (group: readonly ReportObject[]): number => VERDICTS.indexOf(worstOf(countVerdicts(group.map(({ state }) => state.verdict.verdict))));
  return [...byGroup.values()].sort((a, b) => badness(a) - badness(b));
}

function groupLines(objects: readonly ReportObject[], style: TextStyle): string[] {
  const open = objects.filter(object => !isCalm(object)).sort((a, b) => VERDICTS.indexOf(a.state.verdict.verdict) - VERDICTS.indexOf(b.state.verdict.verdict));
  const first = objects[0];
  if (!first || open.length === 0) return [];
  return [style.paint('bold', headline(first, style)), ...alike(open).flatMap(same => (same.length < FEW ? same.flatMap(object => objectLines(object, style)) : collapsed(same, style))), ''];
}

/** So many objects that have one and the same thing to say are told one by one. */
const FEW = 3;
const MAX_NAMES = 4;

/** Objects that could not be judged for the same reason, together; every other object alone. */
function alike(objects: readonly ReportObject[]): ReportObject[][] {
  const together = new Map<string, ReportObject[]>();
  for (const [i, object] of objects.entries()) {
    const { verdict, reason } = object.state.verdict;
    const key = isNotJudged(verdict) && openFieldsOf(object).length === 0 ? `${verdict} ${withoutKind(reason, object)}` : String(i);
    together.set(key, [...(together.get(key) ?? []), object]);
  }
  return [...together.values()];
}

/** The server names the kind in its refusals. */
const withoutKind = (reason: string, { state: { ref } }: ReportObject): string => (reason.startsWith('forbidden: ') ? `forbidden ${ref.namespace ?? ''}` : reason);

function collapsed(objects: readonly ReportObject[], { paint }: TextStyle): string[] {
  const verdict = objects[0]?.state.verdict;
  if (!verdict) return [];
  const look = lookOf(verdict.verdict);
  const names = objects.slice(0, MAX_NAMES).map(({ state }) => clean(describeRef(state.ref), 80));
  const more = objects.length > MAX_NAMES ? ` and ${objects.length - MAX_NAMES} more` : '';
  return [`  ${paint(look.tone, `${look.letter ?? ' '} ${objects.length} objects  ${look.label}: ${clean(verdict.reason, 300)}`)}`, `      ${names.join(', ')}${more}`];
}

function headline(object: ReportObject, { now, nameOf }: TextStyle): string {
  const { application, pause } = object.group;
  if (!application) return clean(nameOf(object.folder));
  const since = pause?.since === undefined ? '' : ` ${Math.max(0, Math.round((now - pause.since) / 60_000))} min`;
  const who = pause?.by === undefined ? '' : ` by ${clean(pause.by, 40)}`;
  const why = pause?.reason === undefined ? '' : `: ${clean(pause.reason, 100)}`;
  return `${clean(groupName(object))} · ${clean(nameOf(object.folder))}${pause ? ` · paused${since}${who}${why}` : ''}`;
}

function objectLines(object: ReportObject, style: TextStyle): string[] {
  const { source, state: { verdict } } = object;
  const look = lookOf(verdict.verdict);
  const place = source ? `  ${placeText(source, style)}` : '';
  const shown = openFieldsOf(object);
  return [
    `  ${style.paint(look.tone, `${look.letter ?? ' '} ${clean(describeRef(verdict.ref))}  ${verdictTitle(verdict)}`)}${shown.length === 0 ? place : ''}`,
    ...shown.flatMap(field => fieldLines(field, style)),
    ...verdict.notes.map(note => `      ${style.paint('dim', clean(note, 200))}`),
  ];
}

function fieldLines({ field, at }: ReportField, style: TextStyle): string[] {
  const look = lookOf(field.verdict);
  const stage = field.stage === undefined ? '' : `, ${stageText(field.stage)}`;
  const owner = field.owners[0] ? ` · ${ownerText(field.owners[0], style.now)}` : '';
  return [`      ${at ? `${placeText(at, style)}  ` : ''}${pathText(field.path)}  ${style.paint(look.tone, `${differenceText(field)}${stage}`)}${owner}${field.certain ? '' : ' (not certain)'}`];
}

function differenceText(whole: FieldVerdict): string {
  const field = atDifferingLine(whole);
  const [git, live] = [valueText(field.git), valueText(field.live)];
  if (field.detail === 'order') return 'another order';
  if (field.verdict === 'invalid' || field.verdict === 'undecided') return clean(field.reason, 120);
  if (field.git === undefined) return `live ${live}, not in Git${field.afterResume === 'deleted' ? ', will be deleted' : ''}`;
  if (field.live === undefined) return `Git ${git}, not live`;
  return `Git ${git}, live ${live}`;
}

const placeText = ({ file, line, column }: { readonly file: string; readonly line: number; readonly column: number }, { nameOf }: TextStyle): string => `${clean(nameOf(file))}:${line}:${column}`;

const problemLine = ({ file, at, message }: ReportProblem, style: TextStyle): string => `${at ? placeText(at, style) : clean(style.nameOf(file))}  ${clean(message, 300)}`;

export function summaryLine({ cluster, objects, problems, seconds }: Report, { paint, quiet }: TextStyle): string {
  const counts = countVerdicts(objects.map(({ state }) => state.verdict.verdict));
  const parts = VERDICTS.flatMap(verdict => (counts[verdict] === undefined ? [] : [paint(lookOf(verdict).tone, `${counts[verdict]} ${lookOf(verdict).label}`)]));
  const lost = problems.filter(problem => problem.lost).length;
  if (lost > 0) parts.push(paint('grey', `${lost} ${lost === 1 ? 'problem' : 'problems'}`));
  const where = cluster && !quiet ? ` · ${[cluster.context, cluster.server].filter(text => text !== '').map(text => clean(text)).join(' ')} · ${seconds.toFixed(1)} s` : '';
  return `${parts.length === 0 ? 'nothing to judge' : parts.join(', ')}${where}`;
}

/** Names of the report's files as seen from the current folder. */
export const nameFrom = (cwd: string, root: string) => (file: string): string => relative(cwd, `${root}/${file}`) || '.';
