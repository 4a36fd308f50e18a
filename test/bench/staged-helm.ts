import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { at, textAt, type Json, type JsonObject } from '../../src/core/base/json';
import { stringifyJson } from '../../src/core/base/json-text';
import { withMetadata } from '../../src/core/drift/post-render';
import { storedName } from '../../src/core/gitops/helm-stored';
import { parseManifests } from '../../src/core/manifests/parse';
import type { BenchCluster } from './cluster';
import { installHelmReleases } from './helm-release';

const NAME = 'search';

/** What Helm prints of the sample's chart, with the values of its HelmRelease. */
export const searchManifest = (): Promise<string> => readFile(join(__dirname, 'staged-search.yaml'), 'utf8');

/** Serves HelmReleases, and makes the namespace of the sample's. */
export async function serveHelmReleases(cluster: BenchCluster): Promise<void> {
  await Promise.all([installHelmReleases(cluster), cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAME } }, 'flux')]);
}

/**
 * The sample's HelmRelease without helm-controller, which cannot be built from packages, and without Helm, which need not be
 * there: what they would have applied, recorded and reported is written here once, under their names. Whatever has to be true
 * of Helm is tested against the real one (`helm.ts`).
 */
export async function stageSearch(cluster: BenchCluster, clone: string): Promise<void> {
  const origin = { 'helm.toolkit.fluxcd.io/name': NAME, 'helm.toolkit.fluxcd.io/namespace': NAME };
  const objects = withMetadata(parseManifests('', await searchManifest(), 'K2').manifests, { labels: origin, annotations: {} });
  const marked = withMetadata(objects, { labels: { 'app.kubernetes.io/managed-by': 'Helm' }, annotations: { 'meta.helm.sh/release-name': NAME, 'meta.helm.sh/release-namespace': NAME } });
  for (const { object } of marked) await cluster.apply(object, 'helm-controller');
  const chart = join(clone, 'charts', NAME);
  const template = async (name: string): Promise<Json> => ({ name: `templates/${name}`, data: await readFile(join(chart, 'templates', name), 'base64') });
  const release: Json = {
    name: NAME,
    namespace: NAME,
    version: 1,
    info: { status: 'deployed', last_deployed: new Date().toISOString() },
    chart: { metadata: { name: NAME, version: '1.4.0' }, templates: await Promise.all(['deployment.yaml', 'service.yaml'].map(template)) },
    config: { replicas: 2, memory: '512Mi' },
    manifest: objects.map(({ object }) => `---\n# Source: ${NAME}/templates/${(textAt(object, 'kind') ?? '').toLowerCase()}.yaml\n${stringifyJson(object)}\n`).join(''),
    apply_method: 'ssa',
  };
  const stored = gzipSync(stringifyJson(release)).toString('base64');
  await cluster.apply({ apiVersion: 'v1', kind: 'Secret', type: 'helm.sh/release.v1', metadata: { name: storedName(NAME, 1), namespace: NAME, labels: { owner: 'helm', name: NAME, status: 'deployed', version: '1' } }, data: { release: Buffer.from(stored).toString('base64') } }, 'helm-controller');
  const path = `/apis/helm.toolkit.fluxcd.io/v2/namespaces/${NAME}/helmreleases/${NAME}`;
  const { body } = await cluster.request('GET', path);
  const now = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
  const status: JsonObject = {
    observedGeneration: at(body, 'metadata', 'generation') ?? 0,
    storageNamespace: NAME,
    inventory: { entries: [`${NAME}_${NAME}__Service`, `${NAME}_${NAME}_apps_Deployment`].map(id => ({ id, v: 'v1' })) },
    history: [{ name: NAME, namespace: NAME, version: 1, status: 'deployed', chartName: NAME, chartVersion: '1.4.0', firstDeployed: now, lastDeployed: now }],
    conditions: [{ type: 'Ready', status: 'True', reason: 'InstallSucceeded', message: '', lastTransitionTime: now }],
  };
  const answer = await cluster.request('PATCH', `${path}/status?fieldManager=helm-controller`, { status }, { type: 'application/merge-patch+json' });
  if (answer.status !== 200) throw new Error(`the status of HelmRelease ${NAME}: HTTP ${answer.status}`);
}
