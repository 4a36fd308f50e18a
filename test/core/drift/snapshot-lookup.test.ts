import assert from 'node:assert/strict';
import type { ApplicationState, ObjectState, Snapshot } from '../../../src/core/drift/snapshot';
import { Lookup } from '../../../src/core/drift/snapshot-lookup';
import { snapshotOf } from '../../views/make';

const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'shop', name: 'a' };

function snapshotWith(ids: Readonly<Record<string, readonly string[]>>): Snapshot {
  const one = snapshotOf('', []);
  const applications = Object.entries(ids).map(([id, objects]) => ({
    ...one.environments[0]?.applications[0],
    id,
    objects: objects.map((object): ObjectState => ({ id: object, application: id, ref, manifest: undefined, verdict: { ref, verdict: 'orphan', reason: '', fields: [], kept: [], notes: [] } })),
  })) as ApplicationState[];
  return { ...one, environments: one.environments.map(environment => ({ ...environment, applications })) };
}

describe('One snapshot by ids', () => {
  const lookup = new Lookup(snapshotWith({ 'prod|folder:/a': ['prod|folder:/a|x', 'prod|folder:/a|b|y'], 'prod|folder:/a|b': ['prod|folder:/a|b|y#2', 'prod|folder:/a|b|z'], other: [] }));

  for (const [id, application] of [['prod|folder:/a|x', 'prod|folder:/a'], ['prod|folder:/a|b|y', 'prod|folder:/a'], ['prod|folder:/a|b|z', 'prod|folder:/a|b'], ['prod|folder:/a|b|y#2', 'prod|folder:/a|b']] as const) {
    it(`finds ${id} in its application, whatever signs the ids have in them`, () => {
      const found = lookup.object(id);
      assert.deepEqual([found?.object.id, found?.application.id, found?.environment.id], [id, application, 'bench/shop']);
    });
  }

  it('finds nothing else', () => {
    for (const id of ['', '|', 'prod|folder:/a', 'prod|folder:/a|', 'other|x', 'x']) assert.equal(lookup.object(id), undefined, id);
  });
});
