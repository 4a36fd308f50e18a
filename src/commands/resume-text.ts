import type { ResumePlan } from '../core/change/plan';
import type { ResumeEntry } from '../core/change/resume-preview';
import { clean, pathText, valueText } from '../core/drift/words';
import { describeRef, type ObjectRef } from '../core/kube/identity';

/** What a resume will do, as a plain text to read before saying yes. */
export function resumeText(name: string, { effect, pin, warnings }: ResumePlan): string {
  const sections = [
    section('Set back to what Git has', effect.overwritten.flatMap(entry => entryLines(entry, field => `live ${valueText(field.live)} becomes ${valueText(field.git)}`))),
    section('Removed from live objects', effect.deleted.flatMap(entry => entryLines(entry, field => `live ${valueText(field.live)} goes away`))),
    section('Created again', effect.recreated.map(refLine)),
    section('Objects deleted, because Git no longer has them', effect.pruned.map(refLine)),
    section('Left as it is', effect.kept.flatMap(entry => entryLines(entry, field => `live ${valueText(field.live)} stays${field.git === undefined ? ', Git does not have it' : `, Git has ${valueText(field.git)}`}`))),
    section('Not known', effect.unknown.map(({ ref, reason }) => `  ${clean(describeRef(ref))}: ${clean(reason, 300)}`)),
  ].filter(lines => lines.length > 0);
  const body = sections.length > 0 ? sections : [['Nothing that we can see will change in the cluster.']];
  return [`Resuming ${name} in ${clean(pin.context)} (${clean(pin.server)})`, ...warnings.map(warning => `Note: ${clean(warning, 300)}`), '', ...body.flatMap(lines => [...lines, ''])].join('\n');
}

const section = (title: string, lines: readonly string[]): string[] => (lines.length === 0 ? [] : [`${title}:`, ...lines]);

const refLine = (ref: ObjectRef): string => `  ${clean(describeRef(ref))}`;

function entryLines({ ref, fields }: ResumeEntry, say: (field: ResumeEntry['fields'][number]) => string): string[] {
  return [refLine(ref), ...fields.map(field => `    ${pathText(field.path).replace(/^\./, '')}: ${say(field)}`)];
}
