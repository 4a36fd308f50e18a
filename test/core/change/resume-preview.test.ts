import assert from 'node:assert/strict';
import type { Application } from '../../../src/core/gitops/application';
import { resumePreview } from '../../../src/core/change/resume-preview';
import type { ApplicationState, ObjectState } from '../../../src/core/drift/snapshot';
import type { AfterResume, FieldVerdict, Verdict } from '../../../src/core/drift/verdict';
import { field } from '../../../src/core/kube/path';

const fieldThat = (name: string, afterResume: AfterResume): FieldVerdict => ({ path: [field(name)], verdict: 'drift', detail: 'changed', git: undefined, live: undefined, base: undefined, stage: undefined, owners: [], certain: true, reason: `about ${name}`, afterResume, at: { start: 0, end: 0 } });

function object(name: string, verdict: Verdict, fields: FieldVerdict[] = [], kept: FieldVerdict[] = []): ObjectState {
  const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'shop', name };
  return { id: name, application: 'a', ref, manifest: undefined, verdict: { ref, verdict, reason: `${name} is ${verdict}`, fields, kept, notes: [] } };
}

const state = (objects: ObjectState[], prune = true): ApplicationState => ({ id: 'a', environment: 'e', application: { prune } as Application, folder: '/', evidence: [], doubt: undefined, owners: [], pause: undefined, objects, counts: {} });

const names = (entries: readonly { readonly ref: { readonly name: string }; readonly fields: readonly FieldVerdict[] }[]): string[] => entries.map(({ ref, fields }) => `${ref.name}${fields.map(({ path }) => (path[0]?.kind === 'field' ? ` ${path[0].name}` : '')).join('')}`);

describe('what a resume does', () => {
  const objects = [
    object('calm', 'in-sync'),
    object('web', 'drift', [fieldThat('replicas', 'overwritten'), fieldThat('edited', 'deleted'), fieldThat('none', 'none')], [fieldThat('k9s', 'kept')]),
    object('config', 'drift', [fieldThat('level', 'overwritten')], [fieldThat('kubectl', 'deleted')]),
    object('gone', 'missing'),
    object('left', 'orphan'),
    object('dark', 'unknown'),
    object('half', 'drift', [fieldThat('maybe', 'unknown')]),
  ];

  it('is told object by object, field by field', () => {
    const preview = resumePreview(state(objects));
    assert.deepEqual(names(preview.overwritten), ['web replicas', 'config level']);
    assert.deepEqual(names(preview.deleted), ['web edited', 'config kubectl']);
    assert.deepEqual(names(preview.kept), ['web k9s']);
    assert.deepEqual(preview.recreated.map(({ name }) => name), ['gone']);
    assert.deepEqual(preview.pruned.map(({ name }) => name), ['left']);
    assert.deepEqual(preview.unknown.map(({ ref, reason }) => `${ref.name}: ${reason}`), ['dark: dark is unknown', 'half: about maybe']);
  });

  const argo = (selfHeal: boolean, revision: string): ApplicationState => ({ ...state(objects, false), application: { tool: 'argo', prune: false, automation: { kind: 'off', selfHeal, prune: true }, source: { revision }, appliedRevision: 'a' } as Application });
  it('Argo CD without self-heal does nothing before there is a commit that it has not applied', () => {
    const preview = resumePreview(argo(false, 'a'));
    assert.deepEqual([preview.overwritten, preview.deleted, preview.recreated, preview.pruned], [[], [], [], []]);
    assert.deepEqual(names(preview.kept), ['web replicas', 'config level', 'web edited', 'config kubectl', 'web k9s']);
    for (const one of [argo(false, 'b'), argo(true, 'a')]) assert.deepEqual([names(resumePreview(one).overwritten), resumePreview(one).pruned.map(({ name }) => name)], [['web replicas', 'config level'], ['left']]);
  });

  const helm = (driftDetection: 'enabled' | 'warn' | 'disabled'): ApplicationState => ({ ...state(objects), application: { tool: 'helm', kind: 'HelmRelease', prune: true, driftDetection } as Application });
  it('helm-controller that corrects drift does as the others do', () => assert.deepEqual(resumePreview(helm('enabled')), resumePreview(state(objects))));
  for (const mode of ['warn', 'disabled'] as const) {
    it(`one that does not (${mode}) may upgrade or not: nothing is foretold`, () => {
      const { kept, unknown, ...rest } = resumePreview(helm(mode));
      assert.deepEqual(Object.values(rest), [[], [], [], []]);
      assert.deepEqual(names(kept), ['web k9s']);
      assert.deepEqual(unknown.map(({ ref, reason }) => `${ref.name}: ${reason.includes('for Helm to decide') ? 'Helm' : reason}`), ['web: Helm', 'config: Helm', 'gone: Helm', 'left: Helm', 'dark: dark is unknown', 'half: Helm']);
    });
  }

  it('without prune nothing is pruned', () => assert.deepEqual(resumePreview(state(objects, false)).pruned, []));
});
