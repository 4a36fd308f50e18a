import { load } from 'js-yaml';
import type { JsonObject } from '../../src/core/base/json';
import { Turns } from '../../src/core/base/turns';
import type { LiveState } from '../../src/core/cluster/api';
import { judge } from '../../src/core/drift/judge';
import type { JudgeInput } from '../../src/core/drift/judge-input';
import type { ObjectVerdict } from '../../src/core/drift/verdict';
import { asLive } from '../../src/core/kube/live';
import { parseManifests } from '../../src/core/manifests/parse';
import { fieldsOf, inputOf, liveOf, manifestOf, type Manager } from '../core/drift/make';
import { asServed, manifestText } from './load';
import { collected, median, report, stallProbe } from './measure';

/** The engine alone, each measurement as a ratio to plain work on the same data in the same run: machines differ, ratios less. */

const OBJECTS = 10_000;
const KEYS = { containers: ['name'], env: ['name'], ports: ['containerPort', 'protocol'] };

/** Applied by Flux, its status written by a controller, scaled by nobody: in sync. */
function inputFor(text: string, i: number): JudgeInput {
  const { object } = manifestOf(text);
  const served = asServed(object, i);
  const managers: Manager[] = [{ manager: 'kustomize-controller', operation: 'Apply', time: '2026-11-24T10:00:00Z', fields: fieldsOf(sent(object), KEYS) }];
  if ('status' in served) managers.push({ manager: 'kube-controller-manager', subresource: 'status', time: '2026-11-24T10:01:00Z', fields: { 'f:status': fieldsOf(served['status'] ?? null, { conditions: ['type'] }) } });
  return inputOf({ git: text, base: text, live: received(liveOf(served, managers)) });
}

/** As a store has it: made of the text that came over the network. */
const received = (live: LiveState): LiveState => (live.kind === 'present' ? { ...live, object: asLive(JSON.parse(JSON.stringify(live.object)) as JsonObject) } : live);

/** Flux adds the protocol to ports itself. */
const sent = (object: JsonObject): JsonObject => JSON.parse(JSON.stringify(object).replace(/"containerPort":(\d+)/g, '"containerPort":$1,"protocol":"TCP"')) as JsonObject;

export async function measureEngine(): Promise<void> {
  const texts = Array.from({ length: OBJECTS }, (_, i) => manifestText(i));
  const inputs = texts.map(inputFor);
  const live = inputs.map(({ live: state }) => JSON.stringify(state.kind === 'present' ? state.object : null));
  console.log(`${OBJECTS} objects, half of them Deployments of ${((live[0] ?? '').length / 1000).toFixed(1)} kB with managedFields`);
  const parsing = median(() => live.forEach(text => JSON.parse(text) as unknown));
  const verdicts: ObjectVerdict[] = [];
  const before = collected();
  report('judging all', median(() => inputs.forEach((input, i) => (verdicts[i] = judge(input)))), 'JSON.parse of the live objects', parsing, { target: 700 });
  console.log(`held afterwards: ${((collected() - before) / 1e6).toFixed(1)} MB beyond the input; target 10 MB`);
  const counts = new Map<string, number>();
  for (const { verdict } of verdicts) counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
  console.log(`verdicts: ${[...counts].map(([verdict, count]) => `${count} ${verdict}`).join(', ')}`);
  await measureSlices(inputs);
  const [one] = inputs;
  if (one) console.log(`judging one again: ${(median(() => Array.from({ length: 1000 }, () => judge(one))) / 1000).toFixed(3)} ms; target 1 ms`);

  const sample = texts.slice(0, 2000);
  report(
    `parsing ${sample.length} documents with ranges`,
    median(() => sample.forEach((text, i) => parseManifests(`/${i}.yaml`, text, 'K3'))),
    'js-yaml load of the same',
    median(() => sample.forEach(text => load(text))),
  );
}

/** As in the extension host, whose thread every extension shares. */
async function measureSlices(inputs: readonly JudgeInput[]): Promise<void> {
  const turns = new Turns();
  const probe = stallProbe();
  for (const input of inputs) {
    judge(input);
    const pause = turns.pause();
    if (pause) await pause;
  }
  const { stall } = probe.end();
  console.log(`longest slice of judging all in turns: ${stall.ms.toFixed(0)} ms (${stall.cpuMs.toFixed(0)} ms of it ours); target 50 ms`);
}
