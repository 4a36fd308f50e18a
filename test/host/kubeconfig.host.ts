import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as vscode from 'vscode';
import type { TestApi } from '../../src/extension';
import { facts } from '../vscode/facts';
import { page } from '../vscode/remote-page';
import { plumbline, until } from './window';

const run = promisify(execFile);

describe('A kubeconfig that changes while a session is open', function () {
  this.timeout(120_000);
  let api: TestApi;
  let folder: string;
  let file: string;
  const { kubeconfig = '' } = facts();

  const use = (path: string | undefined): Thenable<void> => vscode.workspace.getConfiguration('plumbline').update('kubeconfig', path, vscode.ConfigurationTarget.Global);
  const config = (...args: readonly string[]): Promise<unknown> => run('kubectl', ['config', `--kubeconfig=${file}`, ...args]);
  const context = (): string | undefined => {
    const { connection } = api.engine.current;
    return connection.kind === 'connected' ? connection.pin.context : undefined;
  };
  const isOpen = (name: string): Promise<unknown> => until(`the session to ${name}`, () => context() === name, 40_000, () => JSON.stringify(api.engine.current.connection));
  /** A toast goes by itself; the list keeps what was said. */
  const isSaid = async (text: string): Promise<void> => {
    await vscode.commands.executeCommand('notifications.showList');
    await page.appears(`.notifications-center .notification-list-item:has-text(${JSON.stringify(text)})`);
  };

  before(async () => {
    api = await plumbline();
    folder = await mkdtemp(join(tmpdir(), 'plumbline-editor-kubeconfig-'));
    file = join(folder, 'config');
    await writeFile(file, await readFile(kubeconfig, 'utf8'));
    for (const name of ['other', 'third']) await config('set-context', name, '--cluster=bench', '--user=admin');
    await use(file);
    await api.engine.reopen('bench');
    await isOpen('bench');
  });
  after(async () => {
    await use(undefined);
    await api.engine.reopen('bench');
    await isOpen('bench');
    await rm(folder, { recursive: true });
  });

  it('25: says that the current context changed, and stays where it is', async () => {
    await config('use-context', 'other');
    await isSaid('the current context of the kubeconfig is now other. This window stays connected to bench.');
    assert.equal(context(), 'bench');
    await page.press('Stay');
    assert.equal(context(), 'bench');
  });

  it('switches when a person says so', async () => {
    await config('use-context', 'third');
    await isSaid('is now third');
    assert.equal(context(), 'bench');
    await page.press('Switch');
    await isOpen('third');
  });

  it('24: a torn file moves nothing and closes nothing; what was judged stays', async () => {
    const good = await readFile(file, 'utf8');
    const judged = (): number => [...api.engine.current.files.values()].flatMap(({ objects }) => objects).filter(({ verdict }) => verdict.verdict === 'in-sync').length;
    const before = await until('the first reading', () => api.engine.current.connection.kind === 'connected' && !api.engine.current.connection.reading && judged() > 0 && judged(), 40_000);
    await writeFile(file, good.slice(0, good.length / 2));
    // Longer than the file is looked at, left alone and read.
    await new Promise(resolve => setTimeout(resolve, 6_000));
    assert.equal(context(), 'third');
    assert.ok(judged() >= before);
    await writeFile(file, good);
  });

  it('starts no login program of a kubeconfig that lies elsewhere: the view asks for a word first', async () => {
    const login = join(folder, 'bin', 'login');
    await mkdir(join(folder, 'bin'));
    await writeFile(login, `#!/bin/sh\ntouch '${folder}/was-run'\nexit 1\n`);
    await chmod(login, 0o755);
    await config('set-credentials', 'by-program', '--exec-command=bin/login', '--exec-api-version=client.authentication.k8s.io/v1', '--exec-interactive-mode=Never');
    await config('set-context', 'by-program', '--cluster=bench', '--user=by-program');
    // kubectl itself runs it, for a change of its own kubeconfig.
    await rm(join(folder, 'was-run'), { force: true });
    await vscode.commands.executeCommand('plumbline.environments.focus');
    await api.engine.show(['by-program']);
    await until('the state', () => api.engine.current.connection.kind === 'failed' && api.engine.current.connection.failure === 'consent', 20_000, () => JSON.stringify(api.engine.current.connection));
    await page.appears('.welcome-view-content:has-text("wants to start a program to log in")');
    await until('its one button', async () => (await page.text('.welcome-view-content .monaco-button:visible')).join() === 'Allow Login Program');
    // A test's window shows no modal dialog, which is a no.
    await page.press('Allow Login Program');
    await assert.rejects(stat(join(folder, 'was-run')));
  });
});
