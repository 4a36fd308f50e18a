import assert from 'node:assert/strict';
import { isArray, member, type Json } from '../../../src/core/base/json';
import { lookup } from '../../../src/core/drift/lookup';
import { relate } from '../../../src/core/drift/relation';
import { formatPath } from '../../../src/core/kube/path';
import { startFlux, type BenchFlux } from '../../bench/flux';
import { sharedCluster } from '../../bench/hooks';
import type { Case } from '../../cases/case';
import { CLUSTER_SET } from '../../cases/cluster-set';
import { GIT_OPS } from '../../cases/git-ops';
import { LISTS } from '../../cases/lists';
import { content, isResumed, linesOf, Runner, type Outcome } from '../../cases/runner';
import { SCALARS } from '../../cases/scalars';

export { mochaHooks } from '../../bench/hooks';

const namesIn = (list: Json | undefined): Json[] => (isArray(list) ? list.map(item => member(item, 'name') ?? item) : []);

const CASES: readonly Case[] = [...SCALARS, ...LISTS, ...CLUSTER_SET, ...GIT_OPS];

describe('the verdict of each case, on a real API server under a real kustomize-controller', function () {
  this.timeout(300_000);
  let flux: BenchFlux | undefined;
  let runner: Runner | undefined;
  let outcomes: ReadonlyMap<Case, Outcome | Error> = new Map();

  before(async () => {
    const cluster = await sharedCluster();
    flux = await startFlux(cluster);
    runner = new Runner(cluster, flux);
    outcomes = await runner.judgeAll(CASES);
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
      });
    }
  });

  describe('an apply that is said to be refused is refused', () => {
    for (const one of CASES.filter(({ fields }) => fields?.some(field => field.includes(' blocked')))) it(`${one.row}: ${one.name}`, async () => assert.equal(await runner?.refuses(outcomeOf(one)), true));
  });

  describe('what the controller does when it is resumed', () => {
    for (const one of CASES.filter(isResumed)) {
      it(`${one.row}: ${one.name}`, () => {
        const { input, verdict, live, after } = outcomeOf(one);
        if (verdict.verdict === 'in-sync' || verdict.verdict === 'skipped') assert.deepEqual(content(after), content(live), 'nothing was said to change');
        for (const field of [...verdict.fields, ...verdict.kept]) {
          const [before, now, git] = [live, after, input.desired].map(object => lookup(object, field.path));
          const what = `${formatPath(field.path)} was said to be ${field.afterResume}`;
          if (field.afterResume === 'kept' || field.afterResume === 'none') assert.deepEqual(now, before, what);
          if (field.afterResume === 'deleted') assert.notDeepEqual(now, before, what);
          if (field.detail === 'order') assert.deepEqual(namesIn(now), namesIn(git), what);
          else if (field.afterResume === 'overwritten') assert.ok(git !== undefined && now !== undefined && relate({ kind: 'deduced' }, git, now, field.path, input.desired) !== 'differ', what);
        }
      });
    }
  });
});
