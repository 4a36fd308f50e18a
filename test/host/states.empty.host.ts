import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { page } from '../vscode/remote-page';
import { plumbline, until } from './window';

describe('An empty window', function () {
  this.timeout(60_000);

  it('says what is missing and offers one button', async () => {
    const api = await plumbline();
    await vscode.commands.executeCommand('plumbline.environments.focus');
    await until('the state is known', () => api.engine.current.connection.kind === 'noFolder');
    await page.appears('.welcome-view-content:has-text("Open the folder of a GitOps repository")');
    assert.deepEqual(await page.text('.welcome-view-content .monaco-button:visible'), ['Open Folder']);
  });
});
