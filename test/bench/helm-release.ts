import assert from 'node:assert/strict';
import { at, listAt, textAt, type Json, type JsonObject } from '../../src/core/base/json';
import { stringifyJson } from '../../src/core/base/json-text';
import { readStoredRelease, storedName } from '../../src/core/gitops/helm-stored';
import type { BenchCluster } from './cluster';
import { conditionOf } from './crds';
import type { BenchHelm } from './helm';
import { until } from './process';

const CRD = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'helmreleases.helm.toolkit.fluxcd.io' },
  spec: {
    group: 'helm.toolkit.fluxcd.io',
    scope: 'Namespaced',
    names: { kind: 'HelmRelease', plural: 'helmreleases', singular: 'helmrelease', listKind: 'HelmReleaseList' },
    versions: [{
      name: 'v2',
      served: true,
      storage: true,
      subresources: { status: {} },
      schema: { openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true, properties: { suspend: { type: 'boolean' } } }, status: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } } } },
    }],
  },
};

/** The kind HelmRelease: helm-controller itself, with its definition, cannot be built from packages. */
export async function installHelmReleases(cluster: BenchCluster): Promise<void> {
  await cluster.apply(CRD, 'flux');
  await until('the kind HelmRelease', async () => {
    const { status, body } = await cluster.request('GET', `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${CRD.metadata.name}`);
    return status === 200 && conditionOf(body, 'Established') === 'True' && (await cluster.request('GET', '/apis/helm.toolkit.fluxcd.io/v2')).status === 200;
  }, 60_000);
}

/** Does with a HelmRelease what helm-controller would: a real Helm under the controller's name, and the status that it writes. */
export class BenchHelmRelease {
  readonly #cluster: BenchCluster;
  /** `helm-controller`. */
  readonly #helm: BenchHelm;
  readonly #name: string;
  readonly #namespace: string;

  constructor(cluster: BenchCluster, helm: BenchHelm, namespace: string, name: string) {
    this.#cluster = cluster;
    this.#helm = helm;
    this.#name = name;
    this.#namespace = namespace;
  }

  /** Installs or upgrades with the values that the HelmRelease in the cluster has, and writes its status. `mayFail`: as it does with a release that does not get through. */
  async reconcile(chart: string, options: { readonly mayFail?: boolean; readonly inventory?: readonly string[] } = {}): Promise<void> {
    const object = await this.#read();
    await this.#helm.postRenderer('flux', [
      ...listAt(object, 'spec', 'postRenderers').map(one => at(one, 'kustomize') ?? {}),
      { labels: [{ pairs: { 'helm.toolkit.fluxcd.io/name': this.#name, 'helm.toolkit.fluxcd.io/namespace': this.#namespace } }] },
    ]);
    const how = (await this.#records()).length > 0 ? ['upgrade', '--force-conflicts'] : ['install'];
    const run = this.#helm.run(...how, this.#name, chart, '-n', this.#namespace, '--post-renderer', 'flux', ...(await this.#values(object)));
    await (options.mayFail === true ? run.catch(() => undefined) : run);
    await this.#writeStatus(options.inventory);
  }

  /** What it does with one that is suspended: it has seen it, and answers a wish. */
  async look(): Promise<void> {
    await this.#writeStatus(undefined);
  }

  /** `helm uninstall`, keeping the history as helm-controller may be told to. */
  async uninstall(): Promise<void> {
    await this.#helm.run('uninstall', this.#name, '-n', this.#namespace, '--keep-history');
    await this.#writeStatus(undefined);
  }

  /** What `valuesFrom` names, in its order, then the HelmRelease's own. What goes to a path is given as such, after all of them. */
  async #values(object: JsonObject): Promise<string[]> {
    const [files, paths]: [string[], string[]] = [[], []];
    const add = async (text: string): Promise<void> => void files.push('-f', await this.#helm.file(`${this.#namespace}-${this.#name}-${files.length}.yaml`, text));
    for (const ref of listAt(object, 'spec', 'valuesFrom')) {
      const [kind, name, key, path] = [textAt(ref, 'kind') ?? '', textAt(ref, 'name') ?? '', textAt(ref, 'valuesKey') ?? 'values.yaml', textAt(ref, 'targetPath')];
      const { status, body } = await this.#cluster.request('GET', `/api/v1/namespaces/${this.#namespace}/${kind.toLowerCase()}s/${name}`);
      if (status === 404 && at(ref, 'optional') === true) continue;
      assert.equal(status, 200);
      const data = textAt(body, 'data', key) ?? '';
      const text = kind === 'Secret' ? Buffer.from(data, 'base64').toString() : data;
      if (path === undefined) await add(text);
      else paths.push('--set', `${path}=${text}`);
    }
    await add(stringifyJson(at(object, 'spec', 'values') ?? {}));
    return [...files, ...paths];
  }

  async #read(): Promise<JsonObject> {
    const { status, body } = await this.#cluster.request('GET', this.#path);
    assert.equal(status, 200);
    return body as JsonObject;
  }

  get #path(): string {
    return `/apis/helm.toolkit.fluxcd.io/v2/namespaces/${this.#namespace}/helmreleases/${this.#name}`;
  }

  /** Helm's own records, newest first. */
  async #records(): Promise<JsonObject[]> {
    const { body } = await this.#cluster.request('GET', `/api/v1/namespaces/${this.#namespace}/secrets?labelSelector=${encodeURIComponent(`owner=helm,name=${this.#name}`)}`);
    const records = listAt(body, 'items') as JsonObject[];
    return records.sort((a, b) => Number(textAt(b, 'metadata', 'labels', 'version')) - Number(textAt(a, 'metadata', 'labels', 'version')));
  }

  async #writeStatus(inventory: readonly string[] | undefined): Promise<void> {
    const history: Json[] = [];
    for (const record of await this.#records()) {
      const read = await readStoredRelease({ ...record, kind: 'Secret' });
      assert.ok(read.kind === 'known');
      const { name, namespace, revision, status, chart } = read.release;
      assert.equal(textAt(record, 'metadata', 'name'), storedName(name, revision));
      history.push({ name, namespace, version: revision, status, chartName: chart.name, chartVersion: chart.version, configDigest: '', digest: '', firstDeployed: '2026-01-01T00:00:00Z', lastDeployed: '2026-01-01T00:00:00Z' });
    }
    const object = await this.#read();
    const ready = textAt(history[0], 'status') === 'deployed';
    const status: Json = {
      observedGeneration: (object['metadata'] as JsonObject)['generation'] ?? 0,
      lastHandledReconcileAt: at(object, 'metadata', 'annotations', 'reconcile.fluxcd.io/requestedAt') ?? null,
      storageNamespace: this.#namespace,
      history,
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'False', reason: ready ? 'UpgradeSucceeded' : 'UpgradeFailed', message: '', lastTransitionTime: '2026-01-01T00:00:00Z' }],
      ...(inventory && { inventory: { entries: inventory.map(id => ({ id, v: 'v1' })) } }),
    };
    const { status: code } = await this.#cluster.request('PATCH', `${this.#path}/status?fieldManager=helm-controller`, { status }, { type: 'application/merge-patch+json' });
    assert.equal(code, 200);
  }
}
