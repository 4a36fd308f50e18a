import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { COMMANDS } from '../../src/commands/table';

interface Manifest {
  readonly contributes: { readonly commands: readonly { readonly command: string }[] };
}

describe('The table of commands', () => {
  it('has exactly the commands that package.json declares', () => {
    const manifest = vscode.extensions.getExtension('plumbline.plumbline')?.packageJSON as Manifest;
    assert.deepEqual(Object.keys(COMMANDS).sort(), manifest.contributes.commands.map(({ command }) => command).sort());
  });

  it('is registered in the window', async () => {
    const known = await vscode.commands.getCommands(true);
    assert.deepEqual(Object.keys(COMMANDS).filter(id => !known.includes(id)), []);
  });
});
