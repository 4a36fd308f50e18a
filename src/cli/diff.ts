import { join } from 'node:path';
import { projectLive, type Projected } from '../core/drift/projection';
import { clean } from '../core/drift/words';
import { describeRef } from '../core/kube/identity';
import type { Paint } from './paint';
import type { Report, ReportObject } from './report';
import type { Scan } from './scan';
import { unifiedDiff } from './unified-diff';

/** What a file would have to say to be what is live, against what it says. */
export interface FileDiff {
  /** Relative to the report's root. */
  readonly file: string;
  readonly lines: readonly string[];
}

/** A diff for every file that differs, in the report's order. A file that two applications apply has one for each of them that differs. */
export function fileDiffs({ objects }: Report, { engine }: Scan, root: string): FileDiff[] {
  const groups = new Map<string, { readonly file: string; readonly projected: Projected[] }>();
  for (const { source, state, group } of objects) {
    const live = engine.input(state.id)?.live;
    if (!source || !state.manifest || !live) continue;
    const key = `${source.file}\0${group.id}`;
    const entry = groups.get(key) ?? { file: source.file, projected: [] };
    entry.projected.push({ manifest: state.manifest, verdict: state.verdict, live });
    groups.set(key, entry);
  }
  return [...groups.values()].flatMap(({ file, projected }) => {
    const text = engine.text(join(root, file)) ?? '';
    const lines = unifiedDiff(projectLive(text, projected), text, { before: `live/${file}`, after: file });
    return lines.length === 0 ? [] : [{ file, lines }];
  });
}

/** Objects of which a diff cannot show anything, because no file has them or because they could not be judged. */
const isLeftOut = ({ source, state }: ReportObject): boolean => !source || ['unknown', 'undecided', 'invalid'].includes(state.verdict.verdict);

export function diffText(report: Report, diffs: readonly FileDiff[], paint: Paint): string {
  const painted = (line: string): string => {
    if (line.startsWith('---') || line.startsWith('+++')) return paint('bold', line);
    if (line.startsWith('@@')) return paint('blue', line);
    return line.startsWith('-') ? paint('red', line) : line.startsWith('+') ? paint('green', line) : line;
  };
  const left = report.objects.filter(isLeftOut).map(({ state: { verdict } }) => `${verdict.verdict === 'orphan' ? 'Only in the cluster' : `Not compared (${verdict.verdict})`}: ${clean(describeRef(verdict.ref))}: ${clean(verdict.reason, 300)}`);
  const lines = [...diffs.flatMap(diff => diff.lines.map(line => painted(printable(line)))), ...left];
  return lines.map(line => `${line}\n`).join('');
}

/** A file's own text may hold what a terminal would obey. */
const printable = (line: string): string => line.replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/g, c => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`);
