import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { startPlayground, type Playground } from '../bench/playground';
import { program } from '../bench/programs';
import { ROOT } from './host-suite';
import { openBrowser, Workbench } from './page';
import { startServer } from './server';

const run = promisify(execFile);
const log = (): void => undefined;

/**
 * Writing, as a person does it: VS Code refuses to show a modal dialog while it runs an extension's tests, so that this
 * window runs none and is driven from outside.
 */
describe('Writing from the editor', function () {
  this.timeout(180_000);
  let playground: Playground;
  /** What has to end, newest last. */
  const started: (() => Promise<void>)[] = [];
  let window: Workbench;
  let tool: string;
  const kubectl = async (...args: readonly string[]): Promise<string> => (await run(tool, [...args, `--kubeconfig=${playground.kubeconfig}`])).stdout;
  const worker = (path: string): Promise<string> => kubectl('get', 'deployment/worker', '-n', 'shop-staging', '-o', `jsonpath=${path}`);
  const dialog = async (): Promise<string> => {
    await window.appears('.monaco-dialog-box .monaco-button', 60_000);
    return (await window.text('.monaco-dialog-box')).join('\n');
  };
  const until = async (what: string, look: () => Promise<boolean>): Promise<void> => {
    for (const end = Date.now() + 40_000; !(await look()); ) {
      if (Date.now() > end) throw new Error(`${what}: not within 40 s`);
      await new Promise(resolve => setTimeout(resolve, 200));
    }
  };
  const openWorker = async (): Promise<void> => {
    await window.openFile('worker.yaml');
    await window.goToLine(4);
  };

  before(async () => {
    playground = await startPlayground({ log });
    started.push(() => playground.stop());
    tool = await program('kubectl');
    const server = await startServer({ extension: ROOT, env: { KUBECONFIG: playground.kubeconfig }, path: [dirname(tool)], log });
    started.push(() => server.stop());
    const browser = await openBrowser(log);
    started.push(() => browser.close());
    window = await Workbench.create(browser);
    await window.open(server.address({ folder: playground.folder, file: join(playground.folder, 'apps', 'staging', 'worker.yaml') }));
    await window.appears('.statusbar-item[id*="plumbline"]:has-text("drifted")', 90_000);
    await window.appears('.codelens-decoration:has-text("Pending: 1 field")', 60_000);
  });

  after(async () => {
    for (const end of started.reverse()) await end();
  });

  it('a dry-run is sent once a person has said yes to a question that names the cluster and what is sent; yes for good asks no more', async () => {
    const answer = '.notifications-center .notification-list-item:has-text("verified with the API server")';
    const asked = async (): Promise<boolean> => {
      await window.command('Notifications: Clear All Notifications');
      await openWorker();
      await window.command('GitOps: Verify with the API Server');
      return (await window.page.locator('.monaco-dialog-box').count()) > 0 || (await window.appears('.monaco-dialog-box .monaco-button', 3_000).then(() => true, () => false));
    };
    const told = async (): Promise<void> => {
      await window.command('Notifications: Show Notifications');
      await window.appears(answer, 30_000);
      await window.page.keyboard.press('Escape');
    };
    assert.ok(await asked());
    const question = await dialog();
    for (const part of ['Ask bench (https://127.0.0.1', 'shop-staging/worker', 'nothing is written', 'audit log', 'Secrets are not sent', 'Ask Now', 'Allow for This Cluster']) assert.ok(question.includes(part), question);
    await window.press('Cancel');
    assert.equal(await window.page.locator(answer).count(), 0);
    assert.ok(await asked(), 'no is not remembered');
    await window.press('Allow for This Cluster');
    await told();
    assert.ok(!(await asked()), 'yes is remembered');
    await told();
    await window.command('GitOps: Stop Verifying Automatically');
    assert.ok(await asked(), 'and can be taken back');
    await window.press('Cancel');
  });

  it('has to be enabled for an environment first', async () => {
    await openWorker();
    await window.command('GitOps: Push Object to the Cluster…');
    // A toast may have gone already; the list keeps it.
    await window.command('Notifications: Show Notifications');
    await window.appears('.notifications-center .notification-list-item:has-text("Changes are not enabled in bench/shop-staging")');
    await window.press('Enable Changes…');
    assert.match(await dialog(), /Enable changes in bench\/shop-staging/);
    await window.press('Enable Changes');
    await window.appears('.monaco-dialog-box :text("Push Deployment shop-staging/worker to bench?")', 60_000);
    await window.press('Cancel');
    // The preview is in front.
    await openWorker();
    await window.appears('.codelens-decoration:has-text("Push")');
  });

  it('a push that is cancelled sends nothing', async () => {
    const before = await worker('{.metadata.resourceVersion}');
    await openWorker();
    await window.command('GitOps: Push Object to the Cluster…');
    await dialog();
    await window.press('Cancel');
    assert.equal(await worker('{.metadata.resourceVersion}'), before);
  });

  it('a push names cluster, namespace, object, manager and fields, and then applies the manifest', async () => {
    await openWorker();
    await window.command('GitOps: Push Object to the Cluster…');
    const asked = await dialog();
    for (const part of ['bench', 'shop-staging', 'Deployment', 'worker', 'kustomize-controller', 'BATCH', '"20" → "50"']) assert.ok(asked.includes(part), asked);
    const shown = (await window.text('.monaco-diff-editor .view-lines')).join('\n');
    assert.match(shown, /terminationGracePeriodSeconds: 60/);
    assert.doesNotMatch(shown, /managedFields|resourceVersion|generation/, 'what the server keeps for itself is no change');
    await window.appears('.tabs-container .tab.active:has-text("(live in bench ↔ after the push)")');
    await window.press('Push');
    await until('the value is live', async () => (await worker('{.spec.template.spec.containers[0].env}')).includes('"BATCH","value":"50"'));
    assert.match(await worker('{.spec.template.spec.containers[0].env}'), /TRACE_ENDPOINT/, 'what another tool added stays');
    await openWorker();
    await window.appears('.codelens-decoration:has-text("In sync in bench/shop-staging")');
  });

  it('a push over somebody else’s field names the owner, and goes on only when the context is typed', async () => {
    const image = (): Promise<string> => kubectl('get', 'deployment/api', '-n', 'shop-staging', '-o', 'jsonpath={.spec.template.spec.containers[0].image}');
    assert.match(await image(), /hotfix/);
    await window.openFile('staging/api.yaml');
    await window.goToLine(4);
    await window.command('GitOps: Push Object to the Cluster…');
    const refused = await dialog();
    assert.match(refused, /in bench has other owners/);
    assert.match(refused, /image belongs to kubectl-edit/);
    await window.press('Preview With Takeover');
    await window.answer('something else');
    await window.appears('.quick-input-widget :text("This does not say bench")');
    assert.match(await image(), /hotfix/, 'nothing is sent before');
    await window.answer('bench');
    await window.appears('.monaco-dialog-box .monaco-button:has-text("Push and Take Over")', 60_000);
    assert.match(await dialog(), /Takes .*image from kubectl-edit/);
    await window.press('Push and Take Over');
    await until('Git’s image is live', async () => !(await image()).includes('hotfix'));
  });

  it('a pause asks for a reason, waits for the run in flight, and stands in the cluster', async () => {
    await window.command('GitOps: Pause Application…');
    await window.answer('staging');
    await window.answer('INC-7: trying a fix');
    assert.match(await dialog(), /staging/);
    await window.press('Pause');
    await window.appears('.statusbar-item[id*="plumbline"]:has-text("2 paused")', 60_000);
    // A toast may have gone already; the list keeps it.
    await window.command('Notifications: Show Notifications');
    await window.appears('.notifications-center .notification-list-item:has-text("safe to edit")', 30_000);
    await window.page.keyboard.press('Escape');
    const object = await kubectl('get', 'kustomization/staging', '-n', 'flux-system', '-o', 'json');
    assert.match(object, /"suspend": true/);
    assert.match(object, /INC-7: trying a fix/);
  });

  it('a resume shows first what will be overwritten, and then Flux puts it back', async () => {
    await window.command('GitOps: Resume Application…');
    await window.answer('staging');
    await dialog();
    const preview = (await window.text('.editor-instance .view-lines')).join('\n');
    assert.match(preview, /Set back to what Git has:/);
    await window.press('Resume');
    await until('Flux set it back', async () => (await kubectl('get', 'deployment/web', '-n', 'shop-staging', '-o', 'jsonpath={.spec.replicas}')) === '2');
    await window.appears('.statusbar-item[id*="plumbline"]:has-text("1 paused")');
  });

  it('a login program of a kubeconfig outside ~/.kube is shown as it would be run, started only after a yes, remembered, and forgotten again', async () => {
    const folder = dirname(playground.kubeconfig);
    const [login, marks] = [join(folder, 'bin', 'login.sh'), join(folder, 'login-runs')];
    await mkdir(join(folder, 'bin'));
    const runs = async (): Promise<number> => (await readFile(marks, 'utf8').catch(() => '')).length;
    const token = /token: (\S+)/.exec(await readFile(playground.kubeconfig, 'utf8'))?.[1] ?? '';
    await writeFile(login, `#!/bin/sh\nprintf x >> '${marks}'\necho '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":{"token":"${token}"}}'\n`);
    await chmod(login, 0o755);
    const config = (...args: readonly string[]): Promise<unknown> => run(tool, ['config', `--kubeconfig=${playground.kubeconfig}`, ...args]);
    await config('set-credentials', 'by-program', '--exec-command=bin/login.sh', '--exec-arg=--for', '--exec-arg=two words', '--exec-env=STAGE=live', '--exec-env=A_TOKEN=hidden-7f', '--exec-api-version=client.authentication.k8s.io/v1', '--exec-interactive-mode=Never');
    await config('set-context', 'by-program', '--cluster=bench', '--user=by-program');
    const connect = async (name = 'by-program'): Promise<void> => {
      await window.command('GitOps: Connect to a Cluster…');
      await window.answer(name);
    };
    // kubectl runs it too, for a change of its own kubeconfig.
    const before = await runs();
    await connect();
    const asked = await dialog();
    for (const part of [`${login} --for 'two words'`, 'with STAGE=live', 'with A_TOKEN=•••', `named by ${playground.kubeconfig}`]) assert.ok(asked.includes(part), asked);
    assert.ok(!asked.includes('hidden-7f'));
    await window.press('Cancel');
    assert.equal(await runs(), before);
    await connect();
    await dialog();
    await window.press('Allow');
    await window.appears('.statusbar-item[id*="plumbline"]:has-text("paused")', 60_000);
    assert.ok((await runs()) > before);
    await connect('admin');
    const again = await runs();
    await connect();
    await until('it runs without being asked about', async () => (await runs()) > again);
    await window.command('GitOps: Forget Login Programs…');
    await window.appears('.quick-input-widget .monaco-list-row:has-text("login.sh")');
    await window.page.locator('.quick-input-widget:visible .monaco-list-row').first().click();
    await window.page.keyboard.press('Enter');
    const forgotten = await runs();
    await connect('admin');
    await connect();
    await dialog();
    await window.press('Cancel');
    assert.equal(await runs(), forgotten);
  });
});
