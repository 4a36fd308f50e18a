import assert from 'node:assert/strict';
import { Merging, type Part } from '../../../src/core/drift/merged';
import type { Connection, Environment, FileState, ObjectState, Snapshot } from '../../../src/core/drift/snapshot';
import type { Verdict } from '../../../src/core/drift/verdict';

const connected = (context: string): Connection => ({ kind: 'connected', pin: { context, server: 'https://a', caHash: undefined, user: 'u', uid: context, identity: context }, version: 'v1', troubles: [], reading: undefined, doubt: undefined, verifying: false });
const FAILED: Connection = { kind: 'failed', context: 'b', failure: 'offline', message: 'no answer', since: 7 };

const object = (context: string, verdict: Verdict): ObjectState => {
  const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'shop', name: 'a' };
  return { id: `${context}|a`, application: `${context}|app`, ref, manifest: undefined, verdict: { ref, verdict, reason: '', fields: [], kept: [], notes: [] } };
};
const environment = (context: string, verdict: Verdict): Environment => ({ id: `${context}/shop`, context, namespace: 'shop', production: false, writable: false, applications: [], counts: { [verdict]: 1 } });
const file = (text: string, objects: readonly ObjectState[], verdict: Verdict): FileState => ({ file: '/a.yaml', textVersion: text, objects, placed: [], problems: [], verdict });

function part(context: string, verdict: Verdict, at: number, { connection = connected(context), text = 'a: 1' }: { connection?: Connection; text?: string } = {}): Part {
  const snapshot: Snapshot = { generation: at, connection, connections: [connection], environments: [environment(context, verdict)], files: new Map([['/a.yaml', file(text, [object(context, verdict)], verdict)]]) };
  return { snapshot, at };
}

const merged = (parts: readonly [Part, ...Part[]], generation: number): Snapshot => new Merging(() => false).merged(parts, generation);

const contexts = ({ files }: Snapshot): string[] => (files.get('/a.yaml')?.objects ?? []).map(({ id }) => id);

describe('several clusters as one snapshot', () => {
  it('shows what each says, worst first, and a file is as bad as the worst of them', () => {
    const both = merged([part('a', 'in-sync', 1), part('b', 'drift', 2)], 9);
    assert.deepEqual([both.generation, both.environments.map(({ id }) => id), contexts(both), both.files.get('/a.yaml')?.verdict], [9, ['b/shop', 'a/shop'], ['a|a', 'b|a'], 'drift']);
    assert.deepEqual(both.connections.map(({ kind }) => kind), ['connected', 'connected']);
  });

  it('a cluster that is not connected takes nothing away from the others, and is told', () => {
    const both = merged([part('b', 'unknown', 2, { connection: FAILED }), part('a', 'drift', 1)], 1);
    assert.deepEqual([both.connection.kind, contexts(both), both.environments.map(({ id }) => id), both.files.get('/a.yaml')?.verdict], ['connected', ['a|a'], ['a/shop'], 'drift']);
    assert.deepEqual(both.connections.map(({ kind }) => kind), ['failed', 'connected']);
  });

  it('nothing is compared while none is connected', () => {
    const both = merged([part('b', 'unknown', 2, { connection: FAILED }), part('c', 'unknown', 1, { connection: { ...FAILED, context: 'c' } })], 1);
    assert.deepEqual([both.connection.kind, contexts(both)], ['failed', ['b|a']]);
  });

  it('verdicts of a text that has been typed over wait until their cluster has judged the new one', () => {
    const parts = (at: number, text: string): Snapshot => merged([part('a', 'drift', 3, { text: 'a: 2' }), part('b', 'drift', at, { text })], 1);
    assert.deepEqual(contexts(parts(2, 'a: 1')), ['a|a']);
    assert.deepEqual(contexts(parts(4, 'a: 3')), ['b|a']);
    assert.deepEqual(contexts(parts(2, 'a: 2')), ['a|a', 'b|a']);
  });

  it('a file of which nobody says anything new is the same one', () => {
    const merging = new Merging(() => false);
    const [a, b] = [part('a', 'in-sync', 1), part('b', 'drift', 2)];
    const fileOf = (...parts: [Part, ...Part[]]): FileState | undefined => merging.merged(parts, 1).files.get('/a.yaml');
    const first = fileOf(a, b);
    assert.equal(fileOf({ ...a, at: 3 }, b), first);
    assert.equal(fileOf(a, { ...b, at: 4 }), first);
    const [other, back] = [fileOf(a, part('b', 'missing', 5)), fileOf(a, b)];
    assert.deepEqual([first, other, back].map(state => state?.verdict), ['drift', 'missing', 'drift']);
  });
});
