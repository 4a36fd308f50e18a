import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { at, isArray, isObject, listAt, member, sameJson, textAt, type Json, type JsonObject } from '../../../src/core/base/json';
import { parseJson, stringifyJson } from '../../../src/core/base/json-text';
import { compare } from '../../../src/core/kube/compare';
import { FieldSet } from '../../../src/core/kube/fieldset';
import { GroupVersionSchemas } from '../../../src/core/kube/openapi';
import { formatPath } from '../../../src/core/kube/path';
import { canonicalQuantity, compareQuantities, parseQuantity, roundUpToMilli } from '../../../src/core/kube/quantity';
import type { SchemaType } from '../../../src/core/kube/schema';
import { fieldSetOf } from '../../../src/core/kube/typed';
import { updaterApply, updaterUpdate, type Managers, type UpdaterInput, type UpdaterResult } from '../../../src/core/kube/updater';
import { validate } from '../../../src/core/kube/validate';
import { moduleFolder, program } from '../../bench/programs';
import { askOracle } from './oracle';
import { Random, randomSchema, randomStep, randomValue, schemaText, type Step } from './random-typed';

/** Histories that failed once, by seed. */
const ONCE_FAILED: readonly number[] = [3_814, 9_302];
const HISTORIES = 20_000;
const BATCH = 2_000;

interface Taken {
  readonly step: Step;
  readonly before: Json;
  readonly result: UpdaterResult;
}

interface History {
  readonly seed: number;
  readonly schema: SchemaType;
  readonly taken: readonly Taken[];
}

describe('the port of structured-merge-diff, against the real one', function () {
  this.timeout(900_000);

  before(() => program('oracle'));

  it(`agrees on objects, owners and conflicts in ${HISTORIES} seeded histories of random schemas`, async () => {
    const failures: string[] = [];
    for (let first = 0; first < HISTORIES && failures.length < 5; first += BATCH) {
      const seeds = [...(first === 0 ? ONCE_FAILED : []), ...Array.from({ length: BATCH }, (_, i) => first + i)];
      const histories = seeds.map(history);
      const answers = await askOracle(histories.map(requestOf));
      for (const [i, past] of histories.entries()) {
        const why = disagreement(past, answers[i]);
        if (why !== undefined) failures.push(`seed ${past.seed}: ${why}`);
      }
    }
    assert.deepEqual(failures.slice(0, 5), []);
  });

  it('agrees on quantities: what is one, how it is written, rounded and compared', async () => {
    const random = new Random(1);
    const values = [...FIXED_QUANTITIES, ...Array.from({ length: 8_000 }, () => randomQuantity(random))];
    const [answer] = await askOracle([{ op: 'quantity', values }]);
    assert.equal(textAt(answer, 'error'), undefined);
    const theirs = listAt(answer, 'values');
    assert.equal(theirs.length, values.length);
    assert.deepEqual(values.map((value, i) => ({ value, ...quantityFacts(value, values[i - 1]) })), values.map((value, i) => ({ value, ...factsOf(theirs[i]) })));
  });

  it('reads the types of every built-in kind as the API server does', async () => {
    const folder = join(await moduleFolder('kube', 'k8s.io/kubernetes'), 'api/openapi-spec/v3');
    const failures: string[] = [];
    for (const [file, group, version] of OPENAPI_FILES) {
      const path = join(folder, file);
      const document = parseJson(readFileSync(path, 'utf8'));
      assert.ok(isObject(document));
      const kinds = kindsOf(document, group, version);
      assert.ok(kinds.length > 0, file);
      const schemas = new GroupVersionSchemas(document);
      const cases = kinds.map((kind, i) => ({ kind, ...objectsOf(schemas.typeOf(kind, group, version), i) }));
      const answers = await askOracle(cases.map(({ kind, objects }) => ({ op: 'fieldset', openapi: { file: path, group, version, kind }, objects })));
      for (const [i, { kind, type, objects }] of cases.entries()) failures.push(...wrongSets(`${group}/${version} ${kind}`, type, objects, answers[i]));
    }
    assert.deepEqual(failures.slice(0, 5), []);
  });
});

function history(seed: number): History {
  const random = new Random(seed);
  const schema = randomSchema(random);
  const applied = new Map<string, JsonObject>();
  const taken: Taken[] = [];
  let live: Json = {};
  let managers: Managers = new Map();
  for (let i = 0; i < 6; i++) {
    const step = randomStep(random, schema, live, applied);
    const input: UpdaterInput = { live, config: step.object, schema, managers, manager: step.manager, ignored: FieldSet.empty };
    const result: UpdaterResult = step.op === 'update' ? updaterUpdate(input) : updaterApply({ ...input, force: step.force });
    taken.push({ step, before: live, result });
    if (result.kind === 'applied') ({ object: live, managers } = result);
  }
  return { seed, schema, taken };
}

