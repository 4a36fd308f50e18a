import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as vscode from 'vscode';
import type { TestApi } from '../../src/extension';
import { hoverAt, kubectl, lensesIn, objectIn, open, plumbline, problemsIn, until } from './window';

const FILE = 'apps/staging/api.yaml';
const NAME = 'Secret api-database';
/** Live values that only the cluster has: whatever shows one of them took it from there. */
const CANARIES = ['canary-live-7b1f', 'canary-annotation-7b1f', 'canary-added-7b1f'] as const;
const base64 = (text: string): string => Buffer.from(text).toString('base64');
/** In clear, encoded as the API has it, and encoded once more as a stored release has it. */
const NEEDLES = CANARIES.flatMap(canary => [canary, base64(canary), base64(base64(canary)).replace(/=+$/, '')]);

const isQuiet = (text: string): boolean => !NEEDLES.some(needle => text.includes(needle));

/** Every file below a folder; one that is gone again, or no file, is passed over. */
async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const files: string[] = [];
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) files.push(...(await filesBelow(path)));
    else if (entry.isFile()) files.push(path);
  }
  return files;
}

describe('A Secret that was changed in the cluster', function () {
  this.timeout(90_000);
  let api: TestApi;
  const secret = (): ReturnType<typeof objectIn> => objectIn(api, FILE, NAME);
  const drifted = (): readonly string[] => secret()?.verdict.fields.filter(({ verdict }) => verdict === 'drift').map(({ path }) => JSON.stringify(path)) ?? [];

  before(async () => {
    api = await plumbline();
    await until('the sample is judged', () => secret()?.verdict.verdict === 'in-sync', 40_000);
    const [live, annotation, added] = CANARIES;
    const applied = JSON.stringify({ kind: 'Secret', apiVersion: 'v1', data: { password: base64(annotation) }, stringData: { password: annotation } });
    const patch = { metadata: { annotations: { 'kubectl.kubernetes.io/last-applied-configuration': applied } }, stringData: { password: live, extra: added } };
    await kubectl('patch', 'secret', 'api-database', '-n', 'shop-staging', '--field-manager=kubectl-edit', '-p', JSON.stringify(patch));
    await until('the drift is seen', () => drifted().some(path => path.includes('password')));
  });
  after(async () => {
    const patch = { metadata: { annotations: { 'kubectl.kubernetes.io/last-applied-configuration': null } }, stringData: { password: 'staging-only-password' }, data: { extra: null } };
    await kubectl('patch', 'secret', 'api-database', '-n', 'shop-staging', '--field-manager=kubectl-edit', '-p', JSON.stringify(patch));
    await until('it is as before', () => drifted().length === 0);
  });

  it('shows that it differs, and nowhere with what', async () => {
    const document = await open(FILE);
    const object = secret();
    assert.ok(object);
    await vscode.commands.executeCommand('plumbline.compareFile');
    const hovers = await Promise.all(Array.from({ length: document.lineCount }, (_, line) => hoverAt(FILE, new vscode.Position(line, document.lineAt(line).text.length))));
    const { documents, environments, statusBar } = api.views;
    const texts = await Promise.all([documents.liveObject(object), documents.liveFile(document.uri.fsPath), documents.raw(object), documents.explanation(object)].map(async uri => (await vscode.workspace.openTextDocument(uri)).getText()));
    const shown = {
      tree: environments.print(),
      'status bar': statusBar.print(),
      problems: problemsIn(FILE).map(({ message }) => message).join('\n'),
      lenses: (await lensesIn(FILE)).join('\n'),
      hovers: hovers.flat().map(({ value }) => value).join('\n'),
      'live documents': texts.join('\n'),
      snapshot: JSON.stringify([...api.engine.current.files.values()].map(({ objects }) => objects.map(({ verdict }) => verdict))),
    };
    assert.match(shown.problems, /password is ••• 21 bytes in Git, live: ••• 16 bytes/);
    assert.match(shown['live documents'], /16 bytes/);
    for (const [where, text] of Object.entries(shown)) assert.ok(isQuiet(text), `${where}: ${text}`);
  });

  it('leaves nothing in any file that VS Code or the extension keeps', async () => {
    const temporary = process.env['TMPDIR'];
    assert.ok(temporary);
    // Backups, local history and state are written late.
    await new Promise(resolve => setTimeout(resolve, 3000));
    const kept = await filesBelow(dirname(temporary));
    assert.ok(kept.some(file => file.endsWith('settings.json')), 'the folder of VS Code is looked through');
    const loud = [];
    for (const file of kept) {
      const text = await readFile(file, 'latin1').catch(() => '');
      if (!isQuiet(text)) loud.push(file);
    }
    assert.deepEqual(loud, []);
  });
});
