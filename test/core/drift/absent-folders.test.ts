import assert from 'node:assert/strict';
import { countVerdicts } from '../../../src/core/drift/assemble';
import { Merging, type Part } from '../../../src/core/drift/merged';
import type { ApplicationState, Connection, FileState, ObjectState, Snapshot } from '../../../src/core/drift/snapshot';
import { worst, type Verdict } from '../../../src/core/drift/verdict';
import type { Application } from '../../../src/core/gitops/application';
import { parseManifests } from '../../../src/core/manifests/parse';

const FOLDER = '/repo/apps';
const NAMES = ['a', 'b', 'c', 'd'];
const TEXT = NAMES.map(name => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\n`).join('---\n');
const MANIFESTS = parseManifests(`${FOLDER}/a.yaml`, TEXT, 'K2').manifests;

interface Given {
  readonly reading?: boolean;
  readonly application?: Application;
}

/** A cluster with these verdicts on the objects of the folder, in their order. */
function part(context: string, verdicts: readonly Verdict[], { reading = false, application }: Given = {}): Part {
  const connection: Connection = { kind: 'connected', pin: { context, server: 'https://a', caHash: undefined, user: 'u', uid: context, identity: context }, version: 'v1', troubles: [], reading: reading ? { done: 0, of: 1 } : undefined, doubt: undefined, verifying: false };
  const id = `${context}|folder:${FOLDER}`;
  const objects = MANIFESTS.map((manifest, i): ObjectState => ({ id: `${id}|${manifest.ref.name}`, application: id, ref: manifest.ref, manifest, verdict: { ref: manifest.ref, verdict: verdicts[i] ?? 'in-sync', reason: 'r', fields: [], kept: [], notes: [] } }));
  const counts = countVerdicts(objects.map(({ verdict }) => verdict.verdict));
  const state: ApplicationState = { id, environment: `${context}/shop`, application, folder: FOLDER, evidence: [], doubt: undefined, pause: undefined, owners: [], objects, counts };
  const file: FileState = { file: `${FOLDER}/a.yaml`, textVersion: TEXT, objects, placed: [], problems: [], verdict: worst(objects.map(({ verdict }) => verdict.verdict)) };
  const environments = [{ id: `${context}/shop`, context, namespace: 'shop', production: false, writable: false, applications: [state], counts }];
  return { snapshot: { generation: 1, connection, connections: [connection], environments, files: new Map([[file.file, file]]) }, at: 1 };
}

const IN_SYNC: readonly Verdict[] = ['in-sync', 'in-sync', 'in-sync', 'in-sync'];
const ONE_THERE: readonly Verdict[] = ['drift', 'missing', 'missing', 'missing'];

const merge = (parts: readonly [Part, ...Part[]], said = false): Snapshot => new Merging(() => said).merged(parts, 2);
const verdictsIn = ({ environments }: Snapshot, context: string): Verdict[] => environments.filter(one => one.context === context).flatMap(({ applications }) => applications.flatMap(({ objects }) => objects.map(({ verdict }) => verdict.verdict))).sort();

describe('A plain folder of which one cluster lacks most, and another has it', () => {
  it('is undecided there as a whole, names the other, and what is there is judged', () => {
    const both = merge([part('prod', IN_SYNC), part('edge', ONE_THERE)]);
    assert.deepEqual(verdictsIn(both, 'edge'), ['drift', 'undecided', 'undecided', 'undecided']);
    assert.deepEqual(verdictsIn(both, 'prod'), IN_SYNC);
    const edge = both.environments.find(({ context }) => context === 'edge');
    assert.deepEqual([edge?.counts, edge?.applications.map(({ counts, elsewhere }) => [counts, elsewhere])], [{ drift: 1, undecided: 3 }, [[{ drift: 1, undecided: 3 }, 'prod']]]);
    const lacking = both.files.get(`${FOLDER}/a.yaml`)?.objects.filter(({ verdict }) => verdict.verdict === 'undecided') ?? [];
    assert.deepEqual(lacking.map(({ ref, verdict }) => [ref.name, verdict.reason]), ['b', 'c', 'd'].map(name => [name, 'not in this cluster; the folder may be meant for prod alone']));
    assert.ok(!both.files.get(`${FOLDER}/a.yaml`)?.objects.some(({ verdict }) => verdict.verdict === 'missing'));
  });

  const FLUX = { tool: 'flux' } as Application;
  const cases: readonly (readonly [name: string, parts: readonly [Part, ...Part[]], edge: readonly Verdict[]])[] = [
    ['has what is missing where most is there', [part('prod', IN_SYNC), part('edge', ['in-sync', 'in-sync', 'in-sync', 'missing'])], ['in-sync', 'in-sync', 'in-sync', 'missing']],
    ['has it missing where the other lacks as much', [part('prod', ['missing', 'in-sync', 'missing', 'missing']), part('edge', ONE_THERE)], [...ONE_THERE]],
    ['has it missing where the only other is not connected', [part('edge', ONE_THERE), { ...part('prod', IN_SYNC), snapshot: { ...part('prod', IN_SYNC).snapshot, connection: { kind: 'failed', context: 'prod', failure: 'offline', message: 'm', since: 1 } } }], [...ONE_THERE]],
    ['has it missing where a controller applies it', [part('prod', IN_SYNC, { application: FLUX }), part('edge', ONE_THERE, { application: FLUX })], [...ONE_THERE]],
    ['is undecided while the other is read: it may be there', [part('prod', ['unknown', 'unknown', 'unknown', 'unknown'], { reading: true }), part('edge', ONE_THERE)], ['drift', 'undecided', 'undecided', 'undecided']],
  ];
  for (const [name, parts, edge] of cases) it(name, () => assert.deepEqual(verdictsIn(merge(parts), 'edge'), edge));

  it('has it missing once a person has said that it is meant for it', () => {
    assert.deepEqual(verdictsIn(merge([part('prod', IN_SYNC), part('edge', ONE_THERE)], true), 'edge'), [...ONE_THERE]);
  });

  it('is never green, and is the same from one snapshot to the next', () => {
    const merging = new Merging(() => false);
    const parts: readonly [Part, Part] = [part('prod', IN_SYNC), part('edge', ONE_THERE)];
    const [first, second] = [merging.merged(parts, 1), merging.merged(parts, 2)];
    const objectsOf = ({ environments }: Snapshot): (readonly ObjectState[])[] => environments.flatMap(({ applications }) => applications.map(({ objects }) => objects));
    assert.ok(objectsOf(first).every((objects, i) => objects === objectsOf(second)[i]));
    assert.equal(first.files.get(`${FOLDER}/a.yaml`), second.files.get(`${FOLDER}/a.yaml`));
    assert.equal(first.files.get(`${FOLDER}/a.yaml`)?.verdict, 'drift');
  });
});
