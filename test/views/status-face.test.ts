import assert from 'node:assert/strict';
import { shortName } from '../../src/core/drift/labels';
import type { Connection, Snapshot } from '../../src/core/drift/snapshot';
import { faceOf } from '../../src/views/status-face';
import { objectsOf, snapshotOf } from './make';

const TEXT = 'apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: shop}\n';
const connected = snapshotOf(TEXT, objectsOf(TEXT, {}));
const connecting: Connection = { kind: 'connecting', context: 'edge' };
const failed: Connection = { kind: 'failed', context: 'old', failure: 'offline', message: 'h does not answer', since: 0 };
const of = (connection: Connection, ...others: readonly Connection[]): Snapshot => ({ ...connected, connection, connections: [connection, ...others] });

describe('The status bar item', () => {
  const cases: readonly (readonly [string, Snapshot, string])[] = [
    ['one cluster, all in sync', connected, '$(pass) bench: in sync'],
    ['one cluster, connecting', of(connecting), '$(sync~spin) edge: connecting'],
    ['one cluster, failed', of(failed), '$(debug-disconnect) old: not connected'],
    ['several, none connected yet', of(connecting, failed), '$(sync~spin) 2 clusters: connecting'],
    ['several, all failed', of(failed, failed), '$(debug-disconnect) 2 clusters: not connected'],
    ['several, one failed: never the tick of all in sync', of(connected.connection, failed), '$(debug-disconnect) 2 clusters: old not connected'],
  ];
  for (const [name, snapshot, text] of cases) {
    it(name, () => {
      const face = faceOf(snapshot);
      assert.deepEqual([face?.text, face?.spoken], [text, `GitOps drift: ${text.replace(/^\S+ /, '')}`]);
    });
  }
});

describe('The name of a context where there is little room', () => {
  it('stays as it is where it is short', () => assert.equal(shortName('kind-staging'), 'kind-staging'));
  it('keeps its end where it is long: the cluster’s own name', () => {
    const short = shortName('arn:aws:eks:eu-central-1:123456789012:cluster/platform-production-blue');
    assert.deepEqual([short, short.length], ['…luster/platform-production-blue', 32]);
  });
});
