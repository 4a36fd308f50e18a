import assert from 'node:assert/strict';
import { sharedCluster } from '../../bench/hooks';
import { BenchHelm } from '../../bench/helm';
import { CASES } from '../../cases/all';
import type { Case } from '../../cases/case';
import { isCommon } from '../../cases/common';
import { CRD } from '../../cases/custom';
import { wrongForecasts } from '../../cases/forecast';
import { HelmRunner } from '../../cases/helm-runner';
import type { Outcome } from '../../cases/runner';
import { refOf } from '../../../src/core/kube/identity';
import { summary } from './make';

export { mochaHooks } from '../../bench/hooks';

/** What one cluster can hold only once, Helm leaves to whoever has it; one object that cannot be made anew would keep all others from being upgraded. */
const isForHelm = (one: Case): boolean => one.stuck !== true && one.before === undefined && one.row !== '145' && !/nodePort:|kind: CustomResourceDefinition/.test(one.git);
const COMMON = CASES.filter(one => isCommon(one) && isForHelm(one));

for (const [tool, program] of [['helm3', 'helm3'], ['helm4', 'helm']] as const) {
  describe(`cases under a real Helm, ${tool}`, function () {
    this.timeout(600_000);
    let helm: BenchHelm | undefined;
    let runner: HelmRunner | undefined;
    let outcomes: ReadonlyMap<Case, Outcome | Error> = new Map();

    before(async function () {
      this.timeout(1_200_000);
      const cluster = await sharedCluster();
      helm = await BenchHelm.open(program, cluster);
      await cluster.kubectl(['apply', '-f', '-'], { stdin: CRD });
      runner = new HelmRunner(cluster, helm, tool);
      outcomes = await runner.run(COMMON);
    });
    after(() => helm?.dispose());

    it('is refused where others own what it would change, but for Helm 3, which overwrites it', () => {
      const conflicts = (runner?.refusal.match(/conflict occurred while applying object/g) ?? []).length;
      assert.equal(conflicts > 0, tool === 'helm4', runner?.refusal);
    });

    for (const one of COMMON) {
      it(`${one.row}: ${one.name}`, () => {
        const outcome = outcomes.get(one);
        if (!outcome || outcome instanceof Error) throw outcome ?? new Error('the case was not run');
        assert.equal(outcome.input.applier.tool, tool);
        const { verdict, input } = outcome;
        // `conflict occurred while applying object NAMESPACE/web …`, one for each.
        const isRefused = runner?.refusal.includes(` ${refOf(input.desired)?.namespace ?? ''}/${refOf(input.desired)?.name ?? ''} `);
        assert.equal(verdict.notes.some(note => note.startsWith('helm upgrade is refused')), isRefused, verdict.notes.join('; '));
        assert.deepEqual(wrongForecasts({ ...outcome, after: outcome.after }), [], [verdict.verdict, ...summary(verdict.fields), ...summary(verdict.kept)].join('; '));
      });
    }
  });
}
