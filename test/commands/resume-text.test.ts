import assert from 'node:assert/strict';
import { resumeText } from '../../src/commands/resume-text';
import type { ResumeEntry } from '../../src/core/change/resume-preview';
import { field } from '../../src/core/kube/path';
import { pushPlan } from '../core/change/plans';

const NOTHING = { overwritten: [], deleted: [], kept: [], recreated: [], pruned: [], unknown: [] };

const textOf = (kept: readonly ResumeEntry[]): string => resumeText('Application argocd/web', { ...pushPlan(), kind: 'resume', effect: { ...NOTHING, kept }, requestedAt: '' });

const entry = (name: string, git: string | undefined, live: string): ResumeEntry => {
  const value = (text: string): { kind: 'value'; value: string } => ({ kind: 'value', value: text });
  const common = { path: [field('data'), field(name)], verdict: 'drift', detail: undefined, base: undefined, stage: undefined, owners: [], certain: true, reason: '', afterResume: 'kept', at: { start: 0, end: 0 } } as const;
  return { ref: { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'shop', name: 'settings' }, fields: [{ ...common, git: git === undefined ? undefined : value(git), live: value(live) }] };
};

describe('What a resume will do, as a text', () => {
  it('says of what stays what Git has, where Git has it', () => {
    const text = textOf([entry('level', 'info', 'debug'), entry('extra', undefined, 'on')]);
    assert.match(text, /Left as it is:\n {2}ConfigMap shop\/settings\n {4}data\.level: live debug stays, Git has info\n/);
    assert.match(text, /data\.extra: live on stays, Git does not have it/);
  });

  it('says that nothing will change where nothing will', () => assert.match(textOf([]), /Nothing that we can see will change/));
});
