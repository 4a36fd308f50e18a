import * as vscode from 'vscode';
import type { Outcome, Refusal } from '../core/change/plan';
import { noLinks } from '../core/drift/labels';
import type { Environment } from '../core/drift/snapshot';
import { clean } from '../core/drift/words';
import type { CommandContext } from './context';

/** Says why nothing was written, with the one thing that helps. */
export async function showRefusal(context: CommandContext, what: string, refusal: Refusal): Promise<void> {
  if (refusal.kind === 'aborted' || refusal.kind === 'notConfirmed') return;
  const answer = await vscode.window.showWarningMessage(noLinks(`${clean(what)}: ${clean(refusal.message, 300)}. Nothing was written.`), 'Open Log');
  if (answer === 'Open Log') context.log.show();
}

/** `true` when the environment may be changed; else offers to enable changes, which is a decision of its own: after a yes what was asked for goes on. */
export async function isWritable({ engine }: CommandContext, environment: Environment): Promise<boolean> {
  if (environment.writable) return true;
  const answer = await vscode.window.showInformationMessage(noLinks(`Changes are not enabled in ${clean(environment.context)}/${clean(environment.namespace)}.`), 'Enable Changes…');
  if (answer === undefined) return false;
  await vscode.commands.executeCommand('plumbline.enableChanges', { kind: 'environment', id: environment.id });
  return engine.current.environments.some(({ id, writable }) => id === environment.id && writable);
}

/** True when it was done; anything else is told. */
export async function showOutcome(context: CommandContext, what: string, outcome: Outcome): Promise<boolean> {
  switch (outcome.kind) {
    case 'done':
      for (const warning of outcome.warnings) context.log.warn(`${what}: the server warns: ${warning}`);
      return true;
    case 'refused':
      await showRefusal(context, what, outcome.refusal);
      return false;
    case 'unknown': {
      const answer = await vscode.window.showErrorMessage(noLinks(`${clean(what)}: ${clean(outcome.message, 300)}. Whether it was written is not known; it is not repeated.`), 'Open Log');
      if (answer === 'Open Log') context.log.show();
      return false;
    }
  }
}
