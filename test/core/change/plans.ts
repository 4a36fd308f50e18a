import type { ClusterPin } from '../../../src/core/cluster/api';
import type { PushPlan } from '../../../src/core/change/plan';
import { Sealed } from '../../../src/core/change/sealed';
import { asLive } from '../../../src/core/kube/live';
import { field } from '../../../src/core/kube/path';
import { redact } from '../../../src/core/kube/redact';

export const PIN: ClusterPin = { context: 'prod', server: 'https://10.0.0.1', caHash: 'ca', user: 'ana', uid: 'cluster-1', identity: 'cluster-1' };

/** A plan as a value; nothing of a cluster stands behind it. */
export function pushPlan(more: Partial<PushPlan> = {}): PushPlan {
  const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'shop', name: 'config' };
  const object = asLive({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'config', namespace: 'shop' }, data: { a: '1' } });
  return {
    kind: 'push',
    id: 'plan-1',
    createdAt: 1_000,
    pin: PIN,
    environment: { id: 'prod/shop', context: 'prod', namespace: 'shop', production: false },
    warnings: [],
    step: {
      ref,
      action: 'change',
      write: new Sealed({ request: { ref, type: 'apply', body: { note: 'in the clear' }, fieldManager: 'plumbline' }, foreseen: 'hash' }),
      manager: 'plumbline',
      force: false,
      expects: { uid: 'u', resourceVersion: '7' },
      conflicts: [],
      preview: { live: redact(object), predicted: redact(object), changes: [{ path: [field('data'), field('a')], before: undefined, after: { kind: 'value', value: '1' } }], warnings: [] },
    },
    ...more,
  };
}