const requestOf = ({ schema, taken }: History): JsonObject => ({ op: 'smd', schema: schemaText(schema), type: 'root', steps: taken.map(({ step }) => ({ ...step })) });

function disagreement({ schema, taken }: History, answer: Json | undefined): string | undefined {
  const failed = textAt(answer, 'error');
  if (failed !== undefined) return failed;
  for (const [i, { step, before, result }] of taken.entries()) {
    const theirs = at(answer, 'steps', i);
    const why = stepDisagreement(before, result, schema, theirs);
    if (why !== undefined) return `step ${i} (${step.op}): ${why}`;
  }
  return undefined;
}

function stepDisagreement(before: Json, result: UpdaterResult, schema: SchemaType, theirs: Json | undefined): string | undefined {
  const error = textAt(theirs, 'error');
  if ((error !== undefined) !== (result.kind === 'error')) return `error: ours ${result.kind === 'error' ? result.message : 'none'}, theirs ${error ?? 'none'}`;
  if (result.kind === 'error') return undefined;
  const conflicts = listAt(theirs, 'conflicts');
  const ours = result.kind === 'conflict' ? result.conflicts.map(({ manager, path }) => `${manager} ${formatPath(path)}`).sort() : [];
  if (!sameJson(ours, conflicts)) return `conflicts: ours ${ours.join('; ')}, theirs ${stringifyJson(conflicts)}`;
  if (result.kind === 'conflict') return undefined;
  const object = member(theirs, 'object');
  if (!sameJson(result.object, object)) return `object: ours ${stringifyJson(result.object)}, theirs ${stringifyJson(object ?? null)}`;
  const owners = setsDiffer(result.managers, member(theirs, 'managers'));
  if (owners !== undefined) return owners;
  const changes = compare(before, result.object, schema);
  for (const part of ['added', 'modified', 'removed'] as const) {
    const wanted = member(theirs, part);
    if (wanted !== undefined && stringifyJson(changes[part].toJson()) !== stringifyJson(wanted)) return `${part}: ours ${stringifyJson(changes[part].toJson())}, theirs ${stringifyJson(wanted)}`;
  }
  return undefined;
}

function setsDiffer(managers: Managers, theirs: Json | undefined): string | undefined {
  const wanted = isObject(theirs) ? theirs : {};
  const names = [...managers.keys()].sort();
  if (names.join() !== Object.keys(wanted).sort().join()) return `managers: ours ${names.join()}, theirs ${Object.keys(wanted).join()}`;
  for (const [name, set] of managers) {
    const [a, b] = [stringifyJson(set.toJson()), stringifyJson(wanted[name] ?? null)];
    if (a !== b || FieldSet.parse(wanted[name])?.equals(set) !== true) return `set of ${name}: ours ${a}, theirs ${b}`;
  }
  return undefined;
}

const FIXED_QUANTITIES = ['', '0', '+', '-', '.', '1.', '.5', '00', '0012', '+5', '-5', '1000m', '0.5', '0.1n', '1e3', '1E3', '1E', '1Ei', '8Ei', '7Ei', '9Ei', '1000E', '1e21', '1e-9', '1e-10', '0.5Gi', '1.5Gi', '0.0001Ki', '1024Ki', '1023', '1024', '2Ti', '9223372036854775807', '9223372036854775808', '-9223372036854775808', '1e+3', '1e', 'e3', '1kk', '1 ', ' 1', '1m1', '1i', '12345678901234567890', '0.000000000000000001', '100000000000000000000Mi', '1e400', '0x1', '1_0', '١'];

