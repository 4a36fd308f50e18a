import * as vscode from 'vscode';
import { describeExec } from '../core/cluster/exec-words';
import { contextOf } from '../core/drift/merged';
import { noIcons } from '../core/drift/labels';
import { clean } from '../core/drift/words';
import type { CommandContext } from './context';

/** Characters of a command that a person can be expected to read. */
const MAX_COMMAND = 4_000;

/** Shows the program that a kubeconfig wanted to start, asks, and connects again when the answer is yes. */
export async function allowLogin(context: CommandContext): Promise<void> {
  const waiting = context.engine.current.connections.find(connection => connection.kind === 'failed' && connection.failure === 'consent');
  await askForLogin(context, waiting && contextOf(waiting));
}

/** The same for the context that is to be connected to; `undefined`: as the kubeconfig says. */
export async function askForLogin({ logins, engine, dialog }: CommandContext, name: string | undefined): Promise<void> {
  const plugin = logins.refused;
  if (plugin && describeExec(plugin).join('').length > MAX_COMMAND) {
    await vscode.window.showErrorMessage('Plumbline: the command of this kubeconfig is too long to be shown whole, so it cannot be allowed here.');
    return;
  }
  if (!vscode.workspace.isTrusted || !plugin) {
    await vscode.window.showInformationMessage('No kubeconfig waits to be allowed to start a program.');
    return;
  }
  const yes = await dialog.ask({
    title: 'Allow this kubeconfig to start a program to log in?',
    lines: [
      ...describeExec(plugin).flatMap(inPieces),
      '',
      'It runs as you, with your rights on this machine, each time the login has to be renewed. Remembered for exactly this command until you forget it (Forget Login Programs).',
    ],
    action: 'Allow',
    typed: undefined,
  });
  if (!yes) return;
  await logins.allow(plugin);
  await (name === undefined ? engine.show(undefined) : engine.reopen(name));
}

/** Nothing may hide behind the end of a line that is cut: the dialog shows each line up to its own limit. */
function inPieces(line: string): string[] {
  return clean(line, MAX_COMMAND).match(/.{1,250}/gu) ?? [];
}

export async function forgetLogins({ logins }: CommandContext): Promise<void> {
  const items = logins.list().map(({ source, command, hash }) => ({ label: noIcons(clean(command)), description: noIcons(clean(source)), hash }));
  if (items.length === 0) {
    await vscode.window.showInformationMessage('No kubeconfig was allowed to start a program.');
    return;
  }
  const picked = await vscode.window.showQuickPick(items, { title: 'Forget Login Programs', placeHolder: 'What is chosen has to be allowed again before it is started', canPickMany: true });
  for (const { hash } of picked ?? []) await logins.forget(hash);
}
