import assert from 'node:assert/strict';
import { field } from '../../../src/core/kube/path';
import type { FieldVerdict, ObjectVerdict, Owner, ShownValue } from '../../../src/core/drift/verdict';
import { afterText, clean, managerText, ownerText, timeText, valueText, verdictTitle } from '../../../src/core/drift/words';

const value = (json: ShownValue & { kind: 'value' } extends { value: infer V } ? V : never): ShownValue => ({ kind: 'value', value: json });
const owner = (manager: string, more: Partial<Owner> = {}): Owner => ({ manager, operation: 'Update', subresource: undefined, time: undefined, ...more });

const drifted = (more: Partial<FieldVerdict>): FieldVerdict => ({
  path: [field('spec'), field('replicas')],
  verdict: 'drift',
  detail: 'changed',
  git: value(3),
  live: value(5),
  base: value(3),
  stage: undefined,
  owners: [owner('kubectl', { subresource: 'scale' })],
  certain: true,
  reason: 'Git has not changed since it was applied; another manager owns the field',
  afterResume: 'overwritten',
  at: { start: 0, end: 0 },
  ...more,
});

describe('words: the text after a line', () => {
  const env = [field('env'), { kind: 'key', fields: [['name', 'B']] } as const];
  const cases: readonly (readonly [string, FieldVerdict, string | undefined])[] = [
    ['a changed number names its editor', drifted({}), 'live: 5 · kubectl scale'],
    ['without an owner only the value stands', drifted({ owners: [] }), 'live: 5'],
    ['a removed field says so', drifted({ detail: 'removed', live: undefined, owners: [] }), 'live: removed'],
    ['an added item that will go', drifted({ path: env, detail: 'extra', git: undefined, live: value({ name: 'B' }), owners: [owner('kubectl-edit')], afterResume: 'deleted' }), 'live only: env[name="B"] · kubectl edit · will be deleted'],
    ['an added scalar shows its value', drifted({ path: [field('labels'), field('a')], detail: 'extra', git: undefined, live: value('x'), owners: [], afterResume: 'deleted' }), 'live only: a=x · will be deleted'],
    ['another order', drifted({ detail: 'order' }), 'live: another order'],
    ['a conflict shows what it was', drifted({ verdict: 'conflict', git: value(2), base: value(1), live: value(3), owners: [owner('kubectl-edit')] }), 'live: 3 · kubectl edit · Git changed it too (was 1)'],
    ['unsaved text', drifted({ verdict: 'pending', stage: 'unsaved' }), 'live: 5 · not saved'],
    ['not yet in the cluster', drifted({ verdict: 'pending', live: undefined, stage: 'unreconciled' }), 'not live · not yet applied'],
    ['a field Git dropped', drifted({ verdict: 'pending', detail: 'extra', git: undefined, stage: 'unpushed' }), 'still live: replicas=5 · not pushed'],
    ['an old checkout', drifted({ verdict: 'pending', stage: 'behind' }), 'live: 5 · your checkout is older than what is applied'],
    ['a Secret shows only a size', drifted({ git: { kind: 'secret', bytes: 3 }, live: { kind: 'secret', bytes: 12 }, owners: [] }), 'live: ••• 12 bytes'],
    ['undecided', drifted({ verdict: 'undecided', certain: false }), 'live: 5 · not sure'],
    ['blocked', drifted({ verdict: 'blocked', owners: [] }), 'live: 5 · an apply would be refused'],
    ['equivalent is silent', drifted({ verdict: 'equivalent' }), undefined],
  ];
  for (const [name, given, expected] of cases) it(name, () => assert.equal(afterText(given), expected));
});

describe('words: values', () => {
  const cases: readonly (readonly [string, ShownValue | undefined, string])[] = [
    ['text that reads as text', value('nginx:1.27'), 'nginx:1.27'],
    ['text that looks like a number is quoted', value('80'), '"80"'],
    ['text that looks like a boolean is quoted', value('true'), '"true"'],
    ['empty text is quoted', value(''), '""'],
    ['a number', value(80), '80'],
    ['a long integer keeps its digits', value(9007199254740993n), '9007199254740993'],
    ['a map is JSON', value({ a: [1] }), '{"a":[1]}'],
    ['nothing', undefined, '(none)'],
    ['a line break is shown, not made', value('a\nb'), 'a⏎b'],
    ['long text is clipped', value('x'.repeat(100)), `${'x'.repeat(59)}…`],
    ['text that turns direction is spelled out', value('a\u202eb'), 'a\\u202eb'],
  ];
  for (const [name, given, expected] of cases) it(name, () => assert.equal(valueText(given), expected));
  it('escapes every control and bidirectional character and a lone surrogate', () => assert.equal(clean('\u0000\u001b[31m\u2066x\ud800'), '\\u0000\\u001b[31m\\u2066x\\ud800'));
  it('does not walk through a megabyte to show a line of it', () => assert.equal(clean('é'.repeat(3_000_000), 5), 'éééé…'));
});

