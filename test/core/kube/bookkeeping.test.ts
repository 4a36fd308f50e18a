import assert from 'node:assert/strict';
import { withoutBookkeeping, withoutManagers } from '../../../src/core/kube/bookkeeping';
import { redact } from '../../../src/core/kube/redact';

describe('An object without bookkeeping', () => {
  it('is what somebody would have written', () => {
    const object = redact({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', labels: { a: 'b' }, uid: 'u', resourceVersion: '7', generation: 2, creationTimestamp: 't', managedFields: [{}] }, spec: { type: 'ClusterIP' }, status: { loadBalancer: {} } });
    assert.deepEqual(withoutBookkeeping(object), { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', labels: { a: 'b' } }, spec: { type: 'ClusterIP' } });
  });

  it('or, as kubectl shows it, everything but who owns which field', () => {
    assert.deepEqual(withoutManagers(redact({ kind: 'Service', metadata: { name: 'web', uid: 'u', managedFields: [{}] }, status: {} })), { kind: 'Service', metadata: { name: 'web', uid: 'u' }, status: {} });
  });
});
