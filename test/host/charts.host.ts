import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { TestApi } from '../../src/extension';
import { page } from '../vscode/remote-page';
import { hoverAt, kubectl, lensesIn, objectIn, open, pathOf, plumbline, problemsIn, until } from './window';

const TEMPLATE = 'charts/search/templates/deployment.yaml';
const VALUES = 'charts/search/values.yaml';
const RELEASE = 'clusters/bench/search.yaml';
const IMAGE = 'registry.shop.example/search:7.2.0';
const HOTFIX = 'registry.shop.example/search:7.2.1-hotfix';

/** Where a text begins that stands once in a document. */
function placeOf(document: vscode.TextDocument, text: string): vscode.Position {
  const start = document.getText().indexOf(text);
  assert.ok(start >= 0, `${document.uri.path} has no ${text}`);
  return document.positionAt(start);
}

/** The cursor stands on that line of that file. */
const cursorAt = (file: string, line: string): Promise<unknown> =>
  until(
    `the cursor at ${line}`,
    () => {
      const editor = vscode.window.activeTextEditor;
      return editor?.document.uri.fsPath === pathOf(file) && editor.document.lineAt(editor.selection.active.line).text.trim() === line;
    },
    40_000,
    () => `${vscode.window.activeTextEditor?.document.uri.path ?? ''}:${String(vscode.window.activeTextEditor?.selection.active.line)}`,
  );

describe('Drift of a release whose chart is rendered by helm, in the editor', function () {
  this.timeout(120_000);
  let api: TestApi;
  const setImage = (image: string): Promise<string> => kubectl('set', 'image', 'deployment/search', `search=${image}`, '-n', 'search');
  const fields = (): string[] => (objectIn(api, TEMPLATE, 'Deployment search')?.verdict.fields ?? []).flatMap(({ verdict, set }) => (verdict === 'drift' ? [set?.file ?? ''] : [])).sort();
  const entry = (file: string, says: RegExp): Promise<vscode.Diagnostic> => until(`${file}: ${String(says)}`, () => problemsIn(file).find(({ message }) => says.test(message)), 60_000, () => [TEMPLATE, VALUES, RELEASE].flatMap(one => problemsIn(one).map(({ message }) => `${one}: ${message}`)).join('\n'));
  const drawn = (text: string): Promise<unknown> => until(`${text} behind the line`, async () => (await page.drawnAfter('.editor-instance .view-line')).some(one => one.includes(text)), 60_000);

  before(async () => {
    api = await plumbline();
    await setImage(HOTFIX);
    await until('what sets each value is known', () => fields().join() === [pathOf(VALUES), pathOf(RELEASE)].join(), 60_000, () => `${fields().join()}\n${api.views.environments.print()}`);
  });
  after(() => setImage(IMAGE));

  it('is marked at the line of the values that sets it, and the hover has both values', async () => {
    const found = await entry(VALUES, /image is registry\.shop\.example\/search:7\.2\.0 in Git, live: registry\.shop\.example\/search:7\.2\.1-hotfix · kubectl set/);
    const document = await open(VALUES);
    assert.equal(document.lineAt(found.range.start.line).text, `image: ${IMAGE}`);
    // Whose value it is stands there, too: a chart's values make many objects.
    await drawn(`Deployment search · live: ${HOTFIX}`);
    assert.ok((await lensesIn(VALUES)).some(title => title.startsWith('Deployment search: Drifted: ')), (await lensesIn(VALUES)).join('\n'));
    const [hover] = await hoverAt(VALUES, placeOf(document, IMAGE));
    const text = hover?.value.replaceAll('&nbsp;', ' ') ?? '';
    for (const part of [/Deployment search\/search/, /Git {5}\S*registry\.shop\.example\/search:7\.2\.0/, /live {4}\S*registry\.shop\.example\/search:7\.2\.1-hotfix/, /kubectl set/]) assert.match(text, part);
  });

  it('the template says whose line counts, and leads from its line and its hover to the values', async () => {
    const document = await open(TEMPLATE);
    const at = placeOf(document, '{{ .Values.image }}');
    await drawn('set in values.yaml');
    const [hover] = await until('the hover', async () => {
      const hovers = await hoverAt(TEMPLATE, at);
      return hovers.length > 0 && hovers;
    });
    const link = /\[Go to what sets this\]\(command:plumbline\.goToSetter\?([^)]+)\)/.exec(hover?.value ?? '')?.[1];
    assert.ok(hover && link, hover?.value);
    assert.match(hover.value.replaceAll('&nbsp;', ' '), /Set by a value of the chart in values\.yaml/);
    assert.doesNotMatch(hover.value, /does not count|overridden/);
    await vscode.commands.executeCommand('plumbline.goToSetter', ...(JSON.parse(decodeURIComponent(link)) as string[]));
    await cursorAt(VALUES, `image: ${IMAGE}`);
    await open(TEMPLATE);
    const editor = vscode.window.activeTextEditor;
    assert.ok(editor);
    editor.selection = new vscode.Selection(at, at);
    await vscode.commands.executeCommand('plumbline.goToSetter');
    await cursorAt(VALUES, `image: ${IMAGE}`);
  });

  it('a value that the HelmRelease gives is marked there, and the chart\'s own default is not', async () => {
    const found = await entry(RELEASE, /memory is "512Mi" in Git, live: "1Gi" · kubectl set/);
    const document = await open(RELEASE);
    assert.equal(document.lineAt(found.range.start.line).text.trim(), 'memory: 512Mi');
    assert.ok(!problemsIn(VALUES).some(({ message }) => message.includes('memory')), problemsIn(VALUES).map(({ message }) => message).join('\n'));
    const template = await open(TEMPLATE);
    const editor = vscode.window.activeTextEditor;
    assert.ok(editor);
    const at = placeOf(template, '{{ .Values.memory }}');
    editor.selection = new vscode.Selection(at, at);
    await vscode.commands.executeCommand('plumbline.goToSetter');
    await cursorAt(RELEASE, 'memory: 512Mi');
  });

  it('is gone when the value is back', async () => {
    await setImage(IMAGE);
    await until('nothing differs', () => problemsIn(VALUES).length === 0, 60_000, () => problemsIn(VALUES).map(({ message }) => message).join('\n'));
  });
});
