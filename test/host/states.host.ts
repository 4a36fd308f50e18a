import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import * as vscode from 'vscode';
import type { TestApi } from '../../src/extension';
import type { Connection } from '../../src/core/drift/snapshot';
import { facts } from '../vscode/facts';
import { page } from '../vscode/remote-page';
import { plumbline, until } from './window';

describe('What keeps a folder from being compared', function () {
  this.timeout(90_000);
  let api: TestApi;
  const { kubeconfig = '' } = facts();
  const nowhere = join(tmpdir(), 'closed-port.kubeconfig');
  const broken = join(tmpdir(), 'broken.kubeconfig');

  const use = async (file: string | undefined): Promise<void> => {
    await vscode.workspace.getConfiguration('plumbline').update('kubeconfig', file, vscode.ConfigurationTarget.Global);
    await vscode.commands.executeCommand('plumbline.environments.focus');
    await api.engine.show(undefined);
  };
  const becomes = (is: (connection: Connection) => boolean): Promise<unknown> => until('the state', () => is(api.engine.current.connection), 40_000, () => JSON.stringify(api.engine.current.connection));
  const verdicts = (): Set<string> => new Set([...api.engine.current.files.values()].flatMap(({ objects }) => objects.map(({ verdict }) => verdict.verdict)));

  before(async () => {
    api = await plumbline();
    // Nobody listens on port 1.
    await writeFile(broken, 'apiVersion: v1\nkind: [Config\n');
    await writeFile(nowhere, (await readFile(kubeconfig, 'utf8')).replace(/https:\/\/127\.0\.0\.1:\d+/, 'https://127.0.0.1:1'));
  });
  after(async () => {
    await use(undefined);
    await becomes(connection => connection.kind === 'connected');
  });

  it('no kubeconfig: said, with a button, and nothing is green', async () => {
    await use(join(tmpdir(), 'no-such.kubeconfig'));
    await becomes(({ kind }) => kind === 'noKubeconfig');
    await page.appears('.welcome-view-content:has-text("No kubeconfig was found")');
    await until('its button', async () => (await page.text('.welcome-view-content .monaco-button:visible')).join() === 'Open Setting');
    assert.deepEqual([...verdicts()], ['unknown']);
  });

  const failures: readonly (readonly [what: string, file: string, failure: string, says: RegExp])[] = [
    ['a server that cannot be reached', nowhere, 'offline', /The cluster cannot be reached; it is tried again by itself\. bench: 127\.0\.0\.1:1 refuses connections \(since \d\d:\d\d\)\./],
    ['a kubeconfig that is no YAML', broken, 'invalid', /cannot be used\. The kubeconfig \S+ is not valid YAML/],
  ];
  for (const [what, file, failure, says] of failures) {
    it(`${what}: the whole reason is on the screen, with what can be done, and nothing is green`, async () => {
      await use(file);
      await becomes(connection => connection.kind === 'failed' && connection.failure === failure);
      const said = (): Promise<string> => page.text('.tree-explorer-viewlet-tree-view .message').then(texts => texts.join('\n').replace(/\s+/g, ' '));
      await until('the reason', async () => says.test(await said()), 20_000, () => api.views.environments.print());
      assert.deepEqual(api.views.environments.print().split('\n'), ['Retry | ', 'Choose Another Context… | ', 'Open Log | ']);
      assert.doesNotMatch(api.views.statusBar.print(), / : not connected/);
      assert.deepEqual([...verdicts()], ['unknown']);
    });
  }

  it('no permission: said once, nothing is missing and nothing is green', async () => {
    await use(join(dirname(kubeconfig), 'nobody.kubeconfig'));
    await becomes(connection => connection.kind === 'connected' && !connection.reading && connection.troubles.some(({ kind }) => kind === 'denied'));
    for (const verdict of verdicts()) assert.ok(['unknown', 'undecided', 'skipped', 'invalid'].includes(verdict), verdict);
    await page.appears('.monaco-list-row[aria-label*="No permission to read"]');
    assert.match(api.views.statusBar.print(), /\d+ not known, not all may be read/);
  });
});
