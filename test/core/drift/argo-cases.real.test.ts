import assert from 'node:assert/strict';
import { sharedArgo } from '../../bench/hooks';
import { CASES } from '../../cases/all';
import { ArgoRunner, type ArgoOutcome } from '../../cases/argo-runner';
import type { Case } from '../../cases/case';
import { isCommon } from '../../cases/common';
import { CRD } from '../../cases/custom';
import { wrongForecasts } from '../../cases/forecast';
import { summary } from './make';

/** One such object, and Argo CD compares nothing of the whole Application under server-side apply. */
const LIVE_TWICE = '62';
const COMMON = CASES.filter(isCommon);

const WEB = '.spec.template.spec.containers[name="web"]';

/** Where Argo CD does something else than Flux: what is said of the object, with client-side and with server-side apply. */
const OWN_WAYS: Readonly<Record<string, Readonly<Record<'argo' | 'argo-ssa', readonly string[]>>>> = {
  // What people add with kubectl stays: Argo CD takes over nobody but `kubectl apply`.
  '58': both('in-sync', `${WEB}.env[name="B"] extra:extra kept`),
  '103': both('in-sync', '.spec.template.metadata.annotations.kubectl.kubernetes.io/restartedAt extra:extra kept'),
  '118b': both('in-sync', '.data.b extra:extra kept'),
  '104': both('drift', '.spec.replicas drift:changed overwritten'),
  // A patch deletes what the record on the object has, whoever else owns it; an apply lets go of it.
  '157': { argo: ['pending', '.metadata.labels.team pending:extra (unreconciled) deleted'], 'argo-ssa': ['in-sync', '.metadata.labels.team extra:extra kept'] },
  // The API server itself keeps that record for the manager `kubectl`.
  '160': { argo: ['drift', '.metadata.labels.new drift:extra deleted', '.spec.replicas drift:changed overwritten'], 'argo-ssa': ['drift', '.spec.replicas drift:changed overwritten', '.metadata.labels.new extra:extra kept'] },
  // A patch says null to delete; an apply sets null.
  '31': { argo: ['drift', '.spec.replicas drift:changed deleted'], 'argo-ssa': ['drift', '.spec.replicas drift:changed overwritten'] },
  '170b': { argo: ['invalid'], 'argo-ssa': ['drift', '.data.small drift:changed overwritten'] },
  '62': { argo: ['drift', `${WEB}.env[name="A"] drift:changed overwritten`], 'argo-ssa': ['blocked', `${WEB}.env[name="A"] blocked:changed unknown ?`] },
  '113': both('in-sync', '.spec.preserveUnknownFields equivalent:removed none'),
};

function both(...lines: readonly string[]): Readonly<Record<'argo' | 'argo-ssa', readonly string[]>> {
  return { argo: lines, 'argo-ssa': lines };
}

for (const [tool, options] of [['argo', []], ['argo-ssa', ['ServerSideApply=true']]] as const) {
  describe(`cases under a real Argo CD, ${tool}`, function () {
    this.timeout(600_000);
    let runner: ArgoRunner | undefined;
    let outcomes: ReadonlyMap<Case, ArgoOutcome | Error> = new Map();

    before(async function () {
      this.timeout(1_200_000);
      const bench = await sharedArgo();
      await bench.cluster.kubectl(['apply', '-f', '-'], { stdin: CRD });
      runner = new ArgoRunner(bench, options, one => one.stuck === true || one.row === LIVE_TWICE);
      outcomes = await runner.run(COMMON);
    });
    after(() => runner?.dispose());

    for (const one of COMMON) {
      it(`${one.row}: ${one.name}`, () => {
        const outcome = outcomes.get(one);
        if (!outcome || outcome instanceof Error) throw outcome ?? new Error('the case was not run');
        assert.equal(outcome.input.applier.tool, tool);
        const { verdict, refusal } = outcome;
        const expected = OWN_WAYS[one.row]?.[tool];
        if (expected) assert.deepEqual([verdict.verdict, ...summary(verdict.fields), ...summary(verdict.kept)], expected);
        const saysRefused = verdict.verdict === 'invalid' || verdict.fields.some(field => field.verdict === 'blocked' || field.verdict === 'invalid');
        if (refusal !== undefined) assert.ok(saysRefused, `refused: ${refusal}`);
        else assert.deepEqual(wrongForecasts({ ...outcome, after: outcome.after }), []);
      });
    }
  });
}
