import assert from 'node:assert/strict';
import * as vscode from 'vscode';

describe('The extension in VS Code', () => {
  it('runs in a version that its manifest allows', () => {
    assert.match(vscode.version, /^1\.1\d\d\./);
  });

  it('is known and activates', async () => {
    const extension = vscode.extensions.getExtension('plumbline.plumbline');
    assert.ok(extension, 'plumbline.plumbline is not installed');
    await extension.activate();
    assert.equal(extension.isActive, true);
  });
});
