import * as vscode from 'vscode';
import { noIcons } from '../core/drift/labels';
import type { CommandContext } from './context';
import { clean } from '../core/drift/words';
import { askForLogin } from './login';
import { environmentTarget } from './target';

/** Shows the contexts of the kubeconfig and opens a session to the one that is chosen. Reads only. */
export async function connect(context: CommandContext): Promise<void> {
  const { engine } = context;
  if (!vscode.workspace.isTrusted) {
    await vscode.commands.executeCommand('workbench.trust.manage');
    return;
  }
  const names = await engine.contexts();
  if (names.length === 0) {
    await inView(() => engine.connect(undefined));
    return;
  }
  const { connection } = engine.current;
  const present = connection.kind === 'connected' ? connection.pin.context : undefined;
  const items = names.map(name => ({ label: noIcons(clean(name)), description: name === present ? 'connected' : '', name }));
  const picked = await vscode.window.showQuickPick(items, { title: 'Connect to a Cluster', placeHolder: 'Context of the kubeconfig; connecting only reads' });
  if (!picked) return;
  const before = context.logins.refused;
  await inView(() => engine.connect(picked.name));
  const { refused } = context.logins;
  if (refused && refused !== before) await askForLogin(context, picked.name);
}

export async function refresh(context: CommandContext): Promise<void> {
  await inView(() => context.engine.refresh());
}

/** Progress as the view's own bar. */
async function inView(run: () => Promise<void>): Promise<void> {
  await vscode.window.withProgress({ location: { viewId: 'plumbline.environments' } }, run);
}

export async function enableChanges(context: CommandContext, argument: unknown): Promise<void> {
  const target = await environmentTarget(context, argument, 'Enable Changes', ({ writable }) => !writable);
  if (!target) return;
  const yes = await context.dialog.ask({
    title: `Enable changes in ${clean(target.context)}/${clean(target.namespace)}?`,
    lines: [
      'Push, pause and resume can then be chosen for this environment. Each of them still shows what it will do and asks before it writes.',
      'Remembered for this cluster and namespace until you disable it.',
    ],
    action: 'Enable Changes',
    typed: undefined,
  });
  if (yes) await context.engine.setWritable(target.id, true);
}

export async function disableChanges(context: CommandContext, argument: unknown): Promise<void> {
  const target = await environmentTarget(context, argument, 'Disable Changes', ({ writable }) => writable);
  if (target) await context.engine.setWritable(target.id, false);
}
