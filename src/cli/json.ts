import type { Json, JsonObject } from '../core/base/json';
import { stringifyJson } from '../core/base/json-text';
import { VERDICTS, type FieldVerdict, type Owner, type ShownValue } from '../core/drift/verdict';
import { countVerdicts } from '../core/drift/assemble';
import { formatPath } from '../core/kube/path';
import type { Report, ReportField, ReportObject, ReportProblem } from './report';

/** A report as `plumbline/scan/v1`; `more` is added at its end. */
export function jsonText(report: Report, more: JsonObject = {}): string {
  return `${stringifyJson({ ...jsonOf(report), ...more }, 2)}\n`;
}

function jsonOf({ cluster, repository, objects, problems, requests, seconds }: Report): JsonObject {
  const counts = countVerdicts(objects.map(({ state }) => state.verdict.verdict));
  return {
    schema: 'plumbline/scan/v1',
    cluster: cluster ? { context: cluster.context, server: cluster.server === '' ? null : cluster.server, uid: cluster.uid ?? null, version: cluster.version } : null,
    repository: { root: repository.root, head: repository.head ?? null, dirty: repository.dirty },
    objects: objects.map(objectJson),
    summary: Object.fromEntries(VERDICTS.flatMap(verdict => (counts[verdict] === undefined ? [] : [[verdict, counts[verdict]]]))),
    problems: problems.map(problemJson),
    requests: { ...requests },
    seconds: Math.round(seconds * 1000) / 1000,
  };
}

function objectJson({ state, source, group, applier, fields, kept }: ReportObject): JsonObject {
  const { ref, verdict, notes, reason } = state.verdict;
  const { application } = group;
  return {
    apiVersion: ref.apiVersion,
    kind: ref.kind,
    namespace: ref.namespace ?? null,
    name: ref.name,
    source: source ? { file: source.file, document: source.document, line: source.line } : null,
    application: application
      ? { kind: application.kind, namespace: application.ref.namespace ?? null, name: application.ref.name, revision: application.appliedRevision ?? null, suspended: application.pause !== undefined }
      : null,
    applier: { tool: applier.tool, manager: applier.manager },
    verdict,
    reason,
    notes,
    fields: fields.map(fieldJson),
    kept: kept.map(fieldJson),
  };
}

function fieldJson({ field, at }: ReportField): JsonObject {
  return {
    path: formatPath(field.path),
    verdict: field.verdict,
    detail: field.detail ?? null,
    ...sides(field),
    ...(field.stage !== undefined && { stage: field.stage }),
    owners: field.owners.map(ownerJson),
    certain: field.certain,
    reason: field.reason,
    at: at ? { ...at } : null,
    ...(field.set && { set: { by: field.set.by, certain: field.set.certain, outside: field.set.outside ?? null } }),
    afterResume: field.afterResume,
  };
}

function sides({ git, live, base }: FieldVerdict): JsonObject {
  return { ...(git && { git: valueJson(git) }), ...(live && { live: valueJson(live) }), ...(base && { base: valueJson(base) }) };
}

const valueJson = (value: ShownValue): Json => (value.kind === 'secret' ? { secret: true, bytes: value.bytes } : value.value);

const ownerJson = ({ manager, operation, subresource, time }: Owner): JsonObject => ({ manager, operation, subresource: subresource ?? null, time: time ?? null });

const problemJson = ({ file, at, message }: ReportProblem): JsonObject => ({ file, line: at?.line ?? null, message });
