import assert from 'node:assert/strict';
import { fromEntries, isArray, isObject, sameJson, type Json, type JsonObject } from '../../../src/core/base/json';
import { stringifyJson } from '../../../src/core/base/json-text';
import { field, type PathElement } from '../../../src/core/kube/path';
import type { Manifest } from '../../../src/core/manifests/document';
import { keptLines } from '../../../src/core/manifests/line-diff';
import { Lines } from '../../../src/core/manifests/lines';
import { locate } from '../../../src/core/manifests/locate';
import { performed, type Operation, type Step } from '../../../src/core/manifests/operations';
import { parseManifests } from '../../../src/core/manifests/parse';
import { applyEdits, project, type Change } from '../../../src/core/manifests/splice';
import { Random, randomObject, randomValue, Writer } from './random-yaml';

const CASES = 1_500;

describe('splice, any object written in any way', () => {
  it(`reads as changed, and nothing else moves (${CASES} seeds)`, () => {
    for (let seed = 1; seed <= CASES; seed++) check(seed);
  });
});

function check(seed: number): void {
  const random = new Random(seed);
  const object = { apiVersion: 'v1', kind: 'Thing', metadata: { name: 'n', labels: randomObject(random, 1) }, spec: randomObject(random, 3), list: [randomValue(random, 2), randomValue(random, 1)] };
  let text = new Writer(random).document(object);
  if (random.chance(20)) text = text.replaceAll('\n', '\r\n');
  if (random.chance(20)) text = text.replace(/\r?\n$/, '');
  if (random.chance(30)) text = `kind: other\n---\n${text}`;
  const before = only(text, `seed ${seed}`);
  assert.ok(sameJson(before.object, object), `seed ${seed}: the writer or the parser is wrong\n${text}`);
  const { steps, change } = randomChange(random, object);
  const wanted = after(object, steps, change.value);
  const edits = project(before, text, [change]);
  const result = applyEdits(text, edits);
  const where = `seed ${seed}: ${stringifyJson(steps)} = ${change.value === undefined ? 'nothing' : stringifyJson(change.value)}\n${text}\n=====\n${result}`;
  const manifest = only(result, where);
  assert.ok(sameJson(manifest.object, wanted), where);
  onlyThere(before, text, result, steps, where);
}

/** Lines that are lost belong to the value changed, or, where nothing was there, to the brackets it was put between. */
function onlyThere(manifest: Manifest, text: string, result: string, steps: readonly Step[], where: string): void {
  const lines = new Lines(text);
  const before = text.split(/\r?\n/);
  const kept = new Set(keptLines(before, result.split(/\r?\n/)).map(([mine]) => mine));
  let depth = steps.length;
  const path = steps.map((step): PathElement => (typeof step === 'string' ? field(step) : { kind: 'index', index: step }));
  while (depth > 0 && !locate(manifest.root, path.slice(0, depth)).exact) depth--;
  // One further out: what held only this is now empty, and says so.
  const inner = locate(manifest.root, path.slice(0, depth));
  // What stands between a key and its value is inside: it would be left without either.
  const innerStart = Math.min(inner.range.start, inner.keyRange?.start ?? inner.range.start);
  const [innerFrom, innerTo] = [lines.lineAt(innerStart), lines.lineAt(inner.range.end)];
  const outer = locate(manifest.root, path.slice(0, Math.max(depth - 1, 0)));
  const start = Math.min(outer.range.start, outer.keyRange?.start ?? outer.range.start);
  const to = lines.lineAt(outer.range.end);
  let from = lines.lineAt(start);
  // An item may begin below its dash: the dash, and blank lines after it, are the item's.
  while (/^\s*(?:-\s*)*$/.test(before[from - 2] ?? 'x')) from--;
  const lost = before.flatMap((line, index) => (kept.has(index) ? [] : [{ line, number: index + 1 }]));
  for (const { line, number } of lost) {
    assert.ok(number >= from && number <= to, `line ${number} is gone: ${where}`);
    // A comment goes only with the value that it is in.
    if (/^\s*#/.test(line) && (number < innerFrom || number > innerTo)) assert.fail(`the comment of line ${number} is gone: ${where}`);
  }
}

function only(text: string, where: string): Manifest {
  const { manifests, problems } = parseManifests('/m.yaml', text, 'K3');
  assert.deepEqual(problems, [], `${where}\n${text}`);
  const [manifest] = manifests;
  assert.ok(manifest, where);
  return manifest;
}

function randomChange(random: Random, object: JsonObject): { readonly steps: readonly Step[]; readonly change: Change } {
  let here: Json = object;
  const steps: Step[] = [];
  for (;;) {
    if (steps.length > 0 && random.chance(35)) break;
    const keys: readonly Step[] = isArray(here) ? here.map((_, index) => index) : isObject(here) ? Object.keys(here) : [];
    const open = steps.length > 0 ? keys : keys.filter(key => key === 'spec' || key === 'list' || key === 'metadata');
    if (open.length === 0) break;
    const step = random.pick(open);
    if (step === 'name' && steps[0] === 'metadata' && steps.length === 1) break;
    steps.push(step);
    here = (isArray(here) ? here[step as number] : (here as JsonObject)[step]) ?? null;
  }
  if ((isObject(here) || isArray(here)) && random.chance(50)) {
    steps.push(isArray(here) ? here.length : `new${random.int(3)}`);
    return { steps, change: { path: toPath(steps), value: randomValue(random, 2) } };
  }
  const mayGo = steps.length > 1 || steps[0] !== 'metadata';
  const isMetadata = steps.length === 1 && steps[0] === 'metadata';
  const value = isMetadata ? { name: 'n', x: randomValue(random, 1) } : mayGo && random.chance(40) ? undefined : randomValue(random, 2);
  return { steps, change: { path: toPath(steps), value } };
}

const toPath = (steps: readonly Step[]): PathElement[] => steps.map(step => (typeof step === 'string' ? field(step) : { kind: 'index', index: step }));

function after(object: JsonObject, steps: readonly Step[], value: Json | undefined): Json {
  const operation: Operation = value === undefined ? { kind: 'remove', steps } : { kind: 'set', steps, value };
  return performed(fromEntries(Object.entries(object)), operation);
}
