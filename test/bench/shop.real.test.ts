import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { at, listAt, member, textAt, type Json, type JsonObject } from '../../src/core/base/json';
import { readStoredRelease } from '../../src/core/gitops/helm-stored';
import { PAUSED_REASON } from '../../src/core/gitops/pause-annotations';
import { parseManifests } from '../../src/core/manifests/parse';
import { startCluster, type BenchCluster } from './cluster';
import * as stages from './drift-stages';
import { program } from './programs';
import { searchManifest } from './staged-helm';
import { makeShop, CLONE_URL, SHOP_URL, type Shop } from './shop';

const run = promisify(execFile);

const PATHS = {
  web: '/apis/apps/v1/namespaces/shop-staging/deployments/web',
  api: '/apis/apps/v1/namespaces/shop-staging/deployments/api',
  worker: '/apis/apps/v1/namespaces/shop-staging/deployments/worker',
  nginx: '/api/v1/namespaces/shop-staging/configmaps/web-nginx',
  budget: '/apis/policy/v1/namespaces/shop-staging/poddisruptionbudgets/web',
  production: '/apis/kustomize.toolkit.fluxcd.io/v1/namespaces/flux-system/kustomizations/production',
  features: '/api/v1/namespaces/shop-production/configmaps/features',
  catalog: '/apis/apps/v1/namespaces/catalog-production/deployments/catalog',
  staged: '/apis/apps/v1/namespaces/catalog-staging/deployments/catalog',
  database: '/api/v1/namespaces/catalog-production/secrets/catalog-database',
  ingress: '/apis/networking.k8s.io/v1/namespaces/catalog-production/ingresses/catalog',
  payments: '/apis/apps/v1/namespaces/payments/deployments/payments',
  application: '/apis/argoproj.io/v1alpha1/namespaces/argocd/applications/payments',
  search: '/apis/apps/v1/namespaces/search/deployments/search',
  stored: '/api/v1/namespaces/search/secrets/sh.helm.release.v1.search.v1',
  dashboard: '/api/v1/namespaces/shop-ops/configmaps/dashboard-orders',
} as const;

/** The managers of an object with their operation and subresource. */
const managers = (object: Json): string[] =>
  listAt(object, 'metadata', 'managedFields').map(entry => [textAt(entry, 'manager'), textAt(entry, 'operation'), textAt(entry, 'subresource')].filter(Boolean).join(' '));

