import assert from 'node:assert/strict';
import { readFile, rm, writeFile } from 'node:fs/promises';
import * as vscode from 'vscode';
import type { TestApi } from '../../src/extension';
import { page } from '../vscode/remote-page';
import { kubectl, lensesIn, open, pathOf, plumbline, until } from './window';

const BASE = '../../base/deployment.yaml';
const OVERLAY = 'kustomization.yaml';

describe('An overlay is open, and its base lies elsewhere in the repository', function () {
  this.timeout(60_000);
  let api: TestApi;
  let overlay: string;
  const catalog = (): string | undefined => api.engine.current.files.get(pathOf(BASE))?.objects[0]?.verdict.verdict;

  before(async () => {
    // While one of its objects is of a kind that is not installed, the application as a whole is unknown.
    overlay = await readFile(pathOf(OVERLAY), 'utf8');
    await writeFile(pathOf(OVERLAY), overlay.replace('resources:\n', 'resources:\n  - widget.yaml\n'));
    await writeFile(pathOf('widget.yaml'), 'apiVersion: shop.example/v1\nkind: Widget\nmetadata: { name: widget }\n');
    await kubectl('scale', 'deployment/catalog', '-n', 'catalog-production', '--replicas=3');
    api = await plumbline();
    await vscode.commands.executeCommand('plumbline.environments.focus');
    await until('the base is judged', () => catalog() === 'in-sync' || catalog() === 'equivalent', 40_000, () => api.views.environments.print());
  });
  after(async () => {
    await writeFile(pathOf(OVERLAY), overlay);
    await rm(pathOf('widget.yaml'));
  });

  it('an application that was unknown when it was first seen is opened once it turns out to have drifted', async () => {
    const rows = (more: string): Promise<string[]> => page.text(`.monaco-list-row[aria-level="2"]${more}`);
    const shows = async (more: string): Promise<boolean> => (await rows(more)).some(text => text.includes('catalog-production'));
    await until('its row is closed', () => shows('[aria-expanded="false"]'), 20_000, () => api.views.environments.print());
    await until('all but one object is known', () => /catalog-production \| Flux ·(?: 1 not sure ·)? 1 unknown/.test(api.views.environments.print()), 20_000, () => api.views.environments.print());
    await kubectl('scale', 'deployment/catalog', '-n', 'catalog-production', '--replicas=5');
    await until('its row is open', () => shows('[aria-expanded="true"]'), 20_000, () => api.views.environments.print());
    await kubectl('scale', 'deployment/catalog', '-n', 'catalog-production', '--replicas=3');
    await until('in sync', () => catalog() === 'in-sync' || catalog() === 'equivalent', 20_000, () => api.views.environments.print());
    assert.ok(await shows('[aria-expanded="true"]'), 'it is not closed when it is unknown again');
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
