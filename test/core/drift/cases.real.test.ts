import assert from 'node:assert/strict';
import { startFlux, type BenchFlux } from '../../bench/flux';
import { sharedCluster } from '../../bench/hooks';
import { CASES } from '../../cases/all';
import type { Case } from '../../cases/case';
import { CRD } from '../../cases/custom';
import { wrongForecasts } from '../../cases/forecast';
import { content, isResumed, linesOf, MIRRORED, Runner, type Outcome } from '../../cases/runner';
import { expectedOf, markOf, table, type Reports } from '../../cases/tools';

export { mochaHooks } from '../../bench/hooks';

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
        const wrong = wrongForecasts({ input, verdict, live, after });
        // What a webhook makes of the value is its own.
        assert.deepEqual(one.git.includes(MIRRORED) ? wrong.filter(line => !line.includes('was said to be overwritten')) : wrong, []);
      });
    }
  });
});
