import assert from 'node:assert/strict';
import type { ObjectVerdict, Verdict } from '../../src/core/drift/verdict';
import type { Application } from '../../src/core/gitops/application';
import { countsText } from '../../src/core/drift/counts-text';
import type { Snapshot } from '../../src/core/drift/snapshot';
import type { Row } from '../../src/views/rows';
import { Tree } from '../../src/views/tree';
import { changed, objectsOf, snapshotOf } from './make';

const TEXT = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec: {replicas: 3}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
`;

const drifted = (live: number): Partial<ObjectVerdict> => ({ verdict: 'drift', reason: 'x', fields: [changed(TEXT, '3', 'spec.replicas', live)] });
const NOW = Date.parse('2026-01-02T12:00:00Z');
const show = (snapshot: Snapshot, driftedOnly = false): Tree => {
  const tree = new Tree();
  tree.show(snapshot, { driftedOnly, now: NOW });
  return tree;
};
const rows = (verdicts: Readonly<Record<string, Partial<ObjectVerdict>>>, { driftedOnly = false, writable = false } = {}): Tree => show(snapshotOf(TEXT, objectsOf(TEXT, verdicts), { writable }), driftedOnly);

/** Every row, opened from the top. */
const all = (tree: Tree, id?: string): Row[] => tree.below(id).flatMap(row => [row, ...all(tree, row.id)]);

const print = (tree: Tree, id?: string, depth = 0): string[] => tree.below(id).flatMap(row => [`${'  '.repeat(depth)}${row.label} | ${row.description}`, ...print(tree, row.id, depth + 1)]);

describe('The rows of the Environments view', () => {
  it('go from environment to application to object to field', () => {
    assert.deepEqual(print(rows({ Deployment: drifted(5) })), ['shop | 1 drifted', '  apps | plain folder · 1 drifted', '    Deployment web | Drifted: 1 field', '      replicas | live: 5 · kubectl edit', '    Service web | In sync']);
  });

  it('say first since when it is that an object is unknown; of another day with the date', () => {
    const said = (since: number): string => print(rows({ Deployment: { verdict: 'unknown', reason: 'offline: h does not answer', since } })).find(line => line.includes('Deployment web')) ?? '';
    assert.match(said(NOW - 60_000), /Deployment web \| Unknown since \d\d:\d\d: offline: h does not answer$/);
    assert.match(said(NOW - 72 * 3_600_000), /Deployment web \| Unknown since Dec 3\d, 2025, \d\d:\d\d: /);
  });

  it('ask first which cluster a folder is meant for: what stands last is cut off', () => {
    const snapshot = snapshotOf(TEXT, objectsOf(TEXT, { Deployment: { verdict: 'undecided', reason: 'not in this cluster' } }));
    const asked = snapshot.environments.map(environment => ({ ...environment, applications: environment.applications.map(application => ({ ...application, elsewhere: 'prod' })) }));
    assert.ok(print(show({ ...snapshot, environments: asked })).includes('  apps | meant for prod alone? · 1 not sure · plain folder'));
  });

  it('are spoken as one sentence, without the dots between its parts and without saying twice what it is', () => {
    const pause = { reason: 'hotfix', by: 'ana', since: NOW - 40 * 60_000, manager: 'plumbline' };
    const spoken = all(show(snapshotOf(TEXT, objectsOf(TEXT, { Deployment: drifted(5) }), { pause, production: true }))).map(row => row.spoken);
    assert.deepEqual(spoken, ['Environment shop, 1 drifted, paused 40 min by ana, production', 'Plain folder apps, 1 drifted, paused 40 min by ana', 'Deployment web, Drifted: 1 field, in bench shop', 'replicas, drifted, live: 5, kubectl edit', 'Service web, In sync, in bench shop']);
  });

  it('name who else applies an object', () => {
    assert.ok(print(rows({ Deployment: { claimedBy: ['Application argocd/web'] } })).some(line => line.includes('Deployment web | In sync · also by Application argocd/web')));
  });

  it('show only what is out of plumb when asked to', () => {
    assert.deepEqual(print(rows({ Deployment: drifted(5) }, { driftedOnly: true })).map(line => line.trim().split(' |')[0]), ['shop', 'apps', 'Deployment web', 'replicas']);
    assert.deepEqual(print(rows({}, { driftedOnly: true })), []);
  });

  it('ask of a plain folder which clusters it is meant for where several are shown, or the one lacks some of it', () => {
    const flagged = (verdict: Verdict, clusters: number, doubt?: string): boolean => {
      const snapshot = snapshotOf(TEXT, objectsOf(TEXT, { Service: { verdict } }), doubt === undefined ? {} : { doubt });
      return all(show({ ...snapshot, connections: Array.from({ length: clusters }, () => snapshot.connection) })).some(({ flags }) => flags.includes('placeable'));
    };
    assert.deepEqual([flagged('in-sync', 1), flagged('in-sync', 2), flagged('missing', 1), flagged('missing', 2), flagged('missing', 1, 'no permission')], [false, true, true, true, false]);
  });

  it('keep a paused application when only drift is shown', () => {
    const pause = { reason: 'hotfix', by: 'ana', since: NOW - 40 * 60_000, manager: 'plumbline' };
    const shown = print(show(snapshotOf(TEXT, objectsOf(TEXT, {}), { pause, production: true }), true));
    assert.deepEqual(shown, ['shop | in sync · paused 40 min by ana · production', '  apps | plain folder · in sync · paused 40 min by ana']);
  });

  it('name who made an Application of Argo CD, and that objects come from a Helm release', () => {
    const one = snapshotOf(TEXT, objectsOf(TEXT, {}));
    const descriptions = (application: Partial<Application>): string[] => {
      const environments = one.environments.map(environment => ({ ...environment, applications: environment.applications.map(state => ({ ...state, application: { ref: { apiVersion: '', kind: '', namespace: 'argocd', name: 'web' }, ...application } as Application })) }));
      return print(show({ ...one, environments })).slice(1, 2);
    };
    const parent = { apiVersion: 'argoproj.io/v1alpha1', kind: 'ApplicationSet', namespace: 'argocd', name: 'teams' };
    assert.deepEqual(descriptions({ tool: 'argo', parent }), ['  web | Argo CD · in sync · of ApplicationSet teams']);
    assert.deepEqual(descriptions({ tool: 'flux', parent }), ['  web | Flux · in sync']);
    assert.deepEqual(descriptions({ tool: 'helm', kind: 'HelmRelease' }), ['  web | Flux Helm release · in sync']);
    assert.deepEqual(descriptions({ tool: 'helm', kind: 'Helm release' }), ['  web | Helm release · in sync']);
  });

  it('offer no pause where no controller applies the folder', () => {
    const one = snapshotOf(TEXT, objectsOf(TEXT, {}), { writable: true });
    const flags = (tool: Application['tool'] | undefined): string | undefined => {
      const application = tool && ({ tool, ref: { apiVersion: '', kind: '', namespace: 'flux-system', name: 'web' } } as Application);
      const environments = one.environments.map(environment => ({ ...environment, applications: environment.applications.map(state => ({ ...state, application })) }));
      return all(show({ ...one, environments })).find(({ id }) => id === 'application:app')?.flags;
    };
    assert.deepEqual([flags('flux'), flags('argo'), flags('helm'), flags(undefined)], ['application running compared writable', 'application running compared writable', 'application running compared writable', 'application uncontrolled compared writable']);
  });

  it('name their objects to menus: live, in a file, writable', () => {
    const flags = (verdicts: Readonly<Record<string, Partial<ObjectVerdict>>>, writable: boolean): string => all(rows(verdicts, { writable })).find(({ label }) => label === 'Deployment web')?.flags ?? '';
    assert.equal(flags({ Deployment: drifted(5) }, true), 'object live file writable');
    assert.equal(flags({ Deployment: { verdict: 'missing' } }, false), 'object file');
  });

  it('never let text from outside through as it is', () => {
    const text = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: "a\\u202eb\\u001b[31m"}\n';
    const shown = print(show(snapshotOf(text, objectsOf(text, {})))).join('\n');
    assert.doesNotMatch(shown, /[\u202e\u001b]/);
  });

  it('do not call a folder plain whose controller could not be told', () => {
    const shown = print(show(snapshotOf(TEXT, objectsOf(TEXT, { Deployment: { verdict: 'undecided', reason: 'x' }, Service: { verdict: 'undecided', reason: 'x' } }), { doubt: 'x' })));
    assert.equal(shown[1], '  apps | controller not known · 2 not sure');
  });

  it('count what needs a look, worst first, and promise nothing else', () => {
    assert.equal(countsText({ 'in-sync': 3, pending: 1, drift: 2 }), '2 drifted · 1 pending');
    assert.equal(countsText({ 'in-sync': 3, equivalent: 1 }), 'in sync');
    assert.equal(countsText({ unknown: 2 }), '2 unknown');
    assert.equal(countsText({}), 'empty');
  });
});
