import { countVerdicts } from '../core/drift/assemble';
import { VERDICTS } from '../core/drift/verdict';
import { clean, lookOf, managerText, pathText, valueText, verdictTitle } from '../core/drift/words';
import { describeRef } from '../core/kube/identity';
import { isCalm, openFieldsOf, type Report, type ReportObject } from './report';

/** For a comment on a pull request, or the summary page of a CI run. */
export function markdownText({ cluster, objects, problems }: Report): string {
  const counts = countVerdicts(objects.map(({ state }) => state.verdict.verdict));
  const summary = VERDICTS.flatMap(verdict => (counts[verdict] === undefined ? [] : [`**${counts[verdict]}** ${lookOf(verdict).label}`])).join(', ');
  const open = objects.filter(object => !isCalm(object)).sort((a, b) => VERDICTS.indexOf(a.state.verdict.verdict) - VERDICTS.indexOf(b.state.verdict.verdict));
  const lines = [`### Plumbline${cluster ? `: ${cell(cluster.context)}` : ''}`, '', summary === '' ? 'Nothing to judge.' : summary, ''];
  if (open.length > 0) lines.push('| | object | field | Git | live | by |', '|---|---|---|---|---|---|', ...open.flatMap(rows), '');
  if (problems.length > 0) lines.push('Could not be read:', '', ...problems.map(({ file, at, message }) => `- ${cell(at ? `${file}:${at.line}` : file)}: ${cell(message)}`), '');
  return lines.join('\n');
}

function rows(object: ReportObject): string[] {
  const { source, state: { verdict } } = object;
  const open = openFieldsOf(object);
  const name = `${cell(describeRef(verdict.ref))}${source ? `<br>${cell(`${source.file}:${source.line}`)}` : ''}`;
  if (open.length === 0) return [`| ${lookOf(verdict.verdict).label} | ${name} | ${cell(verdictTitle(verdict))} | | | |`];
  return open.map(({ field, at }) => {
    const where = at ? ` (line ${at.line})` : '';
    const by = field.owners[0] ? cell(managerText(field.owners[0])) : '';
    return `| ${lookOf(field.verdict).label} | ${name} | ${cell(pathText(field.path))}${where} | ${cell(valueText(field.git))} | ${cell(valueText(field.live))} | ${by} |`;
  });
}

/** Text of others in one cell: nothing in it is markup, a link or a mention. */
const cell = (text: string): string => clean(text).replace(/[\\`*_{}[\]()#+!|<>@~&]/g, c => `&#${c.charCodeAt(0)};`);
