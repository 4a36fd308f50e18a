import assert from 'node:assert/strict';
import type { Sighting } from '../../../src/core/cluster/api';
import { explain } from '../../../src/core/drift/explain';
import { judge } from '../../../src/core/drift/judge';
import { inputOf, liveOf } from './make';

const GIT = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: n}\ndata: {k: v}\n';
const at = (second: number, manager: string | undefined): Sighting => ({ at: Date.UTC(2026, 0, 2, 3, 4, second, 567), manager });

const rows: readonly (readonly [string, readonly Sighting[], string | undefined])[] = [
  ['nothing was seen', [], undefined],
  ['one change', [at(5, 'kubectl-edit')], 'by kubectl edit at 2026-01-02T03:04:05Z'],
  ['two, the later first, one of them without a name', [at(5, undefined), at(9, 'helm')], 'by helm at 2026-01-02T03:04:09Z, by somebody who left no name at 2026-01-02T03:04:05Z'],
  ['a name that means harm', [at(5, 'a\u001b[31m\u202eb')], 'by a\\u001b[31m\\u202eb at 2026-01-02T03:04:05Z'],
  ['more than anybody reads', Array.from({ length: 20 }, (_, second) => at(second, 'm')), `${[19, 18, 17, 16, 15].map(second => `by m at 2026-01-02T03:04:${second}Z`).join(', ')} and 15 times before`],
];

describe('what an explanation says of changes that were seen happening', () => {
  for (const [name, seen, expected] of rows) {
    it(name, () => {
      const live = liveOf({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', namespace: 'n' }, data: { k: 'v' } }, []);
      assert.ok(live.kind === 'present');
      const input = inputOf({ git: GIT, live: { ...live, seen } });
      const line = explain(judge(input), input).split('\n').find(text => text.startsWith('Seen '));
      assert.equal(line, expected === undefined ? undefined : `Seen being changed while it was watched: ${expected}`);
    });
  }
});
