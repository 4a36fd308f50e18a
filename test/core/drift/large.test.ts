import assert from 'node:assert/strict';
import type { JsonObject } from '../../../src/core/base/json';
import { explain } from '../../../src/core/drift/explain';
import { judge } from '../../../src/core/drift/judge';
import { projectLive } from '../../../src/core/drift/projection';
import type { SchemaType } from '../../../src/core/kube/schema';
import { inputOf, liveOf, manifestOf } from './make';

const ITEMS = 50_000;
const struct = (fields: Readonly<Record<string, SchemaType>>): SchemaType => ({ kind: 'map', mode: 'granular', fields: new Map(Object.entries(fields)), element: undefined });
const SCHEMA = struct({ spec: struct({ parts: { kind: 'list', mode: 'map', keys: [{ name: 'name', fallback: undefined }], element: struct({ name: { kind: 'scalar', scalar: 'string' }, size: { kind: 'scalar', scalar: 'numeric' } }) } }) });
const widget = (size: number, name: string): string => `apiVersion: cases.example/v1\nkind: Widget\nmetadata: {name: w}\nspec:\n  parts:\n${Array.from({ length: ITEMS }, (_, i) => `    - {name: ${name}${i}, size: ${size}}\n`).join('')}`;

/** Each of these took hours when its work grew with the square of its size: the limit is far from what they take. */
describe('very large objects', function () {
  this.timeout(120_000);

  for (const [what, live] of [['changed', widget(2, 'a')], ['put in place of others', widget(1, 'b')]] as const) {
    it(`a list of ${ITEMS} items, all ${what}, is one field, and is shown whole`, () => {
      const git = widget(1, 'a');
      const object: JsonObject = manifestOf(live).object;
      const input = { ...inputOf({ git, live: liveOf(object, undefined) }), schema: SCHEMA, text: git };
      const verdict = judge(input);
      assert.deepEqual([verdict.verdict, verdict.fields.length], ['drift', 1]);
      assert.match(verdict.fields[0]?.reason ?? '', /^50000 of its fields differ/);
      assert.ok(explain(verdict, input).length < 2_000);
      const shown = manifestOf(projectLive(git, [{ manifest: input.manifest, verdict, live: input.live }])).object;
      assert.deepEqual(shown['spec'], object['spec']);
    });
  }

  it('a depth of 10,000 is said to be too deep', () => {
    let deep: JsonObject = { a: 'x' };
    for (let i = 0; i < 10_000; i++) deep = { a: deep };
    const head = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } };
    const input = inputOf({ git: 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n', live: liveOf({ ...head, x: { ...deep, b: 1 } }, []) });
    const { verdict, reason } = judge({ ...input, desired: { ...head, x: deep }, schema: undefined });
    assert.deepEqual([verdict, reason], ['undecided', 'the object is too large or nested too deeply to be judged']);
  });
});
