import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { confirm, redeem, type ConfirmDialog, type Question } from '../../../src/core/change/confirmation';
import type { PushPlan } from '../../../src/core/change/plan';
import type { ResumeEntry } from '../../../src/core/change/resume-preview';
import type { FieldVerdict } from '../../../src/core/drift/verdict';
import { Sealed } from '../../../src/core/change/sealed';
import { pushPlan } from './plans';

class Dialog implements ConfirmDialog {
  readonly asked: Question[] = [];
  readonly #answer: boolean;
  constructor(answer: boolean) {
    this.#answer = answer;
  }
  ask(question: Question): Promise<boolean> {
    this.asked.push(question);
    return Promise.resolve(this.#answer);
  }
}

/** As a dialog lists the change of `pushPlan`. */
const CHANGE = '\u00a0\u00a0.data.a: "1"';

describe('a confirmation', () => {
  it('is good once, for the plan it was given for', async () => {
    const plan = pushPlan();
    const confirmation = await confirm(plan, new Dialog(true));
    assert.ok(confirmation);
    assert.equal(redeem(confirmation, pushPlan({ id: 'another' })), false);
    assert.equal(redeem(confirmation, plan), true);
    assert.equal(redeem(confirmation, plan), false, 'a second time');
  });

  it('is not given when the person says no', async () => assert.equal(await confirm(pushPlan(), new Dialog(false)), undefined));

  const changes: readonly (readonly [string, (plan: PushPlan) => PushPlan])[] = [
    ['another request', plan => ({ ...plan, step: { ...plan.step, write: new Sealed({ ...plan.step.write.open(), request: { ...plan.step.write.open().request, body: { data: { a: '2' } } } }) } })],
    ['another object', plan => ({ ...plan, step: { ...plan.step, write: new Sealed({ ...plan.step.write.open(), request: { ...plan.step.write.open().request, ref: { ...plan.step.ref, name: 'other' } } }) } })],
    ['force', plan => ({ ...plan, step: { ...plan.step, write: new Sealed({ ...plan.step.write.open(), request: { ...plan.step.write.open().request, force: true } }) } })],
    ['another cluster', plan => ({ ...plan, pin: { ...plan.pin, identity: 'other' } })],
    ['another environment', plan => ({ ...plan, environment: { ...plan.environment, id: 'other' } })],
    ['a newer time', plan => ({ ...plan, createdAt: plan.createdAt + 1 })],
    ['other preconditions', plan => ({ ...plan, step: { ...plan.step, expects: { uid: 'u', resourceVersion: '8' } } })],
    ['another prediction', plan => ({ ...plan, step: { ...plan.step, write: new Sealed({ ...plan.step.write.open(), foreseen: 'x' }) } })],
  ];
  for (const [name, change] of changes)
    it(`does not cover ${name}`, async () => {
      const plan = pushPlan();
      const confirmation = await confirm(plan, new Dialog(true));
      assert.equal(redeem(confirmation, change(plan)), false);
    });

  it('cannot be made by hand', async () => {
    const real = await confirm(pushPlan(), new Dialog(true));
    assert.ok(real);
    const forged: readonly unknown[] = [undefined, null, true, {}, Object.create(Object.getPrototypeOf(real) as object), Object.assign({}, real), structuredClone({}), JSON.parse(JSON.stringify(real))];
    for (const one of forged) assert.equal(redeem(one, pushPlan()), false);
  });

  it('is not asked for when the plan would do nothing, or has conflicts without force', async () => {
    const dialog = new Dialog(true);
    const plan = pushPlan();
    assert.equal(await confirm({ ...plan, step: { ...plan.step, action: 'none' } }, dialog), undefined);
    assert.equal(await confirm({ ...plan, step: { ...plan.step, conflicts: [{ field: '.data.a', manager: 'k9s' }] } }, dialog), undefined);
    assert.deepEqual(dialog.asked, []);
  });

  it('names cluster, namespace, object, manager, fields and what is taken from whom', async () => {
    const dialog = new Dialog(false);
    const plan = pushPlan();
    await confirm({ ...plan, warnings: ['mind the gap'], step: { ...plan.step, force: true, conflicts: [{ field: '.data.a', manager: 'k9s' }] } }, dialog);
    assert.deepEqual(dialog.asked, [
      {
        title: 'Push ConfigMap shop/config to prod?',
        action: 'Push and Take Over',
        lines: ['Cluster: prod (https://10.0.0.1)', 'Namespace: shop', 'Object: ConfigMap shop/config', 'Field manager: plumbline', '', 'Fields:', CHANGE, '', 'Takes .data.a from k9s', 'mind the gap'],
        typed: 'prod',
      },
    ]);
  });

  it('says what a pause and a resume mean beyond the fields they write', async () => {
    const dialog = new Dialog(false);
    const common = pushPlan();
    const entry = (count: number): ResumeEntry => ({ ref: common.step.ref, fields: Array.from({ length: count }, (): FieldVerdict => ({}) as FieldVerdict) });
    const nothing = { overwritten: [], deleted: [], kept: [], recreated: [], pruned: [], unknown: [] };
    const effect = { ...nothing, overwritten: [entry(2), entry(1)], deleted: [entry(1)], kept: [entry(4)], recreated: [common.step.ref], unknown: [{ ref: common.step.ref, reason: 'dark' }] };
    await confirm({ ...common, kind: 'pause', reason: 'INC-7', by: 'ana' }, dialog);
    await confirm({ ...common, kind: 'resume', effect, requestedAt: '' }, dialog);
    await confirm({ ...common, kind: 'resume', effect: nothing, requestedAt: '' }, dialog);
    assert.deepEqual(dialog.asked.map(({ lines }) => lines[0]), ['Reason: INC-7', '3 fields set back to Git, 1 field deleted, 1 object created again, 1 object not known', 'Nothing that we can see will change']);
  });

  it('lists twelve fields and counts the rest', async () => {
    const dialog = new Dialog(false);
    const { step, ...plan } = pushPlan();
    const [change] = step.preview.changes;
    assert.ok(change);
    await confirm({ ...plan, step: { ...step, preview: { ...step.preview, changes: Array.from({ length: 15 }, () => change) } } }, dialog);
    assert.equal(dialog.asked[0]?.lines.filter(line => line === CHANGE).length, 12);
    assert.equal(dialog.asked[0].lines.at(-1), '\u00a0\u00a0and 3 more');
  });

  it('is a click where nothing is at stake, and typed in production', async () => {
    const dialog = new Dialog(false);
    const plan = pushPlan();
    await confirm(plan, dialog);
    await confirm({ ...plan, environment: { ...plan.environment, production: true } }, dialog);
    assert.deepEqual(dialog.asked.map(({ typed }) => typed), [undefined, 'prod']);
  });

  it('a plan shows its request to nobody', () => {
    const plan = pushPlan();
    for (const text of [JSON.stringify(plan), inspect(plan, { depth: 20, showHidden: true })]) assert.doesNotMatch(text, /in the clear/);
  });
});
