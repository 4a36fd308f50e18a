import assert from 'node:assert/strict';
import { withMember, type Json, type JsonObject } from '../../../src/core/base/json';
import { annotationRules, installationRules, readIgnoreRules, rulesFor, ruleText, type IgnoreRule } from '../../../src/core/gitops/ignore-rules';
import { unreadableRules, withoutIgnored } from '../../../src/core/gitops/without';

const REF = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' };
const rule = (what: IgnoreRule['what']): IgnoreRule => ({ group: '*', kind: '*', name: undefined, namespace: undefined, what, source: 'test' });
const pointer = (text: string): IgnoreRule => rule({ kind: 'pointer', pointer: text });
const jq = (expression: string): IgnoreRule => rule({ kind: 'jq', expression });

const OBJECT: JsonObject = { a: { 'b/c': 1, 'd~e': 2, f: [{ name: 'x', v: 1 }, { name: 'y', v: 2 }, { name: 'z' }] }, list: ['p', 'q', 'r'], n: null, text: 'x' };

describe('what a rule leaves out of an object', () => {
  const rows: readonly (readonly [name: string, rule: IgnoreRule, left: Json])[] = [
    ['a member', pointer('/text'), withMember(OBJECT, 'text', undefined)],
    ['an escaped slash and tilde', pointer('/a/b~1c'), { ...OBJECT, a: { 'd~e': 2, f: at3() } }],
    ['an escaped tilde', pointer('/a/d~0e'), { ...OBJECT, a: { 'b/c': 1, f: at3() } }],
    ['a list item', pointer('/list/1'), { ...OBJECT, list: ['p', 'r'] }],
    ['what is not there', pointer('/nothing/at/all'), OBJECT],
    ['an index that is none', pointer('/list/01'), OBJECT],
    ['a path of jq', jq('.a.f[1].v'), { ...OBJECT, a: { 'b/c': 1, 'd~e': 2, f: [{ name: 'x', v: 1 }, { name: 'y' }, { name: 'z' }] } }],
    ['a quoted name', jq('.a."b/c"'), { ...OBJECT, a: { 'd~e': 2, f: at3() } }],
    ['a name in brackets', jq('.a["d~e"]'), { ...OBJECT, a: { 'b/c': 1, f: at3() } }],
    ['every item', jq('.a.f[].v'), { ...OBJECT, a: { 'b/c': 1, 'd~e': 2, f: [{ name: 'x' }, { name: 'y' }, { name: 'z' }] } }],
    ['whole items, from the end', jq('.list[]'), { ...OBJECT, list: [] }],
    ['selected items', jq('.a.f[] | select(.name == "y")'), { ...OBJECT, a: { 'b/c': 1, 'd~e': 2, f: [{ name: 'x', v: 1 }, { name: 'z' }] } }],
    ['a field of selected items', jq('.a.f[]|select(.name=="x")|.v'), { ...OBJECT, a: { 'b/c': 1, 'd~e': 2, f: [{ name: 'x' }, { name: 'y', v: 2 }, { name: 'z' }] } }],
    ['what jq fails at leaves nothing out', jq('.text.a'), OBJECT],
    ['one failure among many does so, too', jq('.a.f[].v[]'), OBJECT],
    ['a question mark forgives it', jq('.a.f[].v[]?'), OBJECT],
    ['iterating over nothing fails', jq('.n[]'), OBJECT],
    ['more than a path leaves nothing out', jq('.a | keys'), OBJECT],
    ['a hostile name', pointer('/__proto__/x'), OBJECT],
  ];
  for (const [name, given, left] of rows) it(name, () => assert.equal(JSON.stringify(withoutIgnored(OBJECT, [given])), JSON.stringify(left)));

  it('expressions that are more than a path are told apart', () => {
    const given = ['.a', '.a[0]?', '.a."x y"', '.a[] | select(.b.c == 5) | .d', '.a, .b', '.a | length', '.a[1:2]', '.a[-1]', 'a', '..', '.a[] | select(.b)', '."a\\(1)"', '.a | select(.b == "x" or .c == "y")'];
    assert.deepEqual(unreadableRules(given.map(jq)).map(({ what }) => (what.kind === 'jq' ? what.expression : '')), given.slice(4));
  });
});

function at3(): Json {
  return [{ name: 'x', v: 1 }, { name: 'y', v: 2 }, { name: 'z' }];
}

describe('which rules mean an object', () => {
  const rules = readIgnoreRules(
    [
      { group: 'apps', kind: 'Deployment', jsonPointers: ['/spec/replicas'], jqPathExpressions: ['.x'], managedFieldsManagers: ['op'] },
      { group: '*', kind: '*', name: 'other', jsonPointers: ['/1'] },
      { kind: 'Deployment', jsonPointers: ['/core group only'] },
      { group: 'app?', kind: 'D*', namespace: 'shop', jsonPointers: ['/2', 7] },
      { group: 'apps', kind: 'Deployment', namespace: 'else', jsonPointers: ['/3'] },
      'no rule',
    ],
    'spec.ignoreDifferences',
  );
  it('by group and kind, and by name and namespace where it says so', () => {
    assert.deepEqual(rulesFor(rules, REF).map(ruleText), ['spec.ignoreDifferences: /spec/replicas', 'spec.ignoreDifferences: .x', 'spec.ignoreDifferences: changes by op', 'spec.ignoreDifferences: /2']);
  });

  it('the installation’s own, in both forms', () => {
    const found = installationRules({
      'resource.customizations.ignoreDifferences.apps_Deployment': 'jsonPointers: [/spec/replicas]',
      'resource.customizations.ignoreDifferences.Secret': 'jsonPointers: [/data]',
      'resource.customizations.ignoreDifferences.all': 'managedFieldsManagers: [op]',
      'resource.customizations.health.apps_Deployment': 'jsonPointers: [/no]',
      'resource.customizations': 'admissionregistration.k8s.io/MutatingWebhookConfiguration:\n  ignoreDifferences: |\n    jsonPointers: [/webhooks/0/clientConfig/caBundle]\n',
      broken: '{',
    });
    assert.deepEqual(found.map(({ group, kind, what }) => [group, kind, what.kind]), [['apps', 'Deployment', 'pointer'], ['', 'Secret', 'pointer'], ['*', '*', 'manager'], ['admissionregistration.k8s.io', 'MutatingWebhookConfiguration', 'pointer']]);
  });

  it('what the manifest says of itself', () => {
    const object = { metadata: { annotations: { 'argocd.argoproj.io/ignore-differences': 'jsonPointers:\n  - /spec/replicas\n' } } };
    assert.deepEqual(rulesFor(annotationRules(object, REF), REF).map(ruleText), ['argocd.argoproj.io/ignore-differences: /spec/replicas']);
    assert.deepEqual(annotationRules({ metadata: { annotations: { 'argocd.argoproj.io/ignore-differences': 'a: [' } } }, REF), []);
  });
});
