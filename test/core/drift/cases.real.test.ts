import assert from 'node:assert/strict';
import { isArray, isObject, member, sameJson, type Json, type JsonObject } from '../../../src/core/base/json';
import { lookup } from '../../../src/core/drift/lookup';
import { relate } from '../../../src/core/drift/relation';
import { formatPath, type Path } from '../../../src/core/kube/path';
import { startFlux, type BenchFlux } from '../../bench/flux';
import { sharedCluster } from '../../bench/hooks';
import { CASES } from '../../cases/all';
import type { Case } from '../../cases/case';
import { CRD } from '../../cases/custom';
import { content, isResumed, linesOf, MIRRORED, Runner, type Outcome } from '../../cases/runner';
import { expectedOf, markOf, table, type Reports } from '../../cases/tools';

export { mochaHooks } from '../../bench/hooks';

const namesIn = (list: Json | undefined): Json[] => (isArray(list) ? list.map(item => member(item, 'name') ?? item) : []);

/** Git's value is there; inside a list that is one value the server may have completed the items. */
function holds(now: Json | undefined, git: Json | undefined, path: Path, desired: JsonObject): boolean {
  if (now === undefined || git === undefined) return false;
  if (isArray(now) && isArray(git)) return now.length === git.length && git.every((item, i) => holds(now[i], item, path, desired));
  if (isObject(now) && isObject(git)) return Object.entries(git).every(([key, value]) => holds(member(now, key), value, path, desired));
  return relate({ kind: 'deduced' }, git, now, path, desired) !== 'differ';
}

describe('the verdict of each case, on a real API server under a real kustomize-controller', function () {
  this.timeout(300_000);
  let flux: BenchFlux | undefined;
  let runner: Runner | undefined;
  let reports: Reports = new Map();
  let outcomes: ReadonlyMap<Case, Outcome | Error> = new Map();

  before(async () => {
    const cluster = await sharedCluster();
    flux = await startFlux(cluster);
    await cluster.kubectl(['apply', '-f', '-'], { stdin: CRD });
    runner = new Runner(cluster, flux);
    outcomes = await runner.judgeAll(CASES);
    reports = await runner.ask(outcomes);
    await runner.resumeAll(outcomes);
  });
  after(async () => {
    await runner?.dispose();
    await flux?.stop();
  });

  const outcomeOf = (one: Case): Outcome => {
    const outcome = outcomes.get(one);
    assert.ok(outcome !== undefined, 'the case was not run');
    if (outcome instanceof Error) throw outcome;
    return outcome;
  };

  describe('judged', () => {
    for (const one of CASES) {
      it(`${one.row}: ${one.name}`, () => {
        const outcome = outcomeOf(one);
        assert.deepEqual([outcome.verdict.verdict, linesOf(outcome, 'fields'), linesOf(outcome, 'kept')], [one.verdict, one.fields ?? [], one.kept ?? []], outcome.verdict.reason);
        if (one.notes) assert.deepEqual(outcome.verdict.notes, one.notes);
      });
    }
  });

  describe('an apply that is said to be refused is refused', () => {
    const isRefused = (field: string): boolean => / (?:blocked|invalid)\b/.test(field);
    for (const one of CASES.filter(({ fields }) => fields?.some(isRefused))) it(`${one.row}: ${one.name}`, async () => assert.equal(await runner?.refuses(outcomeOf(one)), true));
  });

  it('asked the same, other tools answer so', () => {
    console.log(table(reports));
    assert.deepEqual(CASES.filter(one => !reports.has(one)), [], 'every case is asked about');
    assert.deepEqual([...reports].filter(([one, { Plumbline }]) => markOf(expectedOf(one), Plumbline) === 'wrong').map(([{ row }]) => row), [], 'Plumbline is never wrong');
  });

  it('where a webhook stands that cannot tell a dry-run from a write, the server tries nothing out', async () => {
    const hostile = CASES.filter(({ steps }) => steps?.some(step => 'refuseDryRuns' in step));
    assert.ok(hostile.length > 0);
    for (const one of hostile) assert.equal(await runner?.refusesDryRuns(outcomeOf(one)), true);
  });

  describe('what is in sync under server-side apply, the server’s own dry-run leaves alone', () => {
    const isServerSide = ({ applier }: Case): boolean => applier === 'kubectl-ssa' || applier === 'argo-ssa' || applier === 'helm4';
    for (const one of CASES.filter(given => isServerSide(given) && given.verdict === 'in-sync')) {
      it(`${one.row}: ${one.name}`, async () => {
        const outcome = outcomeOf(one);
        assert.deepEqual(content(await runner?.dryRun(outcome)), content(outcome.live));
      });
    }
  });

  describe('what the controller does when it is resumed', () => {
    for (const one of CASES.filter(isResumed)) {
      it(`${one.row}: ${one.name}`, () => {
        const { input, verdict, live, after } = outcomeOf(one);
        const changes = verdict.fields.some(field => field.afterResume === 'overwritten' || field.afterResume === 'deleted');
        if (!changes && (verdict.verdict === 'in-sync' || verdict.verdict === 'skipped')) assert.deepEqual(content(after), content(live), 'nothing was said to change');
        for (const field of [...verdict.fields, ...verdict.kept]) {
          const [before, now, git] = [live, after, input.desired].map(object => lookup(object, field.path));
          const what = `${formatPath(field.path)} was said to be ${field.afterResume}`;
          if (field.afterResume === 'kept' || field.afterResume === 'none') assert.deepEqual(now, before, what);
          if (field.afterResume === 'deleted') assert.notDeepEqual(now, before, what);
          if (field.detail === 'order') assert.deepEqual(namesIn(now), namesIn(git), what);
          else if (field.afterResume === 'overwritten') assert.ok(holds(now, git, field.path, input.desired) || (one.git.includes(MIRRORED) && !sameJson(now ?? null, before ?? null)), what);
        }
      });
    }
  });
});
