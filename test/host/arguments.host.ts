import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { kubectl, objectIn, plumbline, until } from './window';

const WORKER = 'apps/staging/worker.yaml';

describe('Arguments of commands', () => {
  it('make none of them write without a person, whatever they hold', async function () {
    this.timeout(60_000);
    const api = await plumbline();
    const object = await until('the sample is judged', () => objectIn(api, WORKER, 'Deployment worker'), 40_000);
    const version = (): Promise<string> => kubectl('get', 'deployment/worker', '-n', 'shop-staging', '-o', 'jsonpath={.metadata.resourceVersion}');
    const before = await version();
    const known = { kind: 'object', id: object.id, force: true, confirmed: true, writable: true };
    const ran = ['plumbline.pushObject', 'plumbline.pause', 'plumbline.resume'].flatMap(command => [{ kind: 'object', id: 'made up', force: true }, 'h999999', { kind: 'field', id: 7 }, 12, known].map(argument => vscode.commands.executeCommand(command, argument)));
    await new Promise(resolve => setTimeout(resolve, 1500));
    // "Changes are not enabled" waits for an answer.
    for (let i = 0; i < 3; i++) await vscode.commands.executeCommand('notifications.clearAll');
    await Promise.all(ran);
    assert.equal(await version(), before);
  });
});
