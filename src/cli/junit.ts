import type { Verdict } from '../core/drift/verdict';
import { afterText, lookOf, pathText, verdictTitle } from '../core/drift/words';
import { describeRef } from '../core/kube/identity';
import { isNotJudged } from './exit-code';
import { groupName, openFieldsOf, type Report, type ReportObject } from './report';

/** JUnit XML as CI servers read it: a suite for each application, a case for each object. What `failOn` names is a failure, what could not be judged an error. */
export function junitText(report: Report, failOn: ReadonlySet<Verdict>): string {
  const suites = new Map<string, ReportObject[]>();
  for (const object of report.objects) suites.set(groupName(object), [...(suites.get(groupName(object)) ?? []), object]);
  const lines = [...suites].flatMap(([name, objects]) => suiteXml(name, objects, failOn));
  const lost = report.problems.filter(problem => problem.lost);
  if (lost.length > 0) lines.push(`  <testsuite name="files" tests="${lost.length}" failures="0" errors="${lost.length}" skipped="0">`, ...lost.map(({ file, at, message }) => `    <testcase classname="files" name="${xml(file)}"><error message="${xml(at ? `line ${at.line}: ${message}` : message)}"/></testcase>`), '  </testsuite>');
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="plumbline" time="${report.seconds.toFixed(3)}">\n${lines.map(line => `${line}\n`).join('')}</testsuites>\n`;
}

function suiteXml(name: string, objects: readonly ReportObject[], failOn: ReadonlySet<Verdict>): string[] {
  const kinds = objects.map(({ state }) => kindOf(state.verdict.verdict, failOn));
  const count = (kind: Outcome): number => kinds.filter(one => one === kind).length;
  return [
    `  <testsuite name="${xml(name)}" tests="${objects.length}" failures="${count('failure')}" errors="${count('error')}" skipped="${count('skipped')}">`,
    ...objects.flatMap(object => caseXml(name, object, failOn)),
    '  </testsuite>',
  ];
}

type Outcome = 'failure' | 'error' | 'skipped' | 'passed';

function kindOf(verdict: Verdict, failOn: ReadonlySet<Verdict>): Outcome {
  if (failOn.has(verdict)) return 'failure';
  return isNotJudged(verdict) ? 'error' : verdict === 'skipped' ? 'skipped' : 'passed';
}

function caseXml(suite: string, object: ReportObject, failOn: ReadonlySet<Verdict>): string[] {
  const { source, state: { verdict } } = object;
  const outcome = kindOf(verdict.verdict, failOn);
  const head = `    <testcase classname="${xml(suite)}" name="${xml(describeRef(verdict.ref))}"${source ? ` file="${xml(source.file)}" line="${source.line}"` : ''}`;
  if (outcome === 'passed') return [`${head}/>`];
  const details = openFieldsOf(object).map(({ field, at }) => `${at ? `${at.file}:${at.line}:${at.column} ` : ''}${pathText(field.path)}: ${afterText(field) ?? lookOf(field.verdict).label}`);
  return [`${head}>`, `      <${outcome} message="${xml(verdictTitle(verdict))}"${outcome === 'failure' ? ` type="${verdict.verdict}"` : ''}>${xml(details.join('\n'))}</${outcome}>`, '    </testcase>'];
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', '\n': '&#10;' };

/** What XML 1.0 may not hold at all is left out; the rest of what it cannot hold as it stands is written as an entity. */
const xml = (text: string): string => text.replace(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, '').replace(/[&<>"\n]/g, c => ENTITIES[c] ?? c);
