import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { TestApi } from '../../src/extension';
import { page } from '../vscode/remote-page';
import { hoverAt, kubectl, lensesIn, objectIn, open, pathOf, plumbline, print, problemsIn, until } from './window';

const WEB = 'apps/staging/web.yaml';
const API = 'apps/staging/api.yaml';
const CONFIG = 'apps/staging/config.yaml';
const WORKER = 'apps/staging/worker.yaml';

/** The line of the file that an entry stands on. */
const lineOf = (document: vscode.TextDocument, { range }: vscode.Diagnostic): string => document.lineAt(range.start.line).text.trim();

/** The cursor stands where the overlay sets the replicas. */
const atCount = (): Promise<unknown> =>
  until('the place that sets it', () => {
    const editor = vscode.window.activeTextEditor;
    return editor?.document.uri.fsPath === pathOf('apps/catalog/overlays/production/kustomization.yaml') && editor.document.lineAt(editor.selection.active.line).text.trim() === 'count: 3';
  });

describe('Staged drift, read back through VS Code', function () {
  this.timeout(60_000);
  let api: TestApi;

  before(async () => {
    api = await plumbline();
    await until('the sample is judged', () => api.engine.current.connection.kind === 'connected' && objectIn(api, WEB, 'Deployment web')?.verdict.verdict === 'drift' && objectIn(api, WORKER, 'Deployment worker')?.verdict.verdict === 'pending', 40_000, () => api.views.environments.print());
  });

  const staged: [what: string, file: string, line: RegExp, says: RegExp][] = [
    ['kubectl scale', WEB, /^replicas: 2/, /replicas is 2 in Git, live: 5 · kubectl scale/],
    ['an image changed by kubectl edit', API, /^image: registry\.shop\.example\/api:/, /live: registry\.shop\.example\/api:2\.9\.1-hotfix · kubectl edit/],
    ['a deleted label', API, /costcenter/, /removed/],
  ];
  for (const [what, file, line, says] of staged) {
    it(`${what} is information on its line`, async () => {
      const document = await open(file);
      const found = problemsIn(file).find(({ message }) => says.test(message));
      assert.ok(found, problemsIn(file).map(({ message }) => message).join('\n'));
      assert.match(lineOf(document, found), line);
      assert.equal(found.severity, vscode.DiagnosticSeverity.Information);
    });
  }

  it('a value that an overlay sets is marked on the line of the overlay, and leads there from the document it comes from', async () => {
    const overlay = 'apps/catalog/overlays/production/kustomization.yaml';
    const base = await open('apps/catalog/base/deployment.yaml');
    const found = await until('the entry', () => problemsIn(overlay).find(({ message }) => /replicas is 3 in Git, live: 5/.test(message)), 40_000, () => problemsIn(overlay).map(({ message }) => message).join('\n'));
    const document = await open(overlay);
    assert.match(lineOf(document, found), /^count: 3/);
    const line = base.getText().split('\n').findIndex(text => text.includes('replicas: 1'));
    const places = await vscode.commands.executeCommand<vscode.Location[]>('vscode.executeDefinitionProvider', base.uri, new vscode.Position(line, base.lineAt(line).text.indexOf('1')));
    assert.ok(places.some(({ uri, range }) => uri.fsPath === pathOf(overlay) && range.start.line === found.range.start.line), places.map(({ uri }) => uri.fsPath).join());
    assert.ok(!problemsIn('apps/catalog/base/deployment.yaml').some(({ message }) => message.includes('replicas')));
  });

  it('the document that an overlay overrides says so, and its hover leads to what counts', async () => {
    const base = 'apps/catalog/base/deployment.yaml';
    const document = await open(base);
    const line = document.getText().split('\n').findIndex(text => text.includes('replicas: 1'));
    await until('the text behind the line', async () => (await page.drawnAfter('.editor-instance .view-line')).includes('overridden in overlays/production/kustomization.yaml'));
    const [hover] = await until('the hover', async () => {
      const hovers = await hoverAt(base, new vscode.Position(line, document.lineAt(line).text.indexOf('1')));
      return hovers.length > 0 && hovers;
    });
    assert.ok(hover);
    assert.match(hover.value.replaceAll('&nbsp;', ' '), /The value here does not count: set by replicas in overlays\/production\/kustomization\.yaml/);
    const link = /\[Go to what sets this\]\(command:plumbline\.goToSetter\?([^)]+)\)/.exec(hover.value)?.[1];
    assert.ok(link, hover.value);
    await vscode.commands.executeCommand('plumbline.goToSetter', ...(JSON.parse(decodeURIComponent(link)) as string[]));
    await atCount();
  });

  it('a rendered object is compared with what is live, and leads from the line to what sets it', async () => {
    await open('apps/catalog/overlays/production/kustomization.yaml');
    await vscode.commands.executeCommand('plumbline.compareFile');
    const tab = await until('the comparison', () => {
      const { activeTab } = vscode.window.tabGroups.activeTabGroup;
      return activeTab?.label === 'Deployment catalog-production/catalog (live in bench ↔ rendered)' && activeTab;
    });
    assert.ok(tab.input instanceof vscode.TabInputTextDiff);
    const [live, rendered] = await Promise.all([tab.input.original, tab.input.modified].map(uri => vscode.workspace.openTextDocument(uri)));
    assert.ok(live && rendered);
    const lines = rendered.getText().split('\n');
    assert.deepEqual(live.getText().split('\n').flatMap((text, i) => (text === lines[i] ? [] : [[text, lines[i]]])), [['  replicas: 5', '  replicas: 3']]);
    await until('the text behind the line', async () => (await page.drawnAfter('.modified-in-monaco-diff-editor .view-line')).includes('set by replicas in overlays/production/kustomization.yaml'));
    await page.appears('.editor-actions a[aria-label*="Go to What Sets This"]');
    await vscode.commands.executeCommand('plumbline.goToSetter');
    await atCount();
  });

  it('a base that differs in several environments is compared as each of them renders it', async () => {
    await open('apps/catalog/base/deployment.yaml');
    await vscode.commands.executeCommand('plumbline.compareFile');
    await until('the editor', () => vscode.window.tabGroups.activeTabGroup.activeTab?.label.startsWith('deployment.yaml (live ↔ rendered)'));
    const names = await until('its rows', async () => {
      const texts = (await page.text('.multiDiffEntry .header-content .title')).map(text => text.replace(/\s+/g, '')).filter(text => text !== '');
      return texts.length >= 2 && texts;
    });
    assert.deepEqual(names.sort(), ['Deployment-catalog.yaml/rendered/catalog-production', 'Deployment-catalog.yaml/rendered/catalog-staging']);
  });

  it('the tree goes on to the files that an object comes from', () => {
    assert.match(api.views.environments.print(), / {4}Deployment catalog \| Drifted: 1 field\n {6}replicas \| live: 5 · kubectl scale\n {6}deployment\.yaml \| base\n {6}kustomization\.yaml \| sets replicas\n/);
  });

  it('the rows of an overlay stand above the value that it sets and above what a generator makes, and name the object', async () => {
    const overlay = 'apps/catalog/overlays/production/kustomization.yaml';
    const document = await open(overlay);
    const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>('vscode.executeCodeLensProvider', document.uri, 100);
    const rows = lenses.map(({ range, command }) => `${document.lineAt(range.start.line).text.trim()} | ${command?.title.replace(/^\$\([\w-]+\)\s*/, '').replace(/settings-\w+/, 'settings-HASH') ?? ''}`);
    assert.deepEqual(rows.sort(), ['- name: catalog-settings | ConfigMap catalog-settings-HASH: In sync in bench/catalog-production', 'count: 3 | Compare', 'count: 3 | Deployment catalog: Drifted: 1 field in bench/catalog-production']);
  });

  it('a line changed inside a block scalar is marked on that line', async () => {
    const found = await until('the entry', async () => {
      for (const file of [CONFIG, WEB]) {
        const document = await vscode.workspace.openTextDocument(pathOf(file));
        const entry = problemsIn(file).find(({ message }) => message.includes('proxy_read_timeout 300s'));
        if (entry) return { document, entry };
      }
      return undefined;
    }, 2000);
    assert.match(lineOf(found.document, found.entry), /^proxy_read_timeout 30s/);
  });

  it('a deleted object is missing, at its name', async () => {
    const messages = ['apps/staging/worker.yaml', WEB, API, CONFIG].flatMap(file => problemsIn(file).map(({ message }) => message));
    assert.ok(messages.includes('PodDisruptionBudget web: Missing in the cluster'), messages.join('\n'));
    await open(WORKER);
    assert.ok((await lensesIn(WORKER)).includes('Missing in bench/shop-staging'), (await lensesIn(WORKER)).join('\n'));
  });

  it('a commit that is not applied waits, and is no problem', async () => {
    await open(WORKER);
    assert.deepEqual(objectIn(api, WORKER, 'Deployment worker')?.verdict.fields.map(({ verdict, stage }) => [verdict, stage]), [['pending', 'unreconciled']]);
    assert.ok((await lensesIn(WORKER)).some(title => title.startsWith('Pending: 1 field not yet applied in bench/shop-staging')), (await lensesIn(WORKER)).join('\n'));
    assert.ok(!problemsIn(WORKER).some(({ message }) => message.includes('Deployment worker')));
  });

  it('a variable of another tool is kept, and no drift', () => {
    const verdict = objectIn(api, WORKER, 'Deployment worker')?.verdict;
    assert.ok(verdict?.kept.some(({ path }) => JSON.stringify(path).includes('TRACE_ENDPOINT')));
  });

  it('1000m that the server writes as 1 is no drift', () => {
    const paths = objectIn(api, WEB, 'Deployment web')?.verdict.fields.filter(({ verdict }) => verdict !== 'equivalent').map(({ path }) => JSON.stringify(path)) ?? [];
    assert.equal(paths.length, 1);
    assert.match(paths[0] ?? '', /replicas/);
  });

  it('a key that a resume of the paused production would delete is a warning', () => {
    const entries = problemsIn('apps/production/config.yaml');
    const found = entries.find(({ message }) => message.includes('fallbackGateway'));
    assert.equal(found?.severity, vscode.DiagnosticSeverity.Warning, entries.map(({ message }) => message).join('\n'));
  });

  it('the pause shows in the tree and, as a warning, in the status bar', () => {
    assert.match(api.views.environments.print(), /production \| Flux · .*paused \d+ min by ana/);
    assert.match(api.views.statusBar.print(), /bench: \d+ drifted, 1 paused \[warning\]/);
  });

  it('the tree goes from environment to field, worst first', () => {
    const tree = api.views.environments.print();
    assert.match(tree, /shop-staging \| .*\n {2}staging \| Flux[^\n]*\n(?: {4,}[^\n]*\n)* {4}Deployment web \| Drifted: 1 field\n {6}replicas \| live: 5 · kubectl scale/);
    assert.ok(tree.includes('plain folder'), tree);
  });

  it('the row above a manifest says what, where, and what to do', async () => {
    const titles = await lensesIn(WEB);
    assert.ok(titles.includes('Drifted: 1 field in bench/shop-staging') && titles.includes('Compare'), titles.join('\n'));
    assert.ok(titles.includes('In sync in bench/shop-staging'));
  });

  it('the hover has three values, the owner and the outlook, and links that only read', async () => {
    const document = await open(WEB);
    const at = document.positionAt(document.getText().indexOf('replicas: 2') + 'replicas: '.length);
    const [hover] = await hoverAt(WEB, at);
    assert.ok(hover);
    for (const part of [/Git {5}2/, /live {4}5/, /applied 2/, /kubectl scale/, /Flux|controller/]) assert.match(hover.value.replaceAll('&nbsp;', ' '), part);
    assert.deepEqual(hover.isTrusted, { enabledCommands: ['plumbline.compareObject', 'plumbline.explain', 'plumbline.showLive', 'plumbline.goToSetter'] });
    assert.doesNotMatch(hover.value, /command:(?!plumbline\.(?:compareObject|explain|showLive)\?)/, 'it is set where it is written');
  });

  it('an edit that is not saved is pending, and gone when it is taken back', async () => {
    const document = await open(CONFIG);
    const old = 'maxBasket: "50"';
    const start = document.getText().indexOf(old);
    const edit = new vscode.WorkspaceEdit();
    edit.replace(document.uri, new vscode.Range(document.positionAt(start), document.positionAt(start + old.length)), 'maxBasket: "80"');
    await vscode.workspace.applyEdit(edit);
    await until('pending: unsaved', () => api.engine.current.files.get(pathOf(CONFIG))?.objects.some(({ verdict }) => verdict.fields.some(({ stage }) => stage === 'unsaved')));
    assert.ok((await lensesIn(CONFIG)).some(title => title.includes('not saved')), (await lensesIn(CONFIG)).join('\n'));
    await open(CONFIG);
    await vscode.commands.executeCommand('workbench.action.files.revert');
    await until('in sync again', () => !api.engine.current.files.get(pathOf(CONFIG))?.objects.some(({ verdict }) => verdict.fields.some(({ stage }) => stage === 'unsaved')));
  });

  it('the live projection differs from the file in the drifted lines only', async () => {
    const document = await open(WEB);
    const object = objectIn(api, WEB, 'Deployment web');
    assert.ok(object);
    const live = await vscode.workspace.openTextDocument(api.views.documents.liveObject(object));
    const [ours, theirs] = [document.getText().split('\n'), live.getText().split('\n')];
    assert.equal(ours.length, theirs.length);
    assert.deepEqual(ours.flatMap((line, i) => (line === theirs[i] ? [] : [theirs[i]?.trim()])), ['replicas: 5 # two are enough outside campaigns']);
  });

  it('a whole application is compared in one editor, a file a row', async () => {
    const staging = api.engine.current.environments.flatMap(({ applications }) => applications).find(({ application }) => application?.ref.name === 'staging');
    assert.ok(staging);
    await vscode.commands.executeCommand('plumbline.compareApplication', { kind: 'application', id: staging.id });
    await until('the editor', () => vscode.window.tabGroups.activeTabGroup.activeTab?.label.startsWith('staging (live in bench ↔ files)'));
    await page.appears('.multiDiffEntry .diff-editor-container, .multiDiffEntry .editorContainer');
    const names = await until('its rows', async () => {
      const texts = (await page.text('.multiDiffEntry .header-content .title')).map(text => text.replace(/\s+/g, ' '));
      return texts.length >= 3 && texts;
    });
    for (const file of ['api.yaml', 'config.yaml', 'web.yaml']) assert.ok(names.some(name => name.includes(file)), names.join(' | '));
  });

  it('a Secret is masked in the raw live object', async () => {
    const secret = [...api.engine.current.files.values()].flatMap(({ objects }) => objects).find(({ ref }) => ref.kind === 'Secret');
    assert.ok(secret);
    const raw = (await vscode.workspace.openTextDocument(api.views.documents.raw(secret))).getText();
    assert.match(raw, /\(secret, \d+ bytes?\)/);
    const { stdout } = { stdout: await kubectl('get', 'secret', secret.ref.name, '-n', secret.ref.namespace ?? '', '-o', 'json') };
    const data = (JSON.parse(stdout) as { data: Record<string, string> }).data;
    for (const value of Object.values(data)) {
      assert.ok(!raw.includes(value));
      // Its names are no secret, even where a value is a part of them.
      const rest = raw.replaceAll(secret.ref.namespace ?? '', '').replaceAll(secret.ref.name, '');
      assert.ok(!rest.includes(Buffer.from(value, 'base64').toString()), rest);
    }
  });

  it('an explanation of a rendered object names what sets each value', async () => {
    const object = objectIn(api, 'apps/catalog/base/deployment.yaml', 'Deployment catalog');
    assert.ok(object);
    const text = (await vscode.workspace.openTextDocument(api.views.documents.explanation(object))).getText();
    assert.match(text, /set by (?:replicas in overlays\/production|images in overlays\/staging)\/kustomization\.yaml/);
  });

  it('an explanation has every step', async () => {
    const object = objectIn(api, WEB, 'Deployment web');
    assert.ok(object);
    const text = (await vscode.workspace.openTextDocument(api.views.documents.explanation(object))).getText();
    for (const part of [/Deployment shop-staging\/web/, /Applied by Flux/, /Verdict: drifted/, /replicas/]) assert.match(text, part);
  });

  it('the lightbulb on a drifted line offers to compare and to explain', async () => {
    const document = await open(WEB);
    const entry = problemsIn(WEB).find(({ message }) => message.includes('replicas'));
    assert.ok(entry);
    const actions = await vscode.commands.executeCommand<vscode.CodeAction[]>('vscode.executeCodeActionProvider', document.uri, entry.range);
    const commands = actions.map(({ command }) => command?.command);
    assert.ok(commands.includes('plumbline.compareObject') && commands.includes('plumbline.explain'), JSON.stringify(commands));
    assert.ok(!commands.includes('plumbline.pushObject'), 'changes are not enabled');
  });

  it('next drift goes from one to the next and round again', async () => {
    await open(API);
    const editor = vscode.window.activeTextEditor;
    assert.ok(editor);
    editor.selection = new vscode.Selection(0, 0, 0, 0);
    const lines: number[] = [];
    for (let i = 0; i < 3; i++) {
      await vscode.commands.executeCommand('plumbline.nextDrift');
      lines.push(editor.selection.active.line);
    }
    assert.equal(lines[0], lines[2]);
    assert.notEqual(lines[0], lines[1]);
  });

  it('kubectl scale is on the line without anybody asking', async () => {
    const object = (): string => problemsIn(WEB).map(({ message }) => message).join('\n');
    await kubectl('scale', 'deployment/web', '-n', 'shop-staging', '--replicas=7');
    const began = Date.now();
    await until('live: 7', () => object().includes('live: 7'), 5000, object);
    print('kubectl scale → line', Date.now() - began, 1000);
    const id = objectIn(api, WEB, 'Deployment web')?.id;
    await vscode.commands.executeCommand('plumbline.explain', { kind: 'object', id });
    const said = (): string => vscode.window.activeTextEditor?.document.getText().replaceAll(/\s+/g, ' ') ?? '';
    await until('the change that was seen is explained with its own time', () => /Seen being changed while it was watched: by kubectl at \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/.test(said()), 20_000, said);
    await vscode.commands.executeCommand('workbench.action.closeActiveEditor');
    await kubectl('scale', 'deployment/web', '-n', 'shop-staging', '--replicas=5');
    await until('live: 5', () => object().includes('live: 5'), 5000, object);
  });
});
