import assert from 'node:assert/strict';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import * as vscode from 'vscode';
import type { TestApi } from '../../src/extension';
import { open, plumbline, print, problemsIn, until } from './window';

describe('Limits, measured in the extension host', function () {
  this.timeout(60_000);
  let api: TestApi;

  before(async () => {
    api = await plumbline();
    await until('the sample is judged', () => api.engine.current.connection.kind === 'connected' && api.engine.current.environments.length > 0, 40_000);
  });

  it('activation', () => {
    assert.ok(api.activatedInMs > 0);
    print('activate()', api.activatedInMs, 20);
  });

  it('from an opened file to its marks, on a warm snapshot', async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    // Another test may just have connected anew.
    await until('the snapshot is warm', () => problemsIn('apps/production/web.yaml').length > 0, 40_000);
    const began = performance.now();
    const document = await open('apps/production/web.yaml');
    const marks = await until('the marks', () => problemsIn('apps/production/web.yaml').length > 0 && api.views.places.stops(document).length, 5000);
    assert.ok(marks > 0);
    print('file opened, its marks ready', performance.now() - began, 100);
  });

  it('the event loop while everything is read and judged again', async () => {
    const delay = monitorEventLoopDelay({ resolution: 2 });
    const before = api.engine.current.generation;
    delay.enable();
    await api.engine.refresh();
    delay.disable();
    assert.ok(api.engine.current.generation > before);
    print('longest stall', delay.max / 1e6, 50);
  });
});
