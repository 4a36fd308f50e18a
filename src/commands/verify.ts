import * as vscode from 'vscode';
import { noLinks } from '../core/drift/labels';
import { Lookup } from '../core/drift/snapshot-lookup';
import { clean, verdictTitle } from '../core/drift/words';
import { describeRef } from '../core/kube/identity';
import type { CommandContext } from './context';
import { withProgress } from './progress';
import { applicationTarget, objectTarget } from './target';

/** Asks the API server what an apply of this one object would do. What it says is in the next snapshot. */
export async function verifyObject(context: CommandContext, argument: unknown): Promise<void> {
  const target = await objectTarget(context, argument, 'Verify with the API Server');
  if (!target) return;
  await verify(context, [target.object.id], clean(describeRef(target.object.ref)));
  const object = new Lookup(context.engine.current).object(target.object.id)?.object;
  if (object) void vscode.window.showInformationMessage(noLinks(`${clean(describeRef(object.ref))}: ${verdictTitle(object.verdict)}${object.verdict.notes.length === 0 ? '' : ` (${clean(object.verdict.notes.join('; '), 300)})`}`));
}

/** The same for every object of an application of which something is open. */
export async function verifyApplication(context: CommandContext, argument: unknown): Promise<void> {
  const target = await applicationTarget(context, argument, 'Verify with the API Server', ({ application }) => application.objects.length > 0);
  if (!target) return;
  const open = target.application.objects.filter(({ verdict }) => verdict.verdict === 'undecided' || verdict.fields.some(field => !field.certain || field.afterResume === 'unknown'));
  if (open.length === 0) {
    void vscode.window.showInformationMessage('Nothing is undecided here: there is nothing to ask the API server.');
    return;
  }
  await verify(context, open.map(({ id }) => id), `${open.length} objects`);
}

const verify = (context: CommandContext, ids: readonly string[], what: string): Promise<void> => withProgress(`Asking the API server about ${what}`, signal => context.engine.verify(ids, signal));
