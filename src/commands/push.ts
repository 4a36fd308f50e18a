import * as vscode from 'vscode';
import { isExecutable, type PushPlan } from '../core/change/plan';
import { noIcons, noLinks } from '../core/drift/labels';
import { Lookup, type Found } from '../core/drift/snapshot-lookup';
import { clean } from '../core/drift/words';
import { withoutBookkeeping } from '../core/kube/bookkeeping';
import { describeRef } from '../core/kube/identity';
import type { CommandContext } from './context';
import { withProgress } from './progress';
import { isWritable, showOutcome, showRefusal } from './refusal';
import { objectTarget } from './target';

/** Plan, preview as a diff of what the server answers now, confirmation of that very plan, apply, result. */
export async function pushObject(context: CommandContext, argument: unknown): Promise<void> {
  const target = await objectTarget(context, argument, 'Push Object');
  if (!target || !(await isWritable(context, target.environment))) return;
  const found = new Lookup(context.engine.current).object(target.object.id);
  if (found) await push(context, found, false);
}

async function push(context: CommandContext, target: Found, force: boolean): Promise<void> {
  const name = clean(describeRef(target.object.ref));
  const planned = await withProgress(`Asking the server what pushing ${name} would change`, signal => context.changes.planPush(target, force, signal));
  if (planned.kind === 'refused') {
    await showRefusal(context, `Push ${name}`, planned.refusal);
    return;
  }
  const { plan } = planned;
  if (plan.step.action === 'none') {
    void vscode.window.showInformationMessage(noLinks(`${name} is already what the manifest says: there is nothing to push.`));
    return;
  }
  await showPreview(context, plan, name);
  if (!isExecutable(plan)) {
    if (await wantsForce(plan, name)) await push(context, target, true);
    return;
  }
  const confirmation = await context.changes.confirm(plan, context.dialog);
  if (!confirmation) return;
  const outcome = await withProgress(`Pushing ${name}`, signal => context.changes.execute(plan, confirmation, signal));
  if (await showOutcome(context, `Push ${name}`, outcome)) vscode.window.setStatusBarMessage(`$(check) Pushed ${noIcons(name)} to ${noIcons(clean(plan.pin.context))}`, 5000);
}

/** Left: live, at the moment of the plan. Right: what the server answered to a dry-run of it. What the server keeps for itself is on neither side. */
async function showPreview({ documents }: CommandContext, plan: PushPlan, name: string): Promise<void> {
  const { live, predicted } = plan.step.preview;
  const file = `${plan.step.ref.kind}-${plan.step.ref.name}.yaml`;
  const before = live ? await documents.object(`live/${file}`, withoutBookkeeping(live)) : documents.text(`live/${file}`, '');
  const after = await documents.object(`after/${file}`, withoutBookkeeping(predicted));
  await vscode.commands.executeCommand('vscode.diff', before, after, `Push ${name} (live in ${clean(plan.pin.context)} ↔ after the push)`, { preview: true });
}

/** Each field that would be taken from another owner is named; saying yes leads to a plan of its own, confirmed by typing. */
async function wantsForce({ step, pin }: PushPlan, name: string): Promise<boolean> {
  const lines = step.conflicts.map(({ field, manager }) => `${clean(field)} belongs to ${clean(manager)}`);
  const answer = await vscode.window.showWarningMessage(
    `${name} in ${clean(pin.context)} has other owners`,
    { modal: true, detail: `${lines.join('\n')}\n\nThe server would refuse the push. Taking these fields over is a decision of its own: the preview is made anew, and the context has to be typed.` },
    'Preview With Takeover',
  );
  return answer !== undefined;
}
