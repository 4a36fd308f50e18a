import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { dirname, join } from 'node:path';
import * as vscode from 'vscode';
import type { TestApi } from '../../src/extension';
import { facts } from '../vscode/facts';
import { page } from '../vscode/remote-page';
import { kubectl, lensesIn, objectIn, open, pathOf, plumbline, problemsIn, until } from './window';

const WORKER = 'apps/staging/worker.yaml';
const CRON = 'CronJob nightly-report';

describe('Verify with the API Server', function () {
  this.timeout(90_000);
  let api: TestApi;
  let original = '';
  const { kubeconfig = '' } = facts();
  const folder = dirname(kubeconfig);
  const answerOf = (name: string): unknown => api.engine.input(objectIn(api, WORKER, name)?.id ?? '')?.dryRun?.kind;
  /** The command ends when its message has been answered, which nobody has to. */
  const ask = (name: string): Thenable<unknown> => vscode.commands.executeCommand('plumbline.verifyObject', { kind: 'object', id: objectIn(api, WORKER, name)?.id });
  const becomes = (name: string, answer: string): Promise<unknown> => until(`the answer ${answer}`, () => answerOf(name) === answer, 20_000, () => String(answerOf(name)));
  /** Notifications stay in the list when they have gone from the corner of the window. */
  const told = async (): Promise<string> => {
    await page.command('Notifications: Show Notifications');
    return (await page.text('.notifications-center .notification-list-item')).join('\n').replace(/\s+/g, ' ');
  };
  const says = (pattern: RegExp): Promise<unknown> => until(`the words ${String(pattern)}`, async () => pattern.test(await told()));
  const write = async (text: string): Promise<void> => {
    const document = await open(WORKER);
    const edit = new vscode.WorkspaceEdit();
    edit.replace(document.uri, new vscode.Range(new vscode.Position(0, 0), document.positionAt(document.getText().length)), text);
    await vscode.workspace.applyEdit(edit);
    await until('the text is judged', () => api.engine.current.files.get(pathOf(WORKER))?.textVersion === text);
  };
  const settled = (): Promise<unknown> => until('the sample is judged', () => objectIn(api, WORKER, CRON)?.verdict.verdict === 'in-sync', 40_000, () => api.views.environments.print());
  const use = async (file: string | undefined): Promise<void> => {
    await vscode.workspace.getConfiguration('plumbline').update('kubeconfig', file, vscode.ConfigurationTarget.Global);
    await api.engine.show(undefined);
  };

  before(async () => {
    api = await plumbline();
    await settled();
    // The question itself is a modal dialog, which no window under test shows: `writes.real.test.ts` answers it.
    await api.engine.setVerifying(true);
    original = await readFile(pathOf(WORKER), 'utf8');
  });
  after(() => api.engine.setVerifying(false));
  beforeEach(() => vscode.commands.executeCommand('notifications.clearAll'));
  afterEach(async () => {
    // A window in a browser saves by itself, so that there may be nothing to revert to.
    await write(original);
    await (await open(WORKER)).save();
    await settled();
  });

  it('what the server takes is told, and stands above the manifest', async () => {
    void ask(CRON);
    await becomes(CRON, 'answered');
    await says(/CronJob shop-staging\/nightly-report: verified with the API server: In sync\./);
    await open(WORKER);
    const lenses = await lensesIn(WORKER);
    assert.ok(lenses.includes('In sync in bench/shop-staging · verified'), lenses.join('\n'));
  });

  it('what the server would refuse is an error at its line, in the server’s words', async () => {
    await write(original.replace('backoffLimit: 2', 'backoffLimit: -2'));
    void ask(CRON);
    await becomes(CRON, 'refused');
    const entry = problemsIn(WORKER).find(({ message }) => message.includes('must be greater than or equal to 0'));
    assert.ok(entry, problemsIn(WORKER).map(({ message }) => message).join('\n'));
    const document = await open(WORKER);
    assert.equal(document.lineAt(entry.range.start.line).text.trim(), 'backoffLimit: -2');
    assert.ok(!(await lensesIn(WORKER)).some(title => title.includes('verified')));
    await says(/CronJob shop-staging\/nightly-report: the API server would refuse it: .*must be greater than or equal to 0/);
    // The progress, which has a button as well, may be going away still.
    await until('what can be done', async () => (await page.text('.notifications-center .notification-list-item .monaco-button:visible')).sort().join() === 'Explain,Reveal Manifest');
  });

  it('without the permission to patch it says so, and the verdict stays the local one', async () => {
    await use(join(folder, 'viewer.kubeconfig'));
    try {
      await settled();
      void ask(CRON);
      await becomes(CRON, 'forbidden');
      assert.equal(objectIn(api, WORKER, CRON)?.verdict.verdict, 'in-sync');
      await says(/not verified, because a dry-run needs the permission to patch/);
      assert.ok(!(await lensesIn(WORKER)).some(title => title.includes('verified')));
    } finally {
      await use(undefined);
    }
  });

  describe('with a webhook that never answers', () => {
    let silent: Server;
    const held = new Set<Socket>();
    before(async () => {
      silent = createServer(socket => held.add(socket));
      await new Promise<void>(resolve => silent.listen(0, '127.0.0.1', resolve));
      const ca = /certificate-authority-data: (\S+)/.exec(await readFile(kubeconfig, 'utf8'))?.[1];
      const webhook = {
        name: 'silent.verify.example',
        admissionReviewVersions: ['v1'],
        sideEffects: 'None',
        timeoutSeconds: 30,
        clientConfig: { url: `https://127.0.0.1:${(silent.address() as AddressInfo).port}/`, caBundle: ca },
        rules: [{ apiGroups: ['batch'], apiVersions: ['v1'], operations: ['UPDATE'], resources: ['cronjobs'] }],
      };
      const file = join(folder, 'silent.json');
      await writeFile(file, JSON.stringify({ apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingWebhookConfiguration', metadata: { name: 'silent.verify.example' }, webhooks: [webhook] }));
      await kubectl('create', '-f', file);
    });
    after(async () => {
      await kubectl('delete', 'validatingwebhookconfiguration', 'silent.verify.example');
      for (const socket of held) socket.destroy();
      silent.close();
    });

    it('the question is on view while it waits, and ends without a word when it is cancelled', async () => {
      // Another text, so that no earlier answer serves.
      await write(original.replace('backoffLimit: 2', 'backoffLimit: 3'));
      let over = false;
      const asking = Promise.resolve(ask(CRON)).then(() => (over = true));
      await until('the webhook is asked', () => held.size > 0, 40_000);
      assert.equal(over, false);
      await says(/Asking the API server about CronJob shop-staging\/nightly-report/);
      await page.press('Cancel');
      await asking;
      assert.equal(answerOf(CRON), undefined);
      assert.equal(await told(), '');
    });
  });
});
