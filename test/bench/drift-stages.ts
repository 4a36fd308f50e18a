import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { textAt } from '../../src/core/base/json';
import { PAUSED_AT, PAUSED_BY, PAUSED_REASON } from '../../src/core/gitops/pause-annotations';
import type { BenchCluster } from './cluster';
import type { Shop } from './shop';

/** Everything that a sample drift needs; each is made the way it happens in real life. */
export interface Stage {
  readonly cluster: BenchCluster;
  readonly shop: Shop;
}

const STAGING = 'shop-staging';
const PRODUCTION = 'shop-production';

/** Somebody scales the storefront. */
export const scaleWeb = ({ cluster }: Stage, replicas = 5): Promise<string> => cluster.kubectl(['scale', 'deployment/web', '-n', STAGING, `--replicas=${replicas}`]);

/** `kubectl edit`, with an editor that does the typing: `script` is one `sed` command. */
async function edit({ cluster }: Stage, namespace: string, object: string, script: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'plumbline-editor-'));
  try {
    const editor = join(folder, 'editor.sh');
    await writeFile(editor, `#!/bin/sh\nsed -i '${script}' "$1"\n`, { mode: 0o755 });
    await cluster.kubectl(['edit', object, '-n', namespace], { env: { KUBE_EDITOR: editor, EDITOR: editor } });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** An image tried out by hand. */
export const editApiImage = (stage: Stage, image = 'registry.shop.example/api:2.9.1-hotfix'): Promise<void> => edit(stage, STAGING, 'deployment/api', `s#image: registry.shop.example/api:.*#image: ${image}#`);

/** An operator adds a variable of its own: Git does not mention it, the controller leaves it, it is no drift. */
export async function addOperatorVariable({ cluster }: Stage): Promise<void> {
  const body = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'worker', namespace: STAGING }, spec: { template: { spec: { containers: [{ name: 'worker', env: [{ name: 'TRACE_ENDPOINT', value: 'http://trace.ops.svc:4317' }] }] } } } };
  await cluster.apply(body, 'trace-operator');
}

/** One line inside a block scalar, changed with a terminal UI. */
export async function changeNginxTimeout({ cluster }: Stage): Promise<void> {
  const { body } = await cluster.request('GET', `/api/v1/namespaces/${STAGING}/configmaps/web-nginx`);
  const text = textAt(body, 'data', 'default.conf')?.replace('proxy_read_timeout 30s', 'proxy_read_timeout 300s') ?? '';
  await cluster.kubectl(['patch', 'configmap/web-nginx', '-n', STAGING, '--type=merge', '--field-manager=k9s', '-p', JSON.stringify({ data: { 'default.conf': text } })]);
}

/** A label that Git has is taken away. */
export const removeCostcenter = ({ cluster }: Stage): Promise<string> => cluster.kubectl(['label', 'deployment/api', '-n', STAGING, 'costcenter-']);

/** An object that Git has is deleted. */
export const deleteBudget = ({ cluster }: Stage): Promise<string> => cluster.kubectl(['delete', 'poddisruptionbudget/web', '-n', STAGING]);

/** A commit that is pushed and that Flux has not fetched yet: it looks at the sample once an hour. `Shop.sync` applies it. */
export async function pushUnappliedCommit({ shop }: Stage): Promise<string> {
  await shop.edit(join('apps', 'staging', 'worker.yaml'), 'value: "20"', 'value: "50"');
  return shop.commit('worker: larger batches', true);
}

/** What a person types and does not save. */
export const UNSAVED_EDIT = { file: join('apps', 'staging', 'config.yaml'), old: 'maxBasket: "50"', new: 'maxBasket: "80"' } as const;

/**
 * Production is paused, and then changed: replicas by `kubectl scale`, which a resume sets back, and a key added by
 * `kubectl edit`, which a resume deletes although Git never mentioned it.
 */
export async function pauseProduction(stage: Stage): Promise<void> {
  const annotations = {
    [PAUSED_REASON]: 'INC-2093: checkout errors, trying more replicas',
    [PAUSED_BY]: 'ana',
    [PAUSED_AT]: new Date(Date.now() - 40 * 60_000).toISOString().replace(/\.\d+Z$/, 'Z'),
  };
  await stage.cluster.kubectl(['patch', 'kustomization/production', '-n', 'flux-system', '--type=merge', '--field-manager=plumbline', '-p', JSON.stringify({ metadata: { annotations }, spec: { suspend: true } })]);
  await stage.shop.flux.applied('flux-system', 'production');
  await stage.cluster.kubectl(['scale', 'deployment/web', '-n', PRODUCTION, '--replicas=10']);
  await edit(stage, PRODUCTION, 'configmap/features', 's#^data:#data:\\n  fallbackGateway: "true"#');
}

/** More replicas of the catalog than its overlay says (`replicas`). */
export const scaleCatalog = ({ cluster }: Stage): Promise<string> => cluster.kubectl(['scale', 'deployment/catalog', '-n', 'catalog-production', '--replicas=5']);

/** Another image than the overlay's `images` name. */
export const setCatalogImage = ({ cluster }: Stage): Promise<string> => cluster.kubectl(['set', 'image', 'deployment/catalog', 'catalog=registry.shop.example/catalog:3.5.0-rc.1', '-n', 'catalog-staging']);

/** A value that Argo CD applied, changed by hand; it syncs by itself and does not self-heal. */
export const slowPayments = ({ cluster }: Stage): Promise<string> => cluster.kubectl(['set', 'env', 'deployment/payments', 'TIMEOUT=30s', '-n', 'payments']);

/** More memory than the chart's HelmRelease gives; drift is told there, and not corrected. */
export const enlargeSearch = ({ cluster }: Stage): Promise<string> => cluster.kubectl(['set', 'resources', 'deployment/search', '--limits=memory=1Gi', '-n', 'search']);

/** All of it, in an order in which none undoes another. */
export async function stageAll(stage: Stage): Promise<void> {
  await pauseProduction(stage);
  await scaleWeb(stage);
  await editApiImage(stage);
  await addOperatorVariable(stage);
  await changeNginxTimeout(stage);
  await removeCostcenter(stage);
  await deleteBudget(stage);
  await scaleCatalog(stage);
  await setCatalogImage(stage);
  await slowPayments(stage);
  await enlargeSearch(stage);
  await pushUnappliedCommit(stage);
}
