import type { Json, JsonObject } from '../core/base/json';
import { stringifyJson } from '../core/base/json-text';
import type { Verdict } from '../core/drift/verdict';
import { afterText, lookOf, pathText, verdictTitle } from '../core/drift/words';
import { describeRef, objectId } from '../core/kube/identity';
import { openFieldsOf, type Location, type Report, type ReportObject } from './report';

/** Verdicts that are findings, and how grave each is to a tool that reads SARIF. */
const LEVELS: Readonly<Partial<Record<Verdict, 'error' | 'warning' | 'note'>>> = {
  drift: 'warning',
  conflict: 'error',
  missing: 'warning',
  orphan: 'warning',
  invalid: 'error',
  blocked: 'error',
  pending: 'note',
  undecided: 'note',
  unknown: 'note',
};

const RULES: Readonly<Partial<Record<Verdict, string>>> = {
  drift: 'The cluster differs from what was applied',
  conflict: 'The cluster and Git have both changed the same field',
  missing: 'The object is not in the cluster',
  orphan: 'The object is in the cluster and no longer in Git',
  invalid: 'The API server would refuse the manifest as written',
  blocked: 'The applier would be refused',
  pending: 'Git is ahead of what was applied, or behind it',
  undecided: 'Whether it differs could not be decided',
  unknown: 'The cluster could not be read',
};

/** SARIF 2.1.0 (OASIS), a result for each field, or for the object where it is one finding as a whole. */
export function sarifText(report: Report, version: string): string {
  const results = report.objects.flatMap(resultsOf);
  const notifications = report.problems.map(({ file, at, message }): JsonObject => ({ level: 'warning', message: { text: message }, locations: [locationOf(at ?? file)] }));
  return `${stringifyJson(
    {
      $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
      version: '2.1.0',
      runs: [
        {
          tool: { driver: { name: 'plumbline', version, rules: Object.entries(RULES).map(([id, text]) => ({ id, shortDescription: { text } })) } },
          invocations: [{ executionSuccessful: true, toolExecutionNotifications: notifications }],
          columnKind: 'utf16CodeUnits',
          results,
        },
      ],
    },
    2,
  )}\n`;
}

function resultsOf(object: ReportObject): JsonObject[] {
  const { source, folder, state: { verdict } } = object;
  const level = LEVELS[verdict.verdict];
  if (level === undefined) return [];
  const name = describeRef(verdict.ref);
  const shown = openFieldsOf(object);
  const result = (ruleId: Verdict, text: string, place: Location | string, path: string): JsonObject => ({
    ruleId,
    level: LEVELS[ruleId] ?? level,
    message: { text },
    locations: [locationOf(place)],
    partialFingerprints: { 'plumblineField/v1': `${objectId(verdict.ref)} ${path} ${ruleId}` },
  });
  const whole = source ?? folder;
  if (shown.length === 0) return [result(verdict.verdict, `${name}: ${verdictTitle(verdict)}`, whole, '')];
  return shown.map(({ field, at }) => {
    const rule = field.verdict === 'extra' ? verdict.verdict : field.verdict;
    return result(rule, `${name} ${pathText(field.path)}: ${afterText(field) ?? lookOf(rule).label}`, at ?? whole, pathText(field.path));
  });
}

function locationOf(place: Location | string): Json {
  if (typeof place === 'string') return { physicalLocation: { artifactLocation: { uri: encodeURI(place), uriBaseId: '%SRCROOT%' } } };
  const { file, line, column, endLine, endColumn } = place;
  return { physicalLocation: { artifactLocation: { uri: encodeURI(file), uriBaseId: '%SRCROOT%' }, region: { startLine: line, startColumn: column, endLine, endColumn } } };
}
