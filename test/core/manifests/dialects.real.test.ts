import assert from 'node:assert/strict';
import { at, fromEntries, isArray, isObject, listAt, sameJson, textAt, type Json } from '../../../src/core/base/json';
import { stringifyJson } from '../../../src/core/base/json-text';
import type { Dialect } from '../../../src/core/manifests/document';
import { readDocuments } from '../../../src/core/manifests/documents';
import { program } from '../../bench/programs';
import { askOracle } from '../kube/oracle';
import { Random, randomObject, Writer } from './random-yaml';

/** Both dialects, against sigs.k8s.io/yaml and kustomize's own reader (`test/bench/go/oracle`). */
describe('the two YAML dialects, against the real parsers', function () {
  this.timeout(600_000);

  before(() => program('oracle'));

  for (const dialect of ['K2', 'K3'] as const) {
    it(`${dialect}: scalars`, () => agree(dialect, scalars().map(scalar => `v: ${scalar}\n`)));
    it(`${dialect}: keys, merges and duplicates`, () => agree(dialect, [...STRUCTURES, ...(dialect === 'K2' ? KEYS : [])]));
    it(`${dialect}: 3,000 seeded documents as people write them`, () =>
      agree(dialect, Array.from({ length: 3_000 }, (_, seed) => {
        const random = new Random(seed);
        return new Writer(random).document({ top: 'x', ...randomObject(random, 4) });
      })));
  }
});

async function agree(dialect: Dialect, texts: readonly string[]): Promise<void> {
  const answers = await askOracle(texts.map(text => ({ op: 'yaml', dialect: dialect.toLowerCase(), text })));
  const wrong = texts.flatMap((text, i) => {
    const [ours, theirs] = [ourReading(text, dialect), theirReading(answers[i])];
    return sameJson(ours, theirs) ? [] : [`${JSON.stringify(text)}: ours ${stringifyJson(ours)}, theirs ${stringifyJson(theirs)}`];
  });
  assert.deepEqual(wrong.slice(0, 10), []);
}

const REFUSED = { refused: true };

function ourReading(text: string, dialect: Dialect): Json {
  const [document] = readDocuments(text, dialect);
  return document === undefined || document.trouble !== undefined ? REFUSED : (document.root?.value ?? null);
}

const theirReading = (answer: Json | undefined): Json => (textAt(answer, 'error') === undefined && listAt(answer, 'documents').length > 0 ? asFloats(at(answer, 'documents', 0) ?? null) : REFUSED);

/** Go prints floats up to 1e21 with all digits; no integer of either dialect is as large. */
function asFloats(value: Json): Json {
  if (typeof value === 'bigint') return value >= 2n ** 64n || value < -(2n ** 63n) || /0000$/.test(String(value)) ? Number(value) : value;
  if (isArray(value)) return value.map(asFloats);
  return isObject(value) ? fromEntries(Object.entries(value).map(([key, item]) => [key, asFloats(item)])) : value;
}

const WORDS = ['true', 'True', 'TRUE', 'tRUE', 'yes', 'Yes', 'YES', 'no', 'on', 'On', 'off', 'OFF', 'y', 'Y', 'n', 'N', 'null', 'Null', 'NULL', '~', '', 'nULL', '.inf', '-.inf', '.nan', '.Inf', '+.inf', '2024-01-02', '2024-1-2', '2024-13-02', '2024-01-02T03:04:05Z', '2024-01-02 03:04:05', '12:30:45', '190:20:30', '0x1F', '0X1F', '0o17', '017', '089', '0b101', '-0x1', '+1', '-0', '1_000', '1__0', '_1', '1_', '0.1_0', '1e3', '1E3', '1e+3', '1.', '.5', '.', '-', '+', '1.5.2', '1e', 'e3', '1e400', '-1e400', '9223372036854775807', '9223372036854775808', '18446744073709551615', '18446744073709551616', '-9223372036854775808', '-9223372036854775809', '!!str 1', '!!int "1"', '!!float 1', '!!bool yes', '!!null x', '!!binary aGk=', '=', '<<', '"yes"', "'1'", '0777', '00', '0_7', '0x_1', '1.0', '100000000000000000000', '0.1e-7', '1e21', '._1', '.7__9', '.7_9', '.1_', '.1_e5', '.1e_5', '.1e5_0', '._', '+._1', '-.7__9', '0b-1', '0b+1', '-0b-1', '+0b-1', '0B-1', '0b-_1', '0b-0', '0b--1', '0o-7', '0o+7', '-0o-7', '0O-7', '0x-1', `0b${'1'.repeat(64)}`, `0b${'1'.repeat(65)}`, `0b-${'1'.repeat(63)}`, `0b-1${'0'.repeat(63)}`, `0b-${'1'.repeat(64)}`, `0b+${'1'.repeat(64)}`] as const;

function scalars(): string[] {
  const random = new Random(3);
  const made = Array.from({ length: 5_000 }, () => Array.from({ length: 1 + random.int(7) }, () => random.pick(LETTERS)).join(''));
  return [...WORDS, ...made.filter(text => !/^-+$/.test(text))];
}

const LETTERS = ['0', '0', '1', '1', '2', '7', '9', '.', 'e', 'E', '+', '-', '_', 'x', 'o', 'b', 'n'] as const;

const STRUCTURES = [
  'a: 1\na: 2\n',
  'a: &x {b: 1}\nc: {<<: *x, d: 2}\n',
  'a: &x {b: 1}\nc: {<<: *x, b: 2}\n',
  'a: &x {b: 1}\nc: {b: 2, <<: *x}\n',
  'a: &x {b: 1}\ne: &y {b: 3, f: 4}\nc: {<<: [*x, *y]}\n',
  'a: {<<: {b: 1}}\n',
  'a: &x [1, 2]\nb: *x\n',
  'a: |\n  x\n  y\nb: >-\n  x\n  y\n',
  'a: {}\nb: []\nc:\n',
  '{"a": 1, "b": [true, null, "x"]}\n',
  'a: "\\u00e9\\n"\n',
  "a: 'it''s'\n",
];

/** Keys that are no text. kustomize's reader takes them, and only its build refuses them: nothing that this oracle runs. */
const KEYS = ['1: a\n', 'true: a\n', 'yes: a\n', '1.5: a\n', '"<<": {a: 1}\n'];
