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
    await writeFile(nowhere, (await readFile(kubeconfig, 'utf8')).replace(/https:\/\/127\.0\.0\.1:\d+/, 'https://127.0.0.1:1'));
  });
  after(async () => {
    await use(undefined);
    await becomes(connection => connection.kind === 'connected');
  });

  const states: readonly (readonly [what: string, file: string, is: (connection: Connection) => boolean, says: string, buttons: string])[] = [
    ['no kubeconfig', join(tmpdir(), 'no-such.kubeconfig'), ({ kind }) => kind === 'noKubeconfig', 'No kubeconfig was found', 'Open Setting'],
    ['a server that cannot be reached', nowhere, connection => connection.kind === 'failed' && connection.failure === 'offline', 'The cluster cannot be reached', 'Retry,Open Log'],
  ];
  for (const [what, file, is, says, buttons] of states) {
    it(`${what}: said, with its buttons, and nothing is green`, async () => {
      await use(file);
      await becomes(is);
      await page.appears(`.welcome-view-content:has-text(${JSON.stringify(says)})`);
      await until('its buttons', async () => (await page.text('.welcome-view-content .monaco-button:visible')).join() === buttons);
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
