import type { BenchCluster } from './cluster';
import { conditionOf } from './crds';
import { until } from './process';

const NAME = 'imageupdateautomations.image.toolkit.fluxcd.io';

const CRD = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: NAME },
  spec: {
    group: 'image.toolkit.fluxcd.io',
    scope: 'Namespaced',
    names: { kind: 'ImageUpdateAutomation', plural: 'imageupdateautomations', singular: 'imageupdateautomation', listKind: 'ImageUpdateAutomationList' },
    versions: [{ name: 'v1', served: true, storage: true, subresources: { status: {} }, schema: { openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }, status: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } } } } }],
  },
};

/** The kind ImageUpdateAutomation: image-automation-controller, with its definition, cannot be built from packages. Nothing acts on its objects. */
export async function installImageAutomations(cluster: BenchCluster): Promise<void> {
  await cluster.apply(CRD, 'flux');
  await until('the kind ImageUpdateAutomation', async () => {
    const { status, body } = await cluster.request('GET', `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${NAME}`);
    return status === 200 && conditionOf(body, 'Established') === 'True' && (await cluster.request('GET', '/apis/image.toolkit.fluxcd.io/v1')).status === 200;
  }, 60_000);
}
