import { basename } from 'node:path';
import { load } from 'js-yaml';
import type { JsonObject } from '../../src/core/base/json';
import { Turns } from '../../src/core/base/turns';
import type { LiveState } from '../../src/core/cluster/api';
import { assembleFiles } from '../../src/core/drift/assemble';
import { claimFiles, isBelow, type FoundApplication } from '../../src/core/drift/groups';
import { judge } from '../../src/core/drift/judge';
import type { JudgeInput } from '../../src/core/drift/judge-input';
import type { ObjectState, Snapshot } from '../../src/core/drift/snapshot';
import type { ObjectVerdict } from '../../src/core/drift/verdict';
import type { Application } from '../../src/core/gitops/application';
import { asLive } from '../../src/core/kube/live';
import type { ParsedFile } from '../../src/core/manifests/document';
import { parseManifests } from '../../src/core/manifests/parse';
import { fileChanges } from '../../src/views/file-changes';
import { entriesOf } from '../../src/views/problem-entries';
import { Tree } from '../../src/views/tree';
import { fieldsOf, inputOf, liveOf, manifestOf, type Manager } from '../core/drift/make';
import { drained } from '../fake/drained';
import { changed, snapshotOf } from '../views/make';
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
  measureClaims();
  for (const count of [OBJECTS, 5 * OBJECTS]) measureViews(count);
}

/** What the views do with each snapshot, five times a second at most: one object of very many has changed, or all of them have. */
function measureViews(count: number): void {
  const texts = Array.from({ length: count }, (_, i) => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c${i}, namespace: shop}\ndata: {k: v}\n`);
  const parse = (text: string, i: number): ParsedFile => parseManifests(`/repo/${i % 200}/${i}.yaml`, text, 'K3');
  const objects = texts.map((text, i) => objectOf(parse(text, i), {}));
  const drift = (i: number): ObjectState => objectOf(parse(texts[i] ?? '', i), { verdict: 'drift', fields: [changed(texts[i] ?? '', 'v}', 'data.k', '1')] });
  const first = manyFiles(objects, texts, undefined);
  const one = manyFiles(objects.map((object, i) => (i === 7 ? drift(i) : object)), texts, first);
  const all = manyFiles(objects.map((_, i) => drift(i)), texts, first);
  const opened = (page?: number): Tree => {
    const tree = new Tree(page);
    tree.show(first, OPTIONS);
    for (const row of tree.below(undefined)) for (const { id } of tree.below(row.id)) tree.below(id);
    return tree;
  };
  const [tree, whole] = [opened(), opened(Number.POSITIVE_INFINITY)];
  const both = (): void => void [one, first].map(snapshot => tree.show(snapshot, OPTIONS));
  const anew = median(() => opened(Number.POSITIVE_INFINITY));
  report(`${count} objects below one application, one changed: the tree`, median(both) / 2, 'all its rows anew', anew, { target: 50 });
  report('  with all of them listed', median(() => void [one, first].map(snapshot => whole.show(snapshot, OPTIONS))) / 2, 'all its rows anew', anew, { target: 50 });
  report('  all of them changed', median(() => void [all, first].map(snapshot => tree.show(snapshot, OPTIONS))) / 2, 'all its rows anew', anew, { target: 50 });
  const entries = (snapshot: Snapshot): number => [...snapshot.files.values()].reduce((sum, file) => sum + entriesOf(file, true, () => '').length, 0);
  report('  which files changed, and what Problems says of those', median(() => fileChanges(first, one).map(({ now }) => now && entriesOf(now, true, () => ''))), 'what it says of all', median(() => entries(one)), { target: 50 });
}

const OPTIONS = { driftedOnly: false, now: 0 };

const objectOf = ({ manifests: [manifest] }: ParsedFile, verdict: Partial<ObjectVerdict>): ObjectState => {
  if (!manifest) throw new Error('no manifest');
  return { id: `app|${manifest.ref.name}`, application: 'app', ref: manifest.ref, manifest, verdict: { ref: manifest.ref, verdict: 'in-sync', reason: '', fields: [], kept: [], notes: [], ...verdict } };
};

function manyFiles(objects: readonly ObjectState[], texts: readonly string[], before: Snapshot | undefined): Snapshot {
  const versionOf = (file: string): string | undefined => texts[Number(basename(file, '.yaml'))];
  return { ...snapshotOf('', objects), files: drained(assembleFiles({ groups: [{ objects }], problems: new Map(), versionOf, before: before?.files ?? new Map() })) };
}

/** Which application takes which file of a large repository. */
function measureClaims(): void {
  const folders = Array.from({ length: 200 }, (_, i) => `/repo/apps/team-${i % 20}/app-${i}`);
  const files = Array.from({ length: 5000 }, (_, i) => `${folders[i % folders.length] ?? ''}/overlays/production/${i}.yaml`).sort();
  const applications = folders.map((folder): FoundApplication => ({ application: { tool: 'flux' } as Application, folder, evidence: [] }));
  report(
    `${files.length} files given to ${folders.length} applications`,
    median(() => claimFiles(files, applications)),
    'asking for each file and each application',
    median(() => folders.map(folder => files.filter(file => isBelow(folder, file)))),
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
