import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { TestApi } from '../../src/extension';
import { hoverAt, kubectl, lensesIn, objectIn, open, plumbline, problemsIn, until } from './window';

const FILE = 'apps/production/config.yaml';
/** What somebody with rights in the cluster, and nobody else, may have put there: Markdown, links that run commands, HTML, icons, text that turns direction, escapes of a terminal. */
const HOSTILE = '[a](command:workbench.action.quit) `b` ```c\n``` <img src=x onerror=alert(1)> ![d](http://evil.example/d.png) $(sync~spin) \u202etxt.exe \u0007';
const MANAGER = '[m](command:workbench.action.quit)$(sync)<b>';
/** Invisible, or able to reorder what stands around it. */
 
const UNSAFE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069]/;

describe('A live value and a manager that mean harm', function () {
  this.timeout(90_000);
  let api: TestApi;
  const value = (): string => JSON.stringify(objectIn(api, FILE, 'ConfigMap features')?.verdict.fields ?? []);
  const patch = (text: string, manager: string): Promise<string> => kubectl('patch', 'configmap', 'features', '-n', 'shop-production', '--type=merge', `--field-manager=${manager}`, '-p', JSON.stringify({ data: { maxBasket: text } }));

  before(async () => {
    api = await plumbline();
    await until('the sample is judged', () => value().includes('fallbackGateway'), 40_000);
    await patch(HOSTILE, MANAGER);
    await until('the value is seen', () => value().includes('workbench.action'), 20_000, value);
  });
  after(async () => {
    await patch('50', 'kubectl-edit');
    await until('it is as before', () => !value().includes('workbench.action'));
  });

  it('is shown as the text it is: no link, no picture, no icon, nothing that turns what stands around it', async () => {
    const document = await open(FILE);
    const object = objectIn(api, FILE, 'ConfigMap features');
    assert.ok(object);
    const hovers = (await Promise.all(Array.from({ length: document.lineCount }, (_, line) => hoverAt(FILE, new vscode.Position(line, document.lineAt(line).text.length))))).flat();
    const { documents, environments, statusBar } = api.views;
    const shown = {
      tree: environments.print(),
      'status bar': statusBar.print(),
      problems: problemsIn(FILE).map(({ message }) => message).join('\n'),
      lenses: (await lensesIn(FILE)).join('\n'),
      hovers: hovers.map(hover => hover.value).join('\n'),
      explanation: (await vscode.workspace.openTextDocument(documents.explanation(object))).getText(),
    };
    assert.ok(hovers.some(({ value: text }) => text.includes('workbench.action')), 'the value is in a hover');
    for (const [where, text] of Object.entries(shown)) assert.doesNotMatch(text, UNSAFE, where);
    for (const hover of hovers) {
      assert.notEqual(hover.supportHtml, true);
      assert.doesNotMatch(proseOf(hover.value), /\$\((?:sync|m)/);
      assert.deepEqual(hover.isTrusted, { enabledCommands: ['plumbline.compareObject', 'plumbline.explain', 'plumbline.showLive', 'plumbline.goToSetter'] });
      assert.deepEqual(linksOf(hover.value).filter(target => !/^command:plumbline\.(?:compareObject|explain|showLive)\?/.test(target)), []);
    }
    assert.doesNotMatch(shown.lenses, /(?<!\\)\$\(/);
  });
});

/** A Markdown text without what is only text in it: blocks and spans of code, and what is escaped. */
const proseOf = (markdown: string): string =>
  markdown
    .replace(/^(`{3,})[^\n]*\n[^]*?\n\1$/gm, '')
    .replace(/\\./g, '')
    .replace(/(`+)[^`]*\1/g, '');

/** What it makes links or pictures of. */
const linksOf = (markdown: string): string[] => [...proseOf(markdown).matchAll(/\]\(([^)\s]*)/g)].map(match => match[1] ?? '');