describe('words: who', () => {
  const cases: readonly (readonly [Owner, string])[] = [
    [owner('kubectl-edit'), 'kubectl edit'],
    [owner('kubectl', { subresource: 'scale' }), 'kubectl scale'],
    [owner('kubectl', { operation: 'Apply' }), 'kubectl apply --server-side'],
    [owner('kubectl-client-side-apply'), 'kubectl apply'],
    [owner('kubectl-rollout'), 'kubectl rollout'],
    [owner('kube-controller-manager', { subresource: 'scale' }), 'autoscaler (HPA)'],
    [owner('kube-controller-manager'), 'kube-controller-manager'],
    [owner('kustomize-controller', { operation: 'Apply' }), 'Flux'],
    [owner('argocd-server'), 'Argo CD UI'],
    [owner('Mozilla'), 'Mozilla (a UI)'],
    [owner('k9s'), 'k9s'],
    [owner('before-first-apply'), 'someone, before tracking began'],
    [owner('my-operator', { subresource: 'status' }), 'my-operator /status'],
    [owner('evil\u202e\n'), 'evil\\u202e⏎'],
  ];
  for (const [given, expected] of cases) it(`${JSON.stringify(given.manager)} is ${expected}`, () => assert.equal(managerText(given), expected));
});

describe('words: when', () => {
  const now = Date.parse('2026-11-24T18:00:00Z');
  const cases: readonly (readonly [string, string, string | undefined])[] = [
    ['today only the time', '2026-11-24T14:02:59Z', '14:02'],
    ['another day with its date', '2026-11-23T14:02:00Z', 'Nov 23, 14:02'],
    ['another year with the year', '2025-11-23T04:02:00Z', 'Nov 23, 2025, 04:02'],
    ['no time', 'soon', undefined],
  ];
  for (const [name, time, expected] of cases) it(name, () => assert.equal(timeText(time, now, 'UTC'), expected));
  it('a time is never said to be exact', () => assert.equal(ownerText(owner('kubectl-edit', { time: '2026-11-24T14:02:00Z' }), now, 'UTC'), 'kubectl edit, at or before 14:02'));
  it('kubectl scale leaves no time', () => assert.equal(ownerText(owner('kubectl', { subresource: 'scale' }), now, 'UTC'), 'kubectl scale'));
});

describe('words: an object in a few words', () => {
  const object = (more: Partial<ObjectVerdict>): ObjectVerdict => ({ ref: { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'shop', name: 'x' }, verdict: 'drift', reason: 'r', fields: [], kept: [], notes: [], ...more });
  const cases: readonly (readonly [ObjectVerdict, string])[] = [
    [object({ fields: [drifted({}), drifted({})] }), 'Drifted: 2 fields'],
    [object({ fields: [drifted({}), drifted({ verdict: 'pending' })] }), 'Drifted: 1 field, 1 pending'],
    [object({ fields: [drifted({ detail: 'order' })] }), 'Drifted: order of a list'],
    [object({ fields: [drifted({}), drifted({ verdict: 'conflict' }), drifted({ verdict: 'conflict' }), drifted({ verdict: 'blocked' })] }), 'Drifted: 1 field, 2 in conflict, 1 blocked'],
    [object({ verdict: 'conflict', fields: [drifted({ verdict: 'conflict' }), drifted({ verdict: 'undecided' })] }), 'Conflict: 1 field, 1 not sure'],
    [object({ verdict: 'pending', fields: [drifted({ verdict: 'pending', stage: 'unpushed' }), drifted({ verdict: 'undecided' })] }), 'Pending: 1 field not pushed, 1 not sure'],
    [object({ verdict: 'pending', fields: [drifted({ verdict: 'pending', stage: 'unpushed' })] }), 'Pending: 1 field not pushed'],
    [object({ verdict: 'pending', reason: 'it is not in the cluster yet: not saved' }), 'Pending: it is not in the cluster yet: not saved'],
    [object({ verdict: 'missing' }), 'Missing in the cluster'],
    [object({ verdict: 'unknown', reason: 'forbidden: reading pods of shop: pods is forbidden: User "a" cannot list' }), 'Unknown: no permission to read it'],
    [object({ verdict: 'unknown', reason: 'offline: no' }), 'Unknown: offline: no'],
    [object({ verdict: 'skipped', reason: 'Helm hook' }), 'Skipped: Helm hook'],
    [object({ verdict: 'skipped', reason: 'not compared: spec.ignore: /a; spec.ignore: /b', fields: [drifted({ verdict: 'skipped' }), drifted({ verdict: 'skipped' })] }), 'Skipped: 2 fields'],
    [object({ verdict: 'in-sync' }), 'In sync'],
  ];
  for (const [given, expected] of cases) it(expected, () => assert.equal(verdictTitle(given), expected));
});
