import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { delimiter, dirname, join } from 'node:path';
import * as vscode from 'vscode';
import type { TestApi } from '../../src/extension';
import type { ApplicationState, Connection } from '../../src/core/drift/snapshot';
import type { Verdict } from '../../src/core/drift/verdict';
import { facts } from '../vscode/facts';
import { page } from '../vscode/remote-page';
import { kubectl, lensesIn, open, pathOf, plumbline, problemsIn, until } from './window';

const WEB = 'apps/production/web.yaml';

describe('Two clusters in one window', function () {
  this.timeout(120_000);
  let api: TestApi;
  /** Stands between VS Code and the second cluster, so that it can be taken away. */
  let wire: Server;
  let port: number;
  const sockets = new Set<Socket>();
  /** What comes over it waits for this. */
  let held = Promise.resolve();
  const [bench = '', edge = ''] = (facts().kubeconfig ?? '').split(delimiter);

  const connectionTo = (context: string): Connection | undefined => api.engine.current.connections.find(one => (one.kind === 'connected' ? one.pin.context : one.kind === 'failed' ? one.context : undefined) === context);
  const verdicts = (context: string): string[] => api.engine.current.environments.filter(environment => environment.context === context).flatMap(({ applications }) => applications.flatMap(({ objects }) => objects.map(({ ref, verdict }) => `${ref.kind} ${ref.name} ${verdict.verdict}`))).sort();
  const messages = (): string => problemsIn(WEB).map(({ message }) => message).join('\n');
  const state = (): string => `${JSON.stringify(api.engine.current.connections)}\n${api.views.environments.print()}`;
  const listen = (at: number): Promise<void> => new Promise(resolve => wire.listen(at, '127.0.0.1', resolve));
  const cut = async (): Promise<void> => {
    const closed = new Promise(resolve => wire.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
  };

  before(async () => {
    const config = await readFile(edge, 'utf8');
    const real = Number(/https:\/\/127\.0\.0\.1:(\d+)/.exec(config)?.[1]);
    wire = createServer(near => {
      const far = connect(real, '127.0.0.1');
      for (const socket of [near, far]) {
        sockets.add(socket);
        socket.on('close', () => sockets.delete(socket)).on('error', () => undefined);
      }
      void held.then(() => near.pipe(far).pipe(near));
    });
    await listen(0);
    port = (wire.address() as AddressInfo).port;
    const wired = join(dirname(edge), 'wired.kubeconfig');
    await writeFile(wired, config.replace(`127.0.0.1:${real}`, `127.0.0.1:${port}`));
    const third = join(dirname(edge), 'third.kubeconfig');
    await writeFile(third, JSON.stringify({ clusters: [{ name: 'c', cluster: { server: 'https://prod-eu.example:6443' } }], users: [{ name: 'ops', user: {} }], contexts: [{ name: 'prod-eu', context: { cluster: 'c', user: 'ops', namespace: 'shop' } }] }));
    api = await plumbline();
    await vscode.workspace.getConfiguration('plumbline').update('kubeconfig', [bench, wired, third].join(delimiter), vscode.ConfigurationTarget.Global);
    await vscode.commands.executeCommand('plumbline.environments.focus');
    await api.engine.show(undefined);
  });
  after(async () => {
    await cut();
    await vscode.workspace.getConfiguration('plumbline').update('kubeconfig', undefined, vscode.ConfigurationTarget.Global);
  });

  it('starts with the current context, and the picker tells what each is', async () => {
    await until('the first is judged', () => verdicts('bench').includes('Deployment web drift'), 60_000, state);
    assert.deepEqual(verdicts('edge'), []);
    const choice = await api.engine.contexts();
    assert.deepEqual(choice.map(({ name, user, production, current, shown, reached }) => [name, user, production, current, shown, reached !== undefined]), [['bench', 'admin', false, true, 0, true], ['edge', 'edge-admin', false, false, undefined, false], ['prod-eu', 'ops', true, false, undefined, false]]);
    const picking = vscode.commands.executeCommand('plumbline.connect');
    await page.appears('.quick-input-widget .monaco-list-row:has-text("edge"):has-text("user edge-admin · namespace default · not reached yet")');
    await page.appears('.quick-input-widget .monaco-list-row:has-text("bench"):has-text("shown now · current in the kubeconfig"):has-text("namespace default · reached ")');
    await page.appears('.quick-input-widget .monaco-list-row:has-text("prod-eu"):has-text("production"):has-text("https://prod-eu.example:6443 · user ops · namespace shop · not reached yet")');
    await page.key('Escape');
    await picking;
  });

  it('shows both side by side, and each is named', async () => {
    await api.engine.show(['bench', 'edge']);
    await kubectl('--context=edge', 'scale', 'deployment/web', '-n', 'shop-production', '--replicas=9');
    await open(WEB);
    await until('both are on the line', () => /^edge: Deployment web: replicas is 6 in Git, live: 9/m.test(messages()) && /^bench: Deployment web: replicas is 6 in Git, live: 10/m.test(messages()), 60_000, () => `${messages()}\n${state()}`);
    await until('the text behind the line', async () => (await page.drawnAfter('.editor-instance .view-line')).some(text => text.includes('bench · live: 10 · kubectl scale') && text.includes('edge · live: 9 · kubectl scale')));
    assert.ok(api.views.environments.print().includes('edge/shop-production | '), state());
    const lenses = await lensesIn(WEB);
    for (const where of ['bench/shop-production', 'edge/shop-production']) assert.ok(lenses.some(title => title.startsWith(`Drifted: 1 field in ${where}`)), lenses.join('\n'));
    assert.match(api.views.statusBar.print(), /2 clusters: \d+ drifted/);
  });

  it('a plain folder of which one lacks most is not missing there: its row says so, and a person says which it is meant for', async () => {
    const folder = pathOf('clusters/bench');
    const stateIn = (context: string): ApplicationState | undefined => api.engine.current.environments.filter(environment => environment.context === context).flatMap(({ applications }) => applications).find(one => one.folder === folder);
    const said = (context: string): readonly Verdict[] => stateIn(context)?.objects.map(({ verdict }) => verdict.verdict) ?? [];
    await until('it is undecided', () => stateIn('edge')?.elsewhere === 'bench' && said('edge').includes('undecided'), 60_000, state);
    assert.ok(said('edge').includes('in-sync') && !said('edge').includes('missing'), said('edge').join());
    assert.ok(!said('bench').includes('undecided'), said('bench').join());
    assert.match(api.views.environments.print(), /bench \| meant for bench alone\? · \d+ not sure · .*plain folder/);
    const chosen = vscode.commands.executeCommand('plumbline.chooseClusters', { kind: 'application', id: stateIn('edge')?.id });
    await page.appears('.quick-input-widget .monaco-list-row:has-text("edge")');
    await page.key('Enter');
    await chosen;
    await until('it is of bench alone, as was ticked', () => stateIn('edge') === undefined && said('bench').length > 0, 60_000, state);
    await api.engine.place(folder, ['bench', 'edge']);
    await until('what edge lacks is missing', () => said('edge').includes('missing') && !said('edge').includes('undecided'), 60_000, state);
    assert.deepEqual(api.engine.placed().map(one => [one.folder, one.contexts]), [[folder, ['bench', 'edge']]]);
    await api.engine.place(folder, undefined);
    await until('it is undecided again', () => said('edge').includes('undecided') && !said('edge').includes('missing'), 60_000, state);
  });

  it('changes are enabled for one of them only, and its session is its own', async () => {
    await api.engine.setWritable('edge/shop-production', true);
    await until('it is shown', () => api.engine.current.environments.some(({ id, writable }) => id === 'edge/shop-production' && writable));
    assert.deepEqual(api.engine.current.environments.filter(({ writable }) => writable).map(({ id }) => id), ['edge/shop-production']);
    assert.deepEqual([api.engine.session('edge')?.pin.context, api.engine.session('bench')?.pin.context, api.engine.session('other')], ['edge', 'bench', undefined]);
    assert.notEqual(api.engine.session('edge')?.pin.identity, api.engine.session('bench')?.pin.identity);
  });

  it('one that is lost says so once, and leaves the verdicts of the other alone', async () => {
    const before = verdicts('bench');
    await cut();
    await until('it is lost', () => {
      const lost = connectionTo('edge');
      return lost?.kind === 'connected' && lost.troubles.length === 1 && lost.troubles[0]?.kind === 'lost';
    }, 60_000, state);
    // Each kind's connection is noticed to be gone by itself.
    await until('nothing of it is known', () => verdicts('edge').every(text => / (?:unknown|undecided|skipped|invalid)$/.test(text)), 60_000, state);
    assert.deepEqual(verdicts('bench'), before);
    await page.appears('.monaco-list-row[aria-label*="edge: the connection is lost"]');
    assert.match(messages(), /^bench: Deployment web: replicas is 6 in Git, live: 10/m);
    assert.doesNotMatch(messages(), /^edge: .* live: 9/m);
    const lenses = await lensesIn(WEB);
    assert.ok(lenses.some(title => /^Unknown in edge\/shop-production since \d\d:\d\d: offline: /.test(title)), lenses.join('\n'));
  });

  it('one that cannot be connected to is a row that can be tried again', async () => {
    await api.engine.reopen('edge');
    await until('it has failed', () => connectionTo('edge')?.kind === 'failed', 60_000, state);
    assert.equal(connectionTo('bench')?.kind, 'connected');
    assert.deepEqual(verdicts('edge'), []);
    await page.appears('.monaco-list-row[aria-label*="edge: not connected"]');
    assert.match(api.views.statusBar.print(), /edge not connected/);
    let release = (): void => undefined;
    held = new Promise<void>(resolve => (release = resolve));
    await listen(port);
    const retrying = vscode.commands.executeCommand('plumbline.retry', { kind: 'cluster', id: 'edge' });
    await until('it is being connected to', () => api.engine.current.connections.some(({ kind }) => kind === 'connecting'), 60_000, state);
    await until('the status bar says so', () => api.views.statusBar.print().includes('reading'), 20_000, () => api.views.statusBar.print());
    await page.appears('.pane:has(.pane-header[aria-label*="Environments"]) .monaco-progress-container.active');
    release();
    await retrying;
    await until('it is back', () => verdicts('edge').includes('Deployment web drift'), 60_000, state);
  });

  it('one that is taken away leaves the other’s session as it is', async () => {
    const session = api.engine.session('bench');
    await api.engine.show(['bench']);
    await until('it is gone', () => verdicts('edge').length === 0 && api.engine.current.connections.length === 1);
    assert.equal(api.engine.session('bench'), session);
    assert.equal(api.engine.session('edge'), undefined);
    assert.ok(api.engine.current.files.get(pathOf(WEB))?.objects.some(({ verdict }) => verdict.verdict === 'drift'));
    assert.match(messages(), /^Deployment web: replicas is 6 in Git, live: 10/m);
  });
});
