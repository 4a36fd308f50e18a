import assert from 'node:assert/strict';
import { fromEntries, isArray, isObject, sameJson, type Json, type JsonObject } from '../../../src/core/base/json';
import { stringifyJson } from '../../../src/core/base/json-text';
import { field, type PathElement } from '../../../src/core/kube/path';
import type { Manifest } from '../../../src/core/manifests/document';
import { keptLines } from '../../../src/core/manifests/line-diff';
import { Lines } from '../../../src/core/manifests/lines';
import { locate, type Located } from '../../../src/core/manifests/locate';
import { performed, valueAt, type Operation, type Step } from '../../../src/core/manifests/operations';
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
  onlyThere(before, text, result, steps, change, where);
}

/**
 * Lines that are lost belong to the value changed, with its key or its dash. Only where the container itself has to be
 * written anew may they be the container's: brackets that a member goes into or out of, and a container of this one member.
 */
function onlyThere(manifest: Manifest, text: string, result: string, steps: readonly Step[], change: Change, where: string): void {
  const lines = new Lines(text);
  const [before, now] = [text, result].map(all => all.split(/\r?\n/)) as [string[], string[]];
  const path = steps.map((step): PathElement => (typeof step === 'string' ? field(step) : { kind: 'index', index: step }));
  const inner = locate(manifest.root, path);
  const outer = locate(manifest.root, path.slice(0, -1));
  const kept = new Set(keptLines(before, now).map(([mine]) => mine));
  const lost = before.flatMap((line, index) => (kept.has(index) ? [] : [{ line, number: index + 1 }]));
  const isOnly = change.value === undefined && Object.keys(valueAt(manifest.object, steps.slice(0, -1)) ?? {}).length === 1;
  const isInBrackets = /[[{]/.test(text[outer.range.start] ?? '');
  if (!inner.exact && !isInBrackets) {
    assert.deepEqual(lost, [], where);
    return;
  }
  const from = (located: Located, step: Step | undefined): number => {
    const first = lines.lineAt(Math.min(located.range.start, located.keyRange?.start ?? located.range.start));
    return typeof step === 'number' ? dashLine(before, first) : first;
  };
  const reach = isOnly || isInBrackets ? outer : inner;
  const first = reach === outer ? from(outer, steps.at(-2)) : from(inner, steps.at(-1));
  const after = before.slice(lines.lineAt(reach.range.end));
  // The member that follows the first one of an item moves up to the item's dash.
  const movesUp = change.value === undefined && /-[ ]*$/.test(text.slice(0, reach.keyRange?.start ?? 0));
  while (movesUp && after[0] === '') after.shift();
  const following = now.slice(now.length - after.length);
  if (movesUp) for (const side of [after, following]) side[0] = side[0]?.replace(/^\s*(?:-\s+)*/, '') ?? '';
  assert.deepEqual([now.slice(0, first - 1), following], [before.slice(0, first - 1), after], where);
  for (const { number } of lost.filter(({ line }) => /^\s*#/.test(line))) {
    // A comment goes only with the value that it is in; the one between a key and its value only with both, as does the one between a dash and its item.
    const inValue = number >= lines.lineAt(inner.range.start) && number <= lines.lineAt(inner.range.end);
    const isBetween = change.value === undefined && number >= from(inner, steps.at(-1));
    assert.ok(inValue || isBetween, `the comment of line ${number} is gone: ${where}`);
  }
}

/** An item may begin below its dash: the dash, and what stands between the two, are the item's. */
function dashLine(lines: readonly string[], first: number): number {
  let line = first;
  while (/^\s*(?:#.*)?$/.test(lines[line - 2] ?? 'x')) line--;
  return /^\s*(?:-\s*)+(?:#.*)?$/.test(lines[line - 2] ?? 'x') ? dashLine(lines, line - 1) : first;
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