describe('the bench: the sample repository', function () {
  this.timeout(90_000);
  let cluster: BenchCluster;
  let shop: Shop;
  let stage: stages.Stage;
  const git = async (...args: string[]): Promise<string> => (await run('git', ['-C', shop.folder, ...args])).stdout.trim();
  const get = async (name: keyof typeof PATHS): Promise<Json> => (await cluster.request('GET', PATHS[name])).body;

  before(async () => {
    cluster = await startCluster();
    shop = await makeShop(cluster, cluster.folder);
    stage = { cluster, shop };
  });
  after(async () => {
    await (shop as Shop | undefined)?.stop();
    await (cluster as BenchCluster | undefined)?.stop();
  });

  it('is applied from one GitRepository by Kustomizations, and by hand', async () => {
    assert.deepEqual(managers(await get('web')), ['kustomize-controller Apply']);
    assert.deepEqual(managers(await get('features')), ['kustomize-controller Apply']);
    assert.deepEqual(managers(await get('dashboard')), ['kubectl-client-side-apply Update']);
    assert.equal(member(at(await get('dashboard'), 'metadata', 'labels'), 'kustomize.toolkit.fluxcd.io/name'), undefined);
  });

  it('has a cpu of 1000m that the server keeps as 1', async () => {
    assert.match(await shop.read('apps/staging/web.yaml'), /cpu: 1000m/);
    assert.equal(textAt(await get('web'), 'spec', 'template', 'spec', 'containers', 0, 'resources', 'limits', 'cpu'), '1');
  });

  it('names its remote in another form than Flux does, and can still fetch and push', async () => {
    assert.equal(await git('config', 'remote.origin.url'), CLONE_URL);
    assert.notEqual(CLONE_URL, SHOP_URL);
    await git('fetch');
    assert.equal(await git('rev-parse', 'origin/main'), await shop.head());
    assert.equal(await git('status', '--porcelain'), '');
  });

  it('an overlay is built with its component, its variables and its replicas, and its Secret decrypted', async () => {
    const catalog = await get('catalog');
    assert.equal(at(catalog, 'spec', 'replicas'), 3);
    const env = new Map(listAt(catalog, 'spec', 'template', 'spec', 'containers', 0, 'env').map(one => [textAt(one, 'name'), textAt(one, 'value')]));
    assert.equal(env.get('OTEL_RESOURCE_ATTRIBUTES'), 'deployment.environment=production');
    assert.equal(textAt(await get('ingress'), 'spec', 'rules', 0, 'host'), 'catalog.shop.example');
    assert.equal(Buffer.from(textAt(await get('database'), 'data', 'password') ?? '', 'base64').toString(), 'production-only-password');
    assert.match(await shop.read('apps/catalog/overlays/production/database.sops.yaml'), /password: ENC\[AES256_GCM/);
  });

  it('an Application has what Argo CD would have applied and reported', async () => {
    const application = await get('application');
    assert.equal(textAt(application, 'status', 'sync', 'revision'), await shop.head());
    assert.deepEqual(listAt(application, 'status', 'resources').map(one => textAt(one, 'kind')).sort(), ['Deployment', 'Service']);
    const payments = await get('payments');
    assert.deepEqual(managers(payments), ['argocd-controller Update']);
    assert.equal(textAt(payments, 'metadata', 'annotations', 'argocd.argoproj.io/tracking-id'), 'payments:apps/Deployment:payments/payments');
    assert.equal(textAt(payments, 'spec', 'template', 'spec', 'containers', 0, 'image'), 'registry.shop.example/payments:1.12.0');
  });

  it('a HelmRelease has what helm-controller would have applied and reported, of what a real Helm prints', async () => {
    const printed = await run(await program('helm'), ['template', 'search', join(shop.folder, 'charts', 'search'), '--namespace', 'search', '--set', 'replicas=2,memory=512Mi']);
    const objectsIn = (text: string): JsonObject[] => parseManifests('', text, 'K2').manifests.map(({ object }) => object);
    assert.deepEqual(objectsIn(printed.stdout), objectsIn(await searchManifest()));
    const stored = await readStoredRelease((await get('stored')) as JsonObject);
    assert.ok(stored.kind === 'known');
    assert.equal(stored.release.templates.size, 2);
    const search = await get('search');
    assert.deepEqual(managers(search), ['helm-controller Apply']);
    assert.equal(textAt(search, 'spec', 'template', 'spec', 'containers', 0, 'resources', 'limits', 'memory'), '512Mi');
    await stages.enlargeSearch(stage);
    assert.ok(managers(await get('search')).includes('kubectl-set Update'));
  });

  it('scaleCatalog, setCatalogImage and slowPayments change what is set in an overlay, or by Argo CD', async () => {
    await stages.scaleCatalog(stage);
    await stages.setCatalogImage(stage);
    await stages.slowPayments(stage);
    assert.equal(at(await get('catalog'), 'spec', 'replicas'), 5);
    assert.ok(managers(await get('staged')).includes('kubectl-set Update'));
    assert.ok(managers(await get('payments')).includes('kubectl-set Update'));
  });

  it('scaleWeb leaves an owner of the scale subresource', async () => {
    await stages.scaleWeb(stage, 5);
    const web = await get('web');
    assert.equal(at(web, 'spec', 'replicas'), 5);
    assert.ok(managers(web).includes('kubectl Update scale'), managers(web).join());
  });

  it('editApiImage is owned by kubectl-edit', async () => {
    await stages.editApiImage(stage);
    const api = await get('api');
    assert.equal(textAt(api, 'spec', 'template', 'spec', 'containers', 0, 'image'), 'registry.shop.example/api:2.9.1-hotfix');
    assert.ok(managers(api).includes('kubectl-edit Update'), managers(api).join());
  });

  it('addOperatorVariable adds, and takes nothing from the controller', async () => {
    await stages.addOperatorVariable(stage);
    const worker = await get('worker');
    const names = listAt(worker, 'spec', 'template', 'spec', 'containers', 0, 'env').map(one => textAt(one, 'name'));
    assert.deepEqual([...names].sort(), ['BATCH', 'QUEUE', 'TRACE_ENDPOINT']);
    assert.deepEqual(managers(worker), ['kustomize-controller Apply', 'trace-operator Apply']);
  });

  it('changeNginxTimeout changes one line of the block', async () => {
    const before = textAt(await get('nginx'), 'data', 'default.conf')?.split('\n') ?? [];
    await stages.changeNginxTimeout(stage);
    const nginx = await get('nginx');
    const after = textAt(nginx, 'data', 'default.conf')?.split('\n') ?? [];
    assert.deepEqual(after.filter((line, i) => line !== before[i]), ['    proxy_read_timeout 300s;']);
    assert.ok(managers(nginx).includes('k9s Update'), managers(nginx).join());
  });

  it('removeCostcenter takes one label', async () => {
    await stages.removeCostcenter(stage);
    assert.equal(at(await get('api'), 'metadata', 'labels', 'costcenter'), undefined);
    assert.equal(textAt(await get('api'), 'metadata', 'labels', 'team'), 'shop');
  });

  it('deleteBudget deletes it', async () => {
    await stages.deleteBudget(stage);
    assert.equal((await cluster.request('GET', PATHS.budget)).status, 404);
  });

  it('the unsaved edit has its place in the file', async () => {
    assert.equal((await shop.read(stages.UNSAVED_EDIT.file)).split(stages.UNSAVED_EDIT.old).length, 2);
  });

  it('pauseProduction suspends with a reason, and makes two changes', async () => {
    await stages.pauseProduction(stage);
    const production = await get('production');
    assert.equal(at(production, 'spec', 'suspend'), true);
    assert.match(textAt(production, 'metadata', 'annotations', PAUSED_REASON) ?? '', /INC-2093/);
    const features = await get('features');
    assert.equal(textAt(features, 'data', 'fallbackGateway'), 'true');
    assert.ok(managers(features).includes('kubectl-edit Update'), managers(features).join());
  });

  it('pushUnappliedCommit is on the remote and not applied, and nothing that was staged is reverted by it', async () => {
    const commit = await stages.pushUnappliedCommit(stage);
    assert.equal(await git('rev-parse', 'origin/main'), commit);
    assert.equal((await run('git', ['-C', shop.bare, 'rev-parse', 'main'])).stdout.trim(), commit);
    await new Promise(resolve => setTimeout(resolve, 3000));
    assert.equal(textAt(await get('worker'), 'spec', 'template', 'spec', 'containers', 0, 'env', 1, 'value'), '20');
    assert.equal(at(await get('web'), 'spec', 'replicas'), 5);
  });

  it('sync applies the commit and reverts what was changed by hand, the operator\'s variable excepted', async () => {
    await shop.sync('staging');
    const worker = await get('worker');
    const env = new Map(listAt(worker, 'spec', 'template', 'spec', 'containers', 0, 'env').map(one => [textAt(one, 'name'), textAt(one, 'value')]));
    assert.equal(env.get('BATCH'), '50');
    assert.equal(env.get('TRACE_ENDPOINT'), 'http://trace.ops.svc:4317');
    assert.equal(at(await get('web'), 'spec', 'replicas'), 2);
    assert.equal(textAt(await get('api'), 'spec', 'template', 'spec', 'containers', 0, 'image'), 'registry.shop.example/api:2.9.0');
    assert.equal(textAt(await get('api'), 'metadata', 'labels', 'costcenter'), '4711');
    assert.equal((await cluster.request('GET', PATHS.budget)).status, 200);
  });
});
