import * as vscode from 'vscode';
import type { CommandContext } from './context';
import { contextOf } from '../core/drift/merged';
import { clean } from '../core/drift/words';
import { pickContexts } from './context-picker';
import { askForLogin } from './login';
import { clusterNamed, environmentTarget } from './target';

/** Shows the contexts of the kubeconfig and opens a session to the one that is chosen. Reads only. */
export async function connect(context: CommandContext): Promise<void> {
  const { engine } = context;
  if (!vscode.workspace.isTrusted) {
    await vscode.commands.executeCommand('workbench.trust.manage');
    return;
  }
  const contexts = await engine.contexts();
  if (contexts.length === 0) {
    await inView(() => engine.show(undefined));
    return;
  }
  const picked = await pickContexts(contexts, context.clock.now());
  if (!picked) return;
  // Taking the one that is shown already means trying again.
  const [only] = picked;
  const same = picked.length === 1 && contexts.every(({ name, shown }) => (shown !== undefined) === (name === only));
  const waits = engine.current.connections.some(connection => connection.kind === 'failed' && connection.failure === 'consent');
  if (same && waits) {
    await askForLogin(context, only);
    return;
  }
  const before = context.logins.refused;
  await inView(() => (same ? engine.refresh() : engine.show(picked)));
  const { refused } = context.logins;
  if (refused && refused !== before) await askForLogin(context, picked.at(-1));
}

export async function refresh(context: CommandContext): Promise<void> {
  await inView(() => context.engine.refresh());
}

/** Connects anew to the cluster that a row is about; without one, to whatever is in trouble. */
export async function retry({ engine }: CommandContext, argument: unknown): Promise<void> {
  const name = clusterNamed(argument);
  const troubled = engine.current.connections.filter(connection => connection.kind === 'failed' || (connection.kind === 'connected' && connection.troubles.length > 0)).flatMap(connection => contextOf(connection) ?? []);
  const chosen = name === undefined ? troubled : troubled.filter(context => context === name);
  await inView(async () => {
    await (chosen.length === 0 ? engine.refresh() : Promise.all(chosen.map(context => engine.reopen(context))));
  });
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
      '',
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
