import assert from 'node:assert/strict';
import type { Json, JsonObject } from '../../../src/core/base/json';
import { sightingOf } from '../../../src/core/cluster/sighting';

const NOW = Date.parse('2026-11-24T14:02:10.400Z');
const T0 = '2026-11-24T14:00:00Z';
const T1 = '2026-11-24T14:02:10Z';
const entry = (manager: string, time: string, fields: Json, more: JsonObject = {}): Json => ({ manager, operation: 'Update', apiVersion: 'v1', time, fieldsV1: fields, ...more });
const object = (...managedFields: Json[]): JsonObject => ({ metadata: { generation: managedFields.length, managedFields } });
const FLUX = entry('kustomize-controller', T0, { 'f:a': {}, 'f:b': {} }, { operation: 'Apply' });

const REPLICAS = { 'f:spec': { 'f:replicas': {} } };
const SCALE: Json = { manager: 'kubectl', operation: 'Update', apiVersion: 'apps/v1', subresource: 'scale', fieldsV1: REPLICAS };
const scaled = (replicas: number, ...managedFields: Json[]): JsonObject => ({ metadata: { generation: replicas, resourceVersion: String(replicas), managedFields }, spec: { replicas } });

describe('who made a change that a watch saw', () => {
  const rows: readonly (readonly [string, JsonObject | undefined, JsonObject, string | undefined])[] = [
    ['a new manager', object(FLUX), object(FLUX, entry('kubectl-edit', T1, { 'f:c': {} })), 'kubectl-edit'],
    ['the one that took a field, not the one that lost it', object(FLUX), object(entry('kustomize-controller', T1, { 'f:a': {} }, { operation: 'Apply' }), entry('kubectl', T1, { 'f:b': {} }, { subresource: 'scale' })), 'kubectl'],
    ['the same manager again, by its time', object(FLUX, entry('kubectl-edit', T0, { 'f:c': {} })), object(FLUX, entry('kubectl-edit', T1, { 'f:c': {} })), 'kubectl-edit'],
    ['the same manager within a second, by its fields', object(FLUX, entry('kubectl-edit', T1, { 'f:c': {} })), object(FLUX, entry('kubectl-edit', T1, { 'f:c': {}, 'f:d': {} })), 'kubectl-edit'],
    ['a manager that dropped a field of its own', object(entry('m', T0, { 'f:a': {}, 'f:b': {} })), object(entry('m', T1, { 'f:a': {} })), 'm'],
    ['status alone is no sighting', object(FLUX), object(FLUX, entry('controller', T1, { 'f:status': {} }, { subresource: 'status' })), 'nobody'],
    ['nothing changed', object(FLUX), object(FLUX), 'nobody'],
    ['a manager that vanished: a deletion leaves no author', object(FLUX, entry('kubectl-edit', T0, { 'f:c': {} })), object(FLUX), undefined],
    ['a new object', undefined, object(entry('kubectl-create', T1, { 'f:a': {} })), 'kubectl-create'],
    ['by kubectl scale twice: its entry has no time, and stays as it is', scaled(5, SCALE, FLUX), scaled(7, SCALE, FLUX), 'kubectl'],
    ['by the same manager twice within a second, the same fields', scaled(5, FLUX, entry('kubectl-edit', T1, REPLICAS)), scaled(7, FLUX, entry('kubectl-edit', T1, REPLICAS)), 'kubectl-edit'],
    ['by one of two who may have been it', scaled(5, SCALE, entry('kubectl-edit', T1, REPLICAS)), scaled(7, SCALE, entry('kubectl-edit', T1, REPLICAS)), undefined],
    ['by nobody who can have been it: all entries are older', scaled(5, FLUX), scaled(7, FLUX), undefined],
    ['status without an entry that moves', { ...scaled(5, SCALE), status: { replicas: 1 } }, { ...scaled(5, SCALE), status: { replicas: 2 } }, 'nobody'],
    ['managedFields stripped, generation moved', { metadata: { generation: 1 } }, { metadata: { generation: 2 } }, undefined],
    ['managedFields stripped, generation the same', { metadata: { generation: 1 } }, { metadata: { generation: 1 } }, 'nobody'],
  ];
  for (const [name, before, after, manager] of rows) {
    it(name, () => {
      const found = sightingOf(before, after, NOW);
      if (manager === 'nobody') assert.equal(found, undefined);
      else assert.deepEqual(found, { at: NOW, manager });
    });
  }

  it('stays within the second that the entry names', () => {
    const after = object(FLUX, entry('kubectl-edit', T1, { 'f:c': {} }));
    assert.equal(sightingOf(object(FLUX), after, NOW + 60_000)?.at, Date.parse(T1) + 999);
    assert.equal(sightingOf(object(FLUX), after, NOW - 60_000)?.at, Date.parse(T1));
  });
});
