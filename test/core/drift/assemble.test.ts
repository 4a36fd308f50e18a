import assert from 'node:assert/strict';
import { assembleEnvironments, assembleFiles, countVerdicts, mainNamespace, sortChanged, sortObjects, worstOf } from '../../../src/core/drift/assemble';
import type { ApplicationState, FileState, ObjectState } from '../../../src/core/drift/snapshot';
import { worst, type Verdict } from '../../../src/core/drift/verdict';
import { drained } from '../../fake/drained';
import { Random } from '../kube/random-typed';
import { parseManifests } from '../../../src/core/manifests/parse';

function object(name: string, verdict: Verdict, file = '/r/a.yaml', line = 0): ObjectState {
  const text = `${'\n'.repeat(line)}apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\n`;
  const manifest = parseManifests(file, text, 'K3').manifests[0];
  assert.ok(manifest);
  return { id: name, application: 'app', ref: manifest.ref, manifest, verdict: { ref: manifest.ref, verdict, reason: '', fields: [], kept: [], notes: [] } };
}

const state = (environment: string, objects: readonly ObjectState[]): ApplicationState => ({
  id: `app-${environment}-${objects.length}`,
  environment,
  application: undefined,
  folder: '/r',
  evidence: [],
  doubt: undefined,
  owners: [],
  pause: undefined,
  objects,
  counts: countVerdicts(objects.map(({ verdict }) => verdict.verdict)),
});

const PROBLEMS = new Map([['/r/empty.yaml', []], ['/r/bad.yaml', [{ file: '/r/bad.yaml', range: { start: 0, end: 1 }, severity: 'error' as const, message: 'x', lost: true }]]]);

const filesOf = (objects: readonly ObjectState[], before: ReadonlyMap<string, FileState> = new Map()): ReadonlyMap<string, FileState> =>
  drained(assembleFiles({ groups: [{ objects }], problems: PROBLEMS, versionOf: file => `v:${file}`, before }));

describe('the snapshot is put together worst first', () => {
  for (const [verdicts, expected] of [
    [['in-sync', 'equivalent'], 'equivalent'],
    [['in-sync', 'unknown', 'pending'], 'pending'],
    [['conflict', 'drift'], 'drift'],
    [['skipped', 'undecided'], 'undecided'],
    [[], 'in-sync'],
  ] as const) {
    it(`of [${verdicts.join(', ')}] the worst is ${expected}`, () => assert.equal(worst(verdicts), expected));
  }

  it('environments of one namespace are one, and the worst stands first', () => {
    const environments = assembleEnvironments([state('calm', [object('a', 'in-sync')]), state('bad', [object('b', 'in-sync')]), state('bad', [object('c', 'drift')])], {
      context: 'bench',
      isProduction: namespace => namespace === 'bad',
      isWritable: namespace => namespace === 'calm',
    });
    assert.deepEqual(
      environments.map(({ id, production, writable, counts, applications }) => ({ id, production, writable, counts, first: applications[0]?.objects[0]?.id })),
      [
        { id: 'bench/bad', production: true, writable: false, counts: { 'in-sync': 1, drift: 1 }, first: 'c' },
        { id: 'bench/calm', production: false, writable: true, counts: { 'in-sync': 1 }, first: 'a' },
      ],
    );
  });

  for (const [namespaces, expected] of [
    [['a', 'b', 'b'], 'b'],
    [['b', 'a'], 'a'],
    [[undefined], 'fallback'],
    [[], 'fallback'],
  ] as const) {
    it(`the main namespace of ${JSON.stringify(namespaces)} is ${expected}`, () => assert.equal(mainNamespace(namespaces, 'fallback'), expected));
  }

  it('objects come worst first, then in file order; an orphan has no file and stands last among equals', () => {
    const orphan: ObjectState = { ...object('orphan', 'drift'), manifest: undefined };
    const sorted = sortObjects([object('late', 'drift', '/r/a.yaml', 9), orphan, object('calm', 'in-sync'), object('early', 'drift', '/r/a.yaml', 1)]);
    assert.deepEqual(sorted.map(({ id }) => id), ['early', 'late', 'orphan', 'calm']);
  });

  it('of a change only what changed is put in order, and it is the order of all', () => {
    const random = new Random(7);
    let told = 0;
    for (let round = 0; round < 300; round++) {
      const verdicts: readonly Verdict[] = ['drift', 'in-sync', 'pending'];
      const all = Array.from({ length: random.int(12) }, (_, i) => object(`o${i}`, random.pick(verdicts), `/r/${random.int(3)}.yaml`, random.int(9)));
      const changed = new Map(all.filter(() => random.int(3) === 0).map(one => [one.id, { ...one, verdict: { ...one.verdict, verdict: random.pick(verdicts) } }]));
      const now = sortChanged(sortObjects(all), changed);
      if (!now) continue;
      told++;
      assert.deepEqual(now.map(({ id, verdict }) => [id, verdict.verdict]), sortObjects(all.map(one => changed.get(one.id) ?? one)).map(({ id, verdict }) => [id, verdict.verdict]));
    }
    assert.ok(told > 100, `only ${told} of 300`);
    const [one, two] = [object('one', 'drift'), object('two', 'drift')];
    assert.equal(sortChanged([two, one], new Map([['two', two]])), undefined, 'at one place: only all of them tell');
  });

  it('a file shows its objects in file order and its worst verdict; a file with nothing to say is left out', () => {
    const files = filesOf([object('late', 'in-sync', '/r/a.yaml', 9), object('early', 'pending')]);
    assert.deepEqual([...files.keys()].sort(), ['/r/a.yaml', '/r/bad.yaml']);
    assert.deepEqual(files.get('/r/a.yaml')?.objects.map(({ id }) => id), ['early', 'late']);
    assert.equal(files.get('/r/a.yaml')?.verdict, 'pending');
    assert.equal(files.get('/r/a.yaml')?.textVersion, 'v:/r/a.yaml');
    assert.equal(files.get('/r/bad.yaml')?.verdict, undefined);
  });

  it('a file that shows what it showed is the same, another is new', () => {
    const [a, b, changed] = [object('a', 'in-sync'), object('b', 'in-sync', '/r/b.yaml'), object('b', 'drift', '/r/b.yaml')];
    const before = filesOf([a, b]);
    const after = filesOf([a, changed], before);
    assert.equal(after.get('/r/a.yaml'), before.get('/r/a.yaml'));
    assert.equal(after.get('/r/bad.yaml'), before.get('/r/bad.yaml'));
    assert.deepEqual([before.get('/r/b.yaml')?.verdict, after.get('/r/b.yaml')?.verdict], ['in-sync', 'drift']);
  });

  it('counts and their worst agree', () => assert.equal(worstOf(countVerdicts(['pending', 'drift', 'drift'])), 'drift'));
});
