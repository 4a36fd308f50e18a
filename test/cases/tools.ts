import type { Case } from './case';

/** Who is asked whether an object differs. */
export const TOOLS = ['Plumbline', 'kubectl diff', 'kubectl diff --server-side', 'forced dry-run'] as const;
export type Tool = (typeof TOOLS)[number];

/** What a tool says of one object. `error`: it ended with an error instead; `unsure`: it says that it cannot tell. */
export type Report = 'differs' | 'same' | 'refused' | 'error' | 'unsure';

/**
 * One question to all of them: **is this object out of plumb with its manifest, as far as its own applier is concerned?**
 * It is when live is not what the manifest asks for: when the next apply by that applier would change it or be refused,
 * or when the manifest is older than what was applied. An extra field that the applier leaves alone is not out of plumb,
 * one that it will delete is; a value that is written in another way is not; nor is an object that the applier was told
 * to leave alone. kubectl gets the file as it stands in Git, and reads it as it always does. The forced dry-run is what
 * the controller makes before each apply, of what the controller would send; for appliers that send patches of their own
 * making it is the nearest there is. Neither is told what was applied last: they have no way to be.
 */
export type Expected = 'differs' | 'same' | 'refused' | 'blocked';

/** From the verdict that the case expects; where that is "cannot tell", the case says what is so. */
export function expectedOf({ row, verdict, differs }: Case): Expected {
  switch (verdict) {
    case 'drift':
    case 'conflict':
    case 'pending':
    case 'missing':
    case 'orphan':
      return 'differs';
    case 'invalid':
      return 'refused';
    case 'blocked':
      return 'blocked';
    case 'in-sync':
    case 'equivalent':
    case 'skipped':
      return 'same';
    case 'undecided':
    case 'unknown':
      if (differs === undefined) throw new Error(`case ${row} has to say whether the object differs`);
      return differs ? 'differs' : 'same';
  }
}

export type Mark = 'right' | 'wrong' | 'no answer';

/**
 * An error is an answer only where the manifest, or what the applier would do with it, is refused: then it is the right
 * one. Everywhere else, as with "not sure", nothing was answered, which is not as bad as a wrong answer.
 */
export function markOf(expected: Expected, report: Report): Mark {
  if (report === 'unsure') return 'no answer';
  if (expected === 'refused') return report === 'refused' || report === 'error' ? 'right' : 'wrong';
  if (report === 'error') return expected === 'blocked' ? 'right' : 'no answer';
  if (expected === 'blocked') return report === 'same' ? 'wrong' : 'right';
  return report === expected ? 'right' : 'wrong';
}

export type Reports = ReadonlyMap<Case, Readonly<Record<Tool, Report>>>;

/** A line a tool: how often right, wrong and without an answer, and in which rows wrong. */
export function table(reports: Reports): string {
  const marks = (tool: Tool, mark: Mark): string[] => [...reports].filter(([one, said]) => markOf(expectedOf(one), said[tool]) === mark).map(([{ row }]) => row);
  const line = (cells: readonly string[]): string => `      ${cells.map((cell, i) => (i === 0 ? cell.padEnd(28) : cell.padStart(11))).join('')}`;
  return [
    line([`${reports.size} cases`, 'right', 'wrong', 'no answer']),
    ...TOOLS.map(tool => line([tool, ...(['right', 'wrong', 'no answer'] as const).map(mark => String(marks(tool, mark).length))])),
    ...TOOLS.flatMap(tool => {
      const wrong = marks(tool, 'wrong');
      return wrong.length === 0 ? [] : [`      ${tool} is wrong in: ${wrong.join(' ')}`];
    }),
  ].join('\n');
}
