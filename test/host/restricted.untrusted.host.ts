import assert from 'node:assert/strict';
import { ChildProcess } from 'node:child_process';
import { Socket } from 'node:net';
import * as vscode from 'vscode';
import type { TestApi } from '../../src/extension';
import { facts } from '../vscode/facts';
import { open, plumbline, until } from './window';

/** Where our bundles lie. */
const OURS = `${vscode.extensions.getExtension('plumbline.plumbline')?.extensionPath ?? '?'}/dist/extension.cjs`;

/**
 * Connections of the extension host, except those to the test's own page driver, and the processes it starts, each with
 * who asked for it: VS Code itself runs its search and its terminal helpers there.
 */
function counters(): { readonly started: { readonly file: string; readonly ours: boolean }[]; readonly connected: string[]; stop(): void } {
  const started: { file: string; ours: boolean }[] = [];
  Error.stackTraceLimit = 100;
  const connected: string[] = [];
  const process = ChildProcess.prototype as unknown as { spawn: (options: { file: string }) => unknown };
  const socket = Socket.prototype as unknown as { connect: (...args: unknown[]) => unknown };
  const { spawn } = process;
  const { connect } = socket;
  const driver = new URL(facts().driver ?? '').port;
  process.spawn = function (this: unknown, options) {
    const { stack = '' } = new Error();
    started.push({ file: options.file, ours: stack.includes(OURS) });
    return spawn.call(this, options);
  };
  socket.connect = function (this: unknown, ...args) {
    const target = JSON.stringify(args);
    if (!target.includes(driver)) connected.push(target);
    return connect.apply(this, args);
  };
  return {
    started,
    connected,
    stop: () => {
      process.spawn = spawn;
      socket.connect = connect;
    },
  };
}

const isLoaded = (bundle: string): boolean => Object.keys(require.cache).some(file => file.endsWith(`/dist/${bundle}`));

describe('Restricted Mode', function () {
  this.timeout(60_000);
  let api: TestApi;
  const counted = counters();
  after(() => counted.stop());

  before(async () => {
    api = await plumbline();
    await vscode.commands.executeCommand('plumbline.environments.focus');
    await until('the folder is read', () => api.engine.current.environments.length > 0);
  });

  it('lists the manifests, and says that nothing was compared', () => {
    assert.equal(api.engine.current.connection.kind, 'untrusted');
    assert.match(api.views.environments.print(), /^Not compared \| \d+ unknown/);
    assert.match(api.views.environments.print(), /Deployment shop-staging\/web \| Unknown: Restricted Mode/);
  });

  it('starts no process and opens no connection, whatever is asked', async () => {
    await open('apps/staging/web.yaml');
    for (const command of ['plumbline.refresh', 'plumbline.compareFile', 'plumbline.nextDrift', 'plumbline.openLog']) await vscode.commands.executeCommand(command);
    await api.engine.show(['bench']);
    await api.engine.refresh();
    assert.deepEqual(await api.engine.contexts(), []);
    assert.deepEqual(counted.connected, []);
    assert.deepEqual(counted.started.filter(({ file, ours }) => ours || /(?:^|[\\/])(?:git|kubectl)(?:\.exe)?$/.test(file)), []);
  });

  it('has loaded none of the code that could', () => {
    assert.deepEqual(['cluster.cjs', 'git.cjs', 'judge.cjs', 'change.cjs'].filter(isLoaded), []);
    assert.ok(isLoaded('extension.cjs'));
  });
});
