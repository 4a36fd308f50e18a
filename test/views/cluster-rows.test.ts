import assert from 'node:assert/strict';
import type { Connection, Snapshot } from '../../src/core/drift/snapshot';
import { clusterRows } from '../../src/views/cluster-rows';
import { Tree } from '../../src/views/tree';
import { objectsOf, snapshotOf } from './make';

const NOW = Date.parse('2026-01-02T12:00:00Z');
const since = NOW - 3_600_000;
const LOST = { kind: 'lost', text: 'the connection is lost: h refuses connections', detail: 'h refuses connections', since } as const;
const FAILED: Connection = { kind: 'failed', context: 'edge', failure: 'offline', message: 'h refuses\u202e connections', since };

const snapshot = (...others: readonly Connection[]): Snapshot => {
  const one = snapshotOf('', []);
  return { ...one, connections: [...one.connections, ...others] };
};
const said = (of: Snapshot): string[][] => clusterRows(of, NOW).map(({ label, description, flags, icon }) => [label, description.replace(/\d\d:\d\d/, 'TIME'), flags, icon.id]);

describe('The rows of what keeps a cluster from being compared', () => {
  it('are none while all is well, and none where a login program waits to be allowed: the view’s own text stands there', () => {
    assert.deepEqual(said(snapshot()), []);
    assert.deepEqual(said({ ...snapshot(), connections: [{ ...FAILED, failure: 'consent' }] }), []);
  });

  it('are what can be done where the only cluster is not connected', () => {
    for (const failure of ['offline', 'denied', 'invalid'] as const) {
      const rows = clusterRows({ ...snapshot(), connections: [{ ...FAILED, failure }] }, NOW);
      assert.deepEqual(rows.map(({ label, click }) => [label, click]), [['Retry', 'retry'], ['Choose Another Context…', 'connect'], ['Open Log', 'log']]);
    }
  });

  it('are one for each cause, with since when, and can be tried again', () => {
    const troubles = [LOST, { kind: 'denied', text: 'no permission to read Secret, Role', detail: '', since: undefined }] as const;
    assert.deepEqual(said(snapshotOf('', [], { troubles })), [
      ['The connection is lost', 'since TIME · h refuses connections', 'cluster', 'debug-disconnect'],
      ['No permission to read Secret, Role', '', 'cluster', 'lock'],
    ]);
  });

  it('name their cluster where several are shown, and let nothing through as it is', () => {
    assert.deepEqual(said(snapshot(FAILED, { kind: 'connecting', context: 'far' })), [
      ['edge: not connected', 'since TIME · h refuses\\u202e connections', 'cluster', 'debug-disconnect'],
      ['far: connecting', '', '', 'loading~spin'],
    ]);
  });

  it('say it whole to who does not see them, and where the pointer rests', () => {
    const [row] = clusterRows(snapshotOf('', [], { troubles: [LOST] }), NOW);
    assert.match(row?.spoken ?? '', /^The connection is lost: h refuses connections, since \d\d:\d\d$/);
    assert.match(row?.tooltip ?? '', /^The connection is lost: h refuses connections \(since \d\d:\d\d\)$/);
  });

  it('stand above the environments, which then name their cluster', () => {
    const text = 'apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: shop}\n';
    const one = snapshotOf(text, objectsOf(text, {}));
    const tree = new Tree();
    tree.show({ ...one, connections: [...one.connections, FAILED] }, { driftedOnly: false, now: NOW });
    assert.deepEqual(tree.below(undefined).map(({ label }) => label), ['edge: not connected', 'bench/shop']);
  });
});
