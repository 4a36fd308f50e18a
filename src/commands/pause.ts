import * as vscode from 'vscode';
import { noIcons, noLinks } from '../core/drift/labels';
import { hasSwitch, Lookup, type FoundApplication } from '../core/drift/snapshot-lookup';
import { clean } from '../core/drift/words';
import { describeRef } from '../core/kube/identity';
import type { CommandContext } from './context';
import { withProgress } from './progress';
import { isWritable, showOutcome, showRefusal } from './refusal';
import { resumeText } from './resume-text';
import { applicationTarget } from './target';

/** Longest reason, characters. */
const MAX_REASON = 500;

/** The application as it is once its environment may be changed. */
const writable = async (context: CommandContext, { environment, application }: FoundApplication): Promise<FoundApplication | undefined> => ((await isWritable(context, environment)) ? new Lookup(context.engine.current).application(application.id) : undefined);

/** Asks why, stops the controller for one application, and says when the run in flight has ended. */
export async function pause(context: CommandContext, argument: unknown): Promise<void> {
  const target = await applicationTarget(context, argument, 'Pause Application', ({ application }) => hasSwitch(application) && application.pause === undefined);
  const ref = target?.application.application?.ref;
  if (!target || !ref) return;
  const found = await writable(context, target);
  if (!found) return;
  const name = clean(describeRef(ref));
  const reason = await vscode.window.showInputBox({
    title: `Pause ${name}`,
    prompt: 'Why? Colleagues see it in the cluster, together with your name and the time.',
    placeHolder: 'Reason',
    ignoreFocusOut: true,
    validateInput: text => (text.trim() === '' ? 'A reason is required' : text.length > MAX_REASON ? `At most ${MAX_REASON} characters` : undefined),
  });
  if (reason === undefined || reason.trim() === '') return;
  const planned = await withProgress(`Planning the pause of ${name}`, signal => context.changes.planPause(found, reason.trim(), signal));
  if (planned.kind === 'refused') {
    await showRefusal(context, `Pause ${name}`, planned.refusal);
    return;
  }
  const { plan } = planned;
  const confirmation = await context.changes.confirm(plan, context.dialog);
  if (!confirmation) return;
  const outcome = await withProgress(`Pausing ${name}`, signal => context.changes.execute(plan, confirmation, signal));
  if (!(await showOutcome(context, `Pause ${name}`, outcome))) return;
  const quiet = await withProgress(`${name} is paused; waiting for the run in flight to end`, signal => context.changes.quiet(plan, signal));
  // Somebody resumed it meanwhile, here or elsewhere: there is no pause to speak of.
  if (quiet === 'resumed') return;
  if (quiet === 'ended') void vscode.window.showInformationMessage(noLinks(`${name} is paused in ${clean(target.environment.context)}. It is safe to edit its objects now.`));
  else void vscode.window.showWarningMessage(noLinks(`${name} is paused in ${clean(target.environment.context)}, but a run that had begun before may not have ended: it may still overwrite what you change.`));
}

/** Shows first what the controller will do to the live objects, then starts it again. */
export async function resume(context: CommandContext, argument: unknown): Promise<void> {
  const target = await applicationTarget(context, argument, 'Resume Application', ({ application }) => hasSwitch(application) && application.pause !== undefined);
  const ref = target?.application.application?.ref;
  if (!target || !ref) return;
  const found = await writable(context, target);
  if (!found) return;
  const name = clean(describeRef(ref));
  const planned = await withProgress(`Finding out what resuming ${name} does`, signal => context.changes.planResume(found, signal));
  if (planned.kind === 'refused') {
    await showRefusal(context, `Resume ${name}`, planned.refusal);
    return;
  }
  const { plan } = planned;
  const uri = context.documents.text(`Resume ${ref.name}.txt`, resumeText(name, plan));
  await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri), { preview: true });
  const confirmation = await context.changes.confirm(plan, context.dialog);
  if (!confirmation) return;
  const outcome = await withProgress(`Resuming ${name}`, signal => context.changes.execute(plan, confirmation, signal));
  if (!(await showOutcome(context, `Resume ${name}`, outcome))) return;
  const done = await withProgress(`${name} is resumed; waiting for its first run`, signal => context.changes.reconciled(plan, signal));
  if (done) vscode.window.setStatusBarMessage(`$(check) ${noIcons(name)} is resumed, and its first run has ended`, 5000);
  else void vscode.window.showWarningMessage(noLinks(`${name} is resumed, but its first run has not ended yet: see its state in the GitOps view.`));
}
