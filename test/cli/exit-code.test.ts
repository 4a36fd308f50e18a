import assert from 'node:assert/strict';
import { exitCode } from '../../src/cli/exit-code';
import type { Report } from '../../src/cli/report';
import type { Verdict } from '../../src/core/drift/verdict';

type Judged = Parameters<typeof exitCode>[0];

const of = (verdicts: readonly Verdict[], lost: readonly boolean[] = []): Judged => ({
  objects: verdicts.map(verdict => ({ state: { verdict: { verdict } } }) as Report['objects'][number]),
  problems: lost.map(one => ({ lost: one }) as Report['problems'][number]),
});

describe('exit codes', () => {
  const rows: readonly (readonly [name: string, judged: Judged, code: number])[] = [
    ['all in sync', of(['in-sync', 'equivalent', 'skipped']), 0],
    ['what was not asked to fail', of(['pending']), 0],
    ['drift', of(['in-sync', 'drift']), 1],
    ['could not look', of(['in-sync', 'unknown']), 2],
    ['not sure', of(['undecided']), 2],
    ['a file that could not be read', of(['in-sync'], [true]), 2],
    ['a file with a flaw that loses nothing', of(['in-sync'], [false]), 0],
    ['drift weighs more than what could not be judged', of(['unknown', 'drift'], [true]), 1],
  ];
  for (const [name, judged, code] of rows) it(`${name}: ${code}`, () => assert.equal(exitCode(judged, new Set<Verdict>(['drift', 'missing'])), code));
});
