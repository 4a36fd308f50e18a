import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { at, isArray, isObject, listAt, member, sameJson, textAt, type Json, type JsonObject } from '../../../src/core/base/json';
import { parseJson, stringifyJson } from '../../../src/core/base/json-text';
import { FieldSet } from '../../../src/core/kube/fieldset';
import { GroupVersionSchemas } from '../../../src/core/kube/openapi';
import { formatPath } from '../../../src/core/kube/path';
import type { SchemaType } from '../../../src/core/kube/schema';
import { updaterApply, updaterUpdate, type Managers, type UpdaterInput, type UpdaterResult } from '../../../src/core/kube/updater';

/** Histories as people and controllers make them, with what the real structured-merge-diff answered (`test/bench/go/oracle`). */
describe('what Git, people and controllers do to one object', () => {
  const openapi = read('smd-openapi.json');
  const scenarios = read('smd-scenarios.json');
  assert.ok(isObject(openapi) && isArray(scenarios));
  const schemas = new GroupVersionSchemas(openapi);
  const types: Readonly<Record<string, SchemaType | undefined>> = { Deployment: schemas.typeOf('Deployment', 'apps', 'v1'), Secret: schemas.typeOf('Secret', '', 'v1') };
  for (const scenario of scenarios) {
    const kind = textAt(scenario, 'kind');
    const schema: SchemaType | undefined = kind === undefined ? { kind: 'deduced' } : types[kind];
    it(textAt(scenario, 'name') ?? '', () => {
      assert.ok(schema);
      replay(schema, listAt(scenario, 'steps'));
    });
  }
});

function read(name: string): Json {
  return parseJson(readFileSync(join(__dirname, '../../cases', name), 'utf8'));
}

function replay(schema: SchemaType, steps: readonly Json[]): void {
  let live: Json = {};
  let managers: Managers = new Map();
  for (const step of steps) {
    const expected = member(step, 'expected');
    const config = member(step, 'object') ?? null;
    const input: UpdaterInput = { live, config, schema, managers, manager: textAt(step, 'manager') ?? '', ignored: FieldSet.empty };
    const result: UpdaterResult = textAt(step, 'op') === 'update' ? updaterUpdate(input) : updaterApply({ ...input, force: member(step, 'force') === true });
    if (textAt(expected, 'error') !== undefined) {
      assert.equal(result.kind, 'error');
      continue;
    }
    if (result.kind === 'conflict') {
      assert.deepEqual(result.conflicts.map(({ manager, path }) => `${manager} ${formatPath(path)}`).sort(), listAt(expected, 'conflicts'));
      continue;
    }
    assert.equal(result.kind, 'applied');
    assert.ok(sameJson(result.object, at(expected, 'object')), stringifyJson(result.object));
    const sets: JsonObject = Object.fromEntries([...result.managers].map(([name, set]) => [name, set.toJson()]));
    assert.ok(sameJson(sets, at(expected, 'managers')), stringifyJson(sets));
    if (textAt(step, 'op') !== 'dry') ({ object: live, managers } = result);
  }
}
