import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BenchCluster } from './cluster';
import type { Shop } from './shop';

/** Everything that a sample drift needs; each is made the way it happens in real life. */
export interface Stage {
  readonly cluster: BenchCluster;
  readonly shop: Shop;
}

const STAGING = 'shop-staging';

/** Somebody scales the storefront. */
export const scaleWeb = ({ cluster }: Stage, replicas = 5): Promise<string> => cluster.kubectl(['scale', 'deployment/web', '-n', STAGING, `--replicas=${replicas}`]);

/** `kubectl edit`, with an editor that does the typing. */
export async function editApiImage({ cluster }: Stage, image = 'registry.shop.example/api:2.9.1-hotfix'): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'plumbline-editor-'));
  try {
    const editor = join(folder, 'editor.sh');
    await writeFile(editor, `#!/bin/sh\nsed -i 's#image: registry.shop.example/api:.*#image: ${image}#' "$1"\n`, { mode: 0o755 });
    await cluster.kubectl(['edit', 'deployment/api', '-n', STAGING], { env: { KUBE_EDITOR: editor, EDITOR: editor } });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** An operator adds a variable of its own: Git does not mention it, the controller leaves it, it is no drift. */
export async function addOperatorVariable({ cluster }: Stage): Promise<void> {
  const body = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'worker', namespace: STAGING }, spec: { template: { spec: { containers: [{ name: 'worker', env: [{ name: 'TRACE_ENDPOINT', value: 'http://trace.ops.svc:4317' }] }] } } } };
  await cluster.apply(body, 'trace-operator');
}

/** One line inside a block scalar, changed with a terminal UI. */
export async function changeNginxTimeout({ cluster, shop }: Stage): Promise<void> {
  const file = await readFile(join(shop.folder, 'apps', 'staging', 'config.yaml'), 'utf8');
  const block = /default\.conf: \|\n((?: {4}.*\n|\n)+)/.exec(file)?.[1] ?? '';
  const text = block.replace(/^ {4}/gm, '').replace('proxy_read_timeout 30s', 'proxy_read_timeout 300s');
  await cluster.kubectl(['patch', 'configmap/web-nginx', '-n', STAGING, '--type=merge', '--field-manager=k9s', '-p', JSON.stringify({ data: { 'default.conf': text } })]);
}

/** A label that Git has is taken away. */
export const removeCostcenter = ({ cluster }: Stage): Promise<string> => cluster.kubectl(['label', 'deployment/api', '-n', STAGING, 'costcenter-']);

/** An object that Git has is deleted. */
export const deleteBudget = ({ cluster }: Stage): Promise<string> => cluster.kubectl(['delete', 'poddisruptionbudget/web', '-n', STAGING]);

/** A commit that is pushed and that the controller has not fetched yet. */
export async function pushUnappliedCommit({ shop }: Stage): Promise<string> {
  const file = join(shop.folder, 'apps', 'staging', 'worker.yaml');
  await writeFile(file, (await readFile(file, 'utf8')).replace('value: "20"', 'value: "50"'));
  return shop.commit('worker: larger batches', true);
}

/** What a person types and does not save. */
export const UNSAVED_EDIT = { file: join('apps', 'staging', 'config.yaml'), old: 'maxBasket: "50"', new: 'maxBasket: "80"' } as const;

/** Production is paused from a terminal, and then changed. */
export async function pauseProduction({ cluster }: Stage): Promise<void> {
  const patch = { metadata: { annotations: { 'plumbline.dev/paused-reason': 'INC-2093: checkout errors, trying more replicas', 'plumbline.dev/paused-by': 'ana', 'plumbline.dev/paused-at': new Date(Date.now() - 40 * 60_000).toISOString().replace(/\.\d+Z$/, 'Z') } }, spec: { suspend: true } };
  await cluster.kubectl(['patch', 'kustomization/production', '-n', 'flux-system', '--type=merge', '--field-manager=plumbline', '-p', JSON.stringify(patch)]);
  await cluster.kubectl(['scale', 'deployment/web', '-n', 'shop-production', '--replicas=10']);
}

/** All of it, in an order in which none undoes another. */
export async function stageAll(stage: Stage): Promise<void> {
  await pauseProduction(stage);
  await scaleWeb(stage);
  await editApiImage(stage);
  await addOperatorVariable(stage);
  await changeNginxTimeout(stage);
  await removeCostcenter(stage);
  await deleteBudget(stage);
  await pushUnappliedCommit(stage);
}
