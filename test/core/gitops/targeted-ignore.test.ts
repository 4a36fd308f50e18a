import assert from 'node:assert/strict';
import type { Json } from '../../../src/core/base/json';
import { readTargetedIgnores, targetedRulesFor } from '../../../src/core/gitops/targeted-ignore';

const REF = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' };
const OBJECT = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', namespace: 'shop', labels: { app: 'web' }, annotations: { team: 'a' } } };

/** Whether the rule means the object: yes, no, or not to be told. */
const cases: readonly (readonly [name: string, target: Json | undefined, means: 'pointer' | 'unclear' | undefined])[] = [
  ['without a target it means everything', undefined, 'pointer'],
  ['a kind', { kind: 'Deployment' }, 'pointer'],
  ['another kind', { kind: 'StatefulSet' }, undefined],
  ['part of a name is not the name', { name: 'we' }, undefined],
  ['a pattern', { kind: 'Deployment|StatefulSet', name: 'we.*' }, 'pointer'],
  ['a group and version', { group: 'apps', version: 'v1', namespace: 'shop' }, 'pointer'],
  ['another group', { group: 'batch' }, undefined],
  ['a pattern that may take for ever', { name: '(a+)+$' }, 'unclear'],
  ['labels', { labelSelector: 'app=web,!gone' }, 'pointer'],
  ['labels it has not', { labelSelector: 'app!=web' }, undefined],
  ['annotations', { annotationSelector: 'team' }, 'pointer'],
  ['a selector that is not computed', { labelSelector: 'app in (web, api)' }, 'unclear'],
  ['not to be told, but of another kind anyway', { kind: 'Job', labelSelector: 'app in (web)' }, undefined],
];

describe('what a controller of Flux ignores', () => {
  for (const [name, target, means] of cases) {
    it(name, () => {
      const ignores = readTargetedIgnores([{ paths: ['/spec/replicas'], ...(target !== undefined && { target }) }], 'spec.ignore');
      assert.deepEqual(targetedRulesFor(ignores, OBJECT, REF).map(({ what }) => what.kind), means === undefined ? [] : [means]);
    });
  }
});
