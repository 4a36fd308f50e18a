import assert from 'node:assert/strict';
import * as vscode from 'vscode';

describe('An empty window', () => {
  it('has no folder, and the extension still activates', async () => {
    assert.equal(vscode.workspace.workspaceFolders, undefined);
    await vscode.extensions.getExtension('plumbline.plumbline')?.activate();
    assert.equal(vscode.extensions.getExtension('plumbline.plumbline')?.isActive, true);
  });
});