function randomQuantity(random: Random): string {
  const digits = (limit: number): string => Array.from({ length: random.int(limit) }, () => random.pick(['0', '0', '1', '2', '5', '9'])).join('');
  const sign = random.pick(['', '', '', '-', '+']);
  const fraction = random.chance(40) ? `.${digits(12)}` : '';
  const suffix = random.pick(['', '', 'n', 'u', 'm', 'm', 'k', 'M', 'G', 'T', 'P', 'E', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei', 'e3', 'E6', 'e-3', 'e+2', 'e-12', 'e20', 'x', 'mi', 'K']);
  return `${sign}${digits(random.chance(80) ? 5 : 24)}${fraction}${suffix}`;
}

interface QuantityFacts {
  readonly canonical: string | undefined;
  readonly milli: string | undefined;
  readonly compare: number;
  readonly compareMilli: number;
}

function quantityFacts(value: string, before: string | undefined): QuantityFacts {
  const quantity = parseQuantity(value);
  if (quantity === undefined) return { canonical: undefined, milli: undefined, compare: 2, compareMilli: 2 };
  const order = (milli: boolean): number => (before === undefined ? 2 : signOf(compareQuantities(value, before, milli)));
  return { canonical: canonicalQuantity(quantity), milli: canonicalQuantity(roundUpToMilli(quantity)), compare: order(false), compareMilli: order(true) };
}

const signOf = (order: number | undefined): number => (order === undefined ? 2 : Math.sign(order));

const factsOf = (answer: Json | undefined): QuantityFacts => ({
  canonical: textAt(answer, 'canonical'),
  milli: textAt(answer, 'milli'),
  compare: Number(member(answer, 'compare')),
  compareMilli: Number(member(answer, 'compareMilli')),
});

const OPENAPI_FILES = [
  ['api__v1_openapi.json', '', 'v1'],
  ['apis__apps__v1_openapi.json', 'apps', 'v1'],
  ['apis__batch__v1_openapi.json', 'batch', 'v1'],
  ['apis__autoscaling__v2_openapi.json', 'autoscaling', 'v2'],
  ['apis__networking.k8s.io__v1_openapi.json', 'networking.k8s.io', 'v1'],
  ['apis__rbac.authorization.k8s.io__v1_openapi.json', 'rbac.authorization.k8s.io', 'v1'],
  ['apis__policy__v1_openapi.json', 'policy', 'v1'],
  ['apis__storage.k8s.io__v1_openapi.json', 'storage.k8s.io', 'v1'],
  ['apis__admissionregistration.k8s.io__v1_openapi.json', 'admissionregistration.k8s.io', 'v1'],
  ['apis__apiextensions.k8s.io__v1_openapi.json', 'apiextensions.k8s.io', 'v1'],
] as const;

function kindsOf(document: JsonObject, group: string, version: string): string[] {
  const schemas = at(document, 'components', 'schemas');
  const kinds = Object.values(isObject(schemas) ? schemas : {}).flatMap(schema => listAt(schema, 'x-kubernetes-group-version-kind'));
  return [...new Set(kinds.filter(kind => textAt(kind, 'group') === group && textAt(kind, 'version') === version).map(kind => textAt(kind, 'kind') ?? ''))].filter(kind => !/^(?:WatchEvent|DeleteOptions|Status)$/.test(kind)).sort();
}

function objectsOf(type: SchemaType | undefined, seed: number): { readonly type: SchemaType; readonly objects: readonly Json[] } {
  assert.ok(type);
  const random = new Random(seed);
  const disorder = { duplicates: 3, wrong: 0, nulls: 3 };
  return { type, objects: Array.from({ length: 12 }, () => randomValue(random, pruned(type, random, 0), disorder)).filter(isObject) };
}

/** A type cut to what a small object uses: whole ones would fill every field, and some contain themselves. */
function pruned(type: SchemaType, random: Random, depth: number): SchemaType {
  if (type.kind === 'list') return { ...type, element: pruned(type.element, random, depth + 1) };
  if (type.kind !== 'map') return type;
  const keep = [...type.fields].filter(([name]) => name === 'name' || name === 'spec' || name === 'template' || random.chance(depth > 6 ? 15 : 40));
  return { ...type, fields: new Map(depth > 9 ? [] : keep.map(([name, field]) => [name, pruned(field, random, depth + 1)])), element: type.element === undefined || depth > 9 ? undefined : pruned(type.element, random, depth + 1) };
}

function wrongSets(what: string, type: SchemaType, objects: readonly Json[], answer: Json | undefined): string[] {
  const failed = textAt(answer, 'error');
  if (failed !== undefined) return [`${what}: ${failed}`];
  const sets = listAt(answer, 'sets');
  return objects.flatMap((object, i) => {
    const error = textAt(sets[i], 'error');
    const problem = validate(object, type, 'tolerated');
    if ((error === undefined) !== (problem === undefined)) return [`${what}: error: ours ${problem === undefined ? 'none' : `${formatPath(problem.path)} ${problem.message}`}, theirs ${error ?? 'none'}`];
    if (error !== undefined) return [];
    const [ours, theirs] = [stringifyJson(fieldSetOf(object, type).toJson()), stringifyJson(member(sets[i], 'set') ?? null)];
    return ours === theirs && isArray(sets) ? [] : [`${what}: ours ${ours}, theirs ${theirs}`];
  });
}
