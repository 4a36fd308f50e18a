import * as vscode from 'vscode';
import { noLinks } from '../core/drift/labels';
import { Lookup, openFields } from '../core/drift/snapshot-lookup';
import { clean, verdictTitle } from '../core/drift/words';
import { describeRef } from '../core/kube/identity';
import type { CommandContext } from './context';
import { revealManifest } from './navigate';
import { withProgress } from './progress';
import { applicationTarget, objectTarget } from './target';
import { mayVerify } from './verify-consent';

/** What became of one question, for a person. `good`: the server would take the apply. */
interface Told {
  readonly good: boolean;
  /** Without the object's name and without a full stop. */
  readonly text: string;
}

/** Asks the API server what an apply of this one object would do. What it says is in the next snapshot, at its line; the answer in short is told at once. */
export async function verifyObject(context: CommandContext, argument: unknown): Promise<void> {
  const target = await objectTarget(context, argument, 'Verify with the API Server');
  if (!target) return;
  const { id, ref } = target.object;
  const name = clean(describeRef(ref));
  if (!(await verify(context, target.environment.context, [id], name))) return;
  const { good, text } = toldOf(context, id);
  const message = noLinks(`${name}: ${text}.`);
  if (good) {
    void vscode.window.showInformationMessage(message);
    return;
  }
  const actions = target.object.manifest ? ['Reveal Manifest', 'Explain'] : ['Explain'];
  const answer = await vscode.window.showWarningMessage(message, ...actions);
  const node = { kind: 'object', id } as const;
  if (answer === 'Reveal Manifest') await revealManifest(context, firstOpenField(context, id) ?? node);
  if (answer === 'Explain') await vscode.commands.executeCommand('plumbline.explain', node);
}

/** The same for every object of an application of which something is open. */
export async function verifyApplication(context: CommandContext, argument: unknown): Promise<void> {
  const target = await applicationTarget(context, argument, 'Verify with the API Server', ({ application }) => application.objects.length > 0);
  if (!target) return;
  const { application } = target;
  const name = clean(application.application ? describeRef(application.application.ref) : application.folder);
  const open = application.objects.filter(({ verdict }) => verdict.verdict === 'undecided' || verdict.fields.some(field => !field.certain || field.afterResume === 'unknown'));
  if (open.length === 0) {
    void vscode.window.showInformationMessage(noLinks(`${name}: nothing is undecided here, so there is nothing to ask the API server. A single object can be verified in any case.`));
    return;
  }
  const ids = open.map(({ id }) => id);
  if (!(await verify(context, target.environment.context, ids, ids.length === 1 ? `1 object of ${name}` : `${ids.length} objects of ${name}`))) return;
  const told = ids.map(id => toldOf(context, id));
  const bad = told.filter(({ good }) => !good);
  const message = noLinks(`${name}: ${told.length - bad.length} of ${told.length} verified${bad[0] === undefined ? '' : `; the others: ${[...new Set(bad.map(({ text }) => text))].slice(0, 3).join('; ')}`}.`);
  if (bad.length === 0) void vscode.window.showInformationMessage(message);
  else void vscode.window.showWarningMessage(message);
}

/** False when the person said no, or stopped it, which needs no words. */
async function verify(context: CommandContext, cluster: string, ids: readonly string[], what: string): Promise<boolean> {
  if (!(await mayVerify(context, cluster, what))) return false;
  return withProgress(`Asking the API server about ${what}`, async signal => {
    try {
      await context.engine.verify(ids, signal);
      return true;
    } catch (error) {
      if (signal.aborted) return false;
      throw error;
    }
  });
}

function toldOf({ engine }: CommandContext, id: string): Told {
  const verdict = new Lookup(engine.current).object(id)?.object.verdict;
  if (!verdict) return { good: false, text: 'it is no longer in the list' };
  const answer = engine.input(id)?.dryRun;
  switch (answer?.kind) {
    case 'answered':
      if (answer.conflicts.length > 0) return { good: false, text: `the API server would refuse it, because others own what it would change: ${clean(answer.conflicts.map(({ message }) => message).join('; '), 300)}` };
      return { good: true, text: `verified with the API server: ${verdictTitle(verdict)}${answer.warnings.length === 0 ? '' : `. It warns: ${clean(answer.warnings.join('; '), 300)}`}` };
    case 'refused':
      return { good: false, text: `the API server would refuse it: ${clean(answer.message, 400)}` };
    case 'unsupported':
      return { good: false, text: `not verified, because a webhook does not support dry-run: ${clean(answer.message, 300)}` };
    case 'dependency':
      return { good: false, text: `not verified, because something it needs is not there: ${clean(answer.message, 300)}` };
    case 'forbidden':
      return { good: false, text: 'not verified, because a dry-run needs the permission to patch, which this context does not have. What is shown is a local comparison' };
    case 'notAsked':
      return { good: false, text: `not verified: ${clean(answer.reason, 300)}` };
    case undefined:
      return { good: false, text: 'not verified: it changed while the API server was asked' };
  }
}

/** Where the refusal is shown: the first field that it is about. */
function firstOpenField({ engine }: CommandContext, id: string): { readonly kind: 'field'; readonly id: string; readonly field: number } | undefined {
  const object = new Lookup(engine.current).object(id)?.object;
  const field = object ? openFields(object).findIndex(({ verdict }) => verdict === 'invalid' || verdict === 'blocked') : -1;
  return field < 0 ? undefined : { kind: 'field', id, field };
}
