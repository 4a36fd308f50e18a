import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import * as vscode from 'vscode';
import type { TestApi } from '../../src/extension';
import { kubectl, lensesIn, open, pathOf, plumbline, until } from './window';

const BASE = '../../base/deployment.yaml';

describe('An overlay is open, and its base lies elsewhere in the repository', function () {
  this.timeout(60_000);
  let api: TestApi;
  const catalog = (): string | undefined => api.engine.current.files.get(pathOf(BASE))?.objects[0]?.verdict.verdict;

  before(async () => {
    api = await plumbline();
    await kubectl('scale', 'deployment/catalog', '-n', 'catalog-production', '--replicas=3');
    await vscode.commands.executeCommand('plumbline.environments.focus');
    await until('the base is judged', () => catalog() === 'in-sync' || catalog() === 'equivalent', 40_000, () => api.views.environments.print());
  });

  it('only what the overlay builds is shown, and nothing is an orphan', () => {
    const applications = api.engine.current.environments.flatMap(environment => environment.applications);
    assert.deepEqual(applications.map(({ application }) => application?.ref.name), ['catalog-production']);
    assert.doesNotMatch(api.views.environments.print(), /orphan/i);
  });

  it('the base has its lens, and is judged as it is typed', async () => {
    const document = await open(BASE);
    assert.ok((await lensesIn(BASE)).length > 0);
    const at = document.positionAt(document.getText().indexOf('9200'));
    const edit = new vscode.WorkspaceEdit();
    edit.replace(document.uri, new vscode.Range(at, at.translate(0, 4)), '9300');
    await vscode.workspace.applyEdit(edit);
    await until('pending', () => catalog() === 'pending', 20_000, () => api.views.environments.print());
    await vscode.commands.executeCommand('workbench.action.files.revert');
    await until('as saved', () => catalog() !== 'pending');
  });

  it('a change of the base on disk is noticed', async () => {
    const saved = await readFile(pathOf(BASE), 'utf8');
    await writeFile(pathOf(BASE), saved.replace('9200', '9300'));
    await until('pending', () => catalog() === 'pending', 20_000, () => api.views.environments.print());
    await writeFile(pathOf(BASE), saved);
    await until('as before', () => catalog() !== 'pending');
  });
});
