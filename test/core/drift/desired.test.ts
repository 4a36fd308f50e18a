import assert from 'node:assert/strict';
import type { JsonObject } from '../../../src/core/base/json';
import { desiredOf, type DesiredContext } from '../../../src/core/drift/desired';
import { formatPath } from '../../../src/core/kube/path';

const flux = (more: Partial<DesiredContext & { tool: 'flux' }> = {}): DesiredContext => ({
  tool: 'flux',
  namespaced: true,
  name: 'apps',
  namespace: 'flux-system',
  targetNamespace: undefined,
  commonMetadata: { labels: {}, annotations: {} },
  decrypts: false,
  ...more,
});
const plain = (...namespaced: [] | [boolean | undefined]): DesiredContext => ({ tool: 'plain', namespaced: namespaced.length === 0 ? true : namespaced[0], defaultNamespace: 'team' });
const OWNER = { 'kustomize.toolkit.fluxcd.io/name': 'apps', 'kustomize.toolkit.fluxcd.io/namespace': 'flux-system' };

const config = (metadata: JsonObject, more: JsonObject = {}): JsonObject => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata, ...more });

describe('desired: what the applier sends', () => {
  const cases: readonly (readonly [string, JsonObject, DesiredContext, JsonObject])[] = [
    ['Flux adds its owner labels', config({ name: 'a', namespace: 'x' }), flux(), config({ name: 'a', namespace: 'x', labels: OWNER })],
    ['Flux keeps labels that are there', config({ name: 'a', namespace: 'x', labels: { app: 'web' } }), flux(), config({ name: 'a', namespace: 'x', labels: { app: 'web', ...OWNER } })],
    ['targetNamespace wins over the manifest', config({ name: 'a', namespace: 'x' }), flux({ targetNamespace: 'prod' }), config({ name: 'a', namespace: 'prod', labels: OWNER })],
    ['targetNamespace renames a Namespace', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'x' } }, flux({ namespaced: false, targetNamespace: 'prod' }), { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'prod', labels: OWNER } }],
    [
      'commonMetadata wins, after the owner labels',
      config({ name: 'a', namespace: 'x', labels: { team: 'b' } }),
      flux({ commonMetadata: { labels: { team: 'a' }, annotations: { note: 'n' } } }),
      config({ name: 'a', namespace: 'x', labels: { team: 'a', ...OWNER }, annotations: { note: 'n' } }),
    ],
    ['a plain folder gets the namespace of the context', config({ name: 'a' }), plain(), config({ name: 'a', namespace: 'team' })],
    ['a kind that is not known keeps what it says', config({ name: 'a' }), plain(undefined), config({ name: 'a' })],
    ['a cluster-scoped kind loses its namespace', { apiVersion: 'v1', kind: 'Node', metadata: { name: 'a', namespace: 'x' } }, plain(false), { apiVersion: 'v1', kind: 'Node', metadata: { name: 'a' } }],
    [
      'what only the server writes is dropped',
      config({ name: 'a', namespace: 'x', creationTimestamp: null, uid: 'u', resourceVersion: '1', generation: 2, managedFields: [], annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{}' } }, { status: {} }),
      plain(),
      config({ name: 'a', namespace: 'x' }),
    ],
    [
      'stringData becomes data and wins over it',
      { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a', namespace: 'x' }, data: { a: 'b2xk', b: 'Yg==' }, stringData: { a: 'é' } },
      plain(),
      { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a', namespace: 'x' }, data: { a: 'w6k=', b: 'Yg==' } },
    ],
    [
      'a Secret of another group is left alone',
      { apiVersion: 'x.example/v1', kind: 'Secret', metadata: { name: 'a', namespace: 'x' }, stringData: { a: 'b' } },
      plain(),
      { apiVersion: 'x.example/v1', kind: 'Secret', metadata: { name: 'a', namespace: 'x' }, stringData: { a: 'b' } },
    ],
    [
      'stringData that is no text stays, to be judged invalid',
      { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a', namespace: 'x' }, stringData: { a: 5 } },
      plain(),
      { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a', namespace: 'x' }, stringData: { a: 5 } },
    ],
    [
      'Flux names the protocol of Service ports',
      { apiVersion: 'v1', kind: 'Service', metadata: { name: 'a', namespace: 'x' }, spec: { ports: [{ port: 80 }, { port: 53, protocol: 'UDP' }] } },
      flux(),
      { apiVersion: 'v1', kind: 'Service', metadata: { name: 'a', namespace: 'x', labels: OWNER }, spec: { ports: [{ port: 80, protocol: 'TCP' }, { port: 53, protocol: 'UDP' }] } },
    ],
    [
      'Flux names the protocol of container ports, not of init containers',
      { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a', namespace: 'x' }, spec: { initContainers: [{ name: 'i', ports: [{ containerPort: 1 }] }], containers: [{ name: 'c', ports: [{ containerPort: 80 }] }] } },
      flux(),
      { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a', namespace: 'x', labels: OWNER }, spec: { initContainers: [{ name: 'i', ports: [{ containerPort: 1 }] }], containers: [{ name: 'c', ports: [{ containerPort: 80, protocol: 'TCP' }] }] } },
    ],
    [
      'Flux drops a placeholder CA bundle of a CRD',
      { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name: 'a' }, spec: { conversion: { webhook: { clientConfig: { caBundle: 'Cg==', url: 'https://a' } } } } },
      flux({ namespaced: false }),
      { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name: 'a', labels: OWNER }, spec: { conversion: { webhook: { clientConfig: { url: 'https://a' } } } } },
    ],
  ];
  for (const [name, object, how, expected] of cases) it(name, () => assert.deepEqual(desiredOf({ object }, how).object, expected));

  it('says which paths stand in no file', () => {
    const { injected } = desiredOf({ object: config({ name: 'a' }) }, flux({ targetNamespace: 'prod', commonMetadata: { labels: { team: 'a' }, annotations: {} } }));
    assert.deepEqual(injected.map(formatPath), ['.metadata.namespace', '.metadata.labels.kustomize.toolkit.fluxcd.io/name', '.metadata.labels.kustomize.toolkit.fluxcd.io/namespace', '.metadata.labels.team']);
  });

  it('a namespaced object without a namespace is refused by Flux', () => assert.match(desiredOf({ object: config({ name: 'a' }) }, flux()).invalid ?? '', /^namespace not specified/));

  it('of an encrypted Secret the text itself is applied where nothing decrypts, else its values are no text to encode', () => {
    const value = 'ENC[AES256_GCM,data:eA==,iv:eA==,tag:eA==,type:str]';
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a', namespace: 'x' }, stringData: { key: value, clear: 'c' }, sops: { mac: value } };
    for (const closed of [desiredOf({ object: secret }, flux()), desiredOf({ object: { ...secret, metadata: { ...secret.metadata, annotations: { 'kustomize.toolkit.fluxcd.io/decrypt': 'Disabled' } } } }, flux({ decrypts: true }))]) {
      assert.deepEqual([closed.invalid, closed.object['sops'], closed.object['data']], [undefined, undefined, { key: Buffer.from(value).toString('base64'), clear: 'Yw==' }]);
    }
    assert.match(desiredOf({ object: { ...secret, data: { bytes: value } } }, flux()).invalid ?? '', /its data is no base64, and the controller applies nothing$/);
    const decrypted = desiredOf({ object: secret }, flux({ decrypts: true }));
    assert.equal(decrypted.invalid, undefined);
    assert.deepEqual(decrypted.object['data'], { key: value, clear: 'Yw==' });
    const unlikely = { ...secret, sops: { ...secret.sops, mac: '' } };
    assert.deepEqual(desiredOf({ object: unlikely }, flux({ decrypts: true })).object['data'], { key: Buffer.from(value).toString('base64'), clear: 'Yw==' });
  });

  it('says where targetNamespace rewrites what it does not compute', () => {
    const binding = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding', metadata: { name: 'a' }, subjects: [{ kind: 'ServiceAccount', name: 's', namespace: 'x' }] };
    assert.match(desiredOf({ object: binding }, flux({ targetNamespace: 'prod' })).undecided ?? '', /subjects/);
    assert.equal(desiredOf({ object: binding }, flux()).undecided, undefined);
  });

  it('keys of the language itself are only keys', () => {
    const labels = JSON.parse('{"__proto__":"a","constructor":"b"}') as JsonObject;
    const { object } = desiredOf({ object: config({ name: 'a', namespace: 'x', labels }) }, flux());
    assert.deepEqual(Object.keys((object['metadata'] as { labels: object }).labels), ['__proto__', 'constructor', ...Object.keys(OWNER)]);
  });
});
