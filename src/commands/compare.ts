import { basename } from 'node:path';
import * as vscode from 'vscode';
import { noLinks } from '../core/drift/labels';
import type { ObjectState } from '../core/drift/snapshot';
import { clean } from '../core/drift/words';
import { describeRef } from '../core/kube/identity';
import type { CommandContext } from './context';
import { applicationTarget, fileTarget, objectTarget } from './target';

/** The live projection on the left, the user's own file, editable, on the right. */
export async function compareFile(context: CommandContext, argument: unknown): Promise<void> {
  const file = fileTarget(argument);
  if (file === undefined || (context.engine.current.files.get(file)?.objects.length ?? 0) === 0) {
    void vscode.window.showInformationMessage('There is no manifest in this file.');
    return;
  }
  await vscode.commands.executeCommand('vscode.diff', context.documents.liveFile(file), vscode.Uri.file(file), `${basename(file)} (live ↔ file)`);
}

export async function compareObject(context: CommandContext, argument: unknown): Promise<void> {
  const target = await objectTarget(context, argument, 'Compare with Live Object');
  if (!target) return;
  const { object, environment } = target;
  const { manifest } = object;
  if (!manifest) {
    await openLive(context, object);
    return;
  }
  if (manifest.rendered) {
    await vscode.commands.executeCommand('vscode.diff', context.documents.renderedLive(object), context.documents.rendered(object), `${clean(describeRef(object.ref))} (live in ${clean(environment.context)} ↔ rendered)`);
    return;
  }
  const file = vscode.Uri.file(manifest.file);
  const document = await vscode.workspace.openTextDocument(file);
  const selection = context.places.rangeOf(document, object, target.field);
  const title = `${clean(describeRef(object.ref))} (live in ${clean(environment.context)} ↔ file)`;
  await vscode.commands.executeCommand('vscode.diff', context.documents.liveObject(object), file, title, selection ? { selection } : {});
}

/** Every file of the application that says something else than the cluster, in one editor. */
export async function compareApplication(context: CommandContext, argument: unknown): Promise<void> {
  const target = await applicationTarget(context, argument, 'Compare Whole Application', () => true);
  if (!target) return;
  const { application, environment } = target;
  const different = application.objects.filter(differs);
  const files = new Set(different.flatMap(({ manifest }) => (manifest && !manifest.rendered ? manifest.file : [])));
  const rendered = different.filter(({ manifest }) => manifest?.rendered);
  const name = clean(application.application?.ref.name ?? basename(application.folder));
  if (files.size + rendered.length === 0) {
    void vscode.window.showInformationMessage(noLinks(`${name}: no file says anything else than the cluster.`));
    return;
  }
  const sides = [
    ...[...files].map(file => [vscode.Uri.file(file), context.documents.liveFile(file), vscode.Uri.file(file)]),
    ...rendered.map(object => [context.documents.rendered(object), context.documents.renderedLive(object), context.documents.rendered(object)]),
  ];
  await vscode.commands.executeCommand('vscode.changes', `${name} (live in ${clean(environment.context)} ↔ files)`, sides);
}

const SAME: ReadonlySet<string> = new Set(['in-sync', 'equivalent', 'skipped', 'unknown']);

const differs = ({ verdict }: ObjectState): boolean => !SAME.has(verdict.verdict);

export async function showLive(context: CommandContext, argument: unknown): Promise<void> {
  const target = await objectTarget(context, argument, 'Show Live Object');
  if (target) await openLive(context, target.object);
}

async function openLive(context: CommandContext, object: ObjectState): Promise<void> {
  await open(context.documents.raw(object));
}

export async function explain(context: CommandContext, argument: unknown): Promise<void> {
  const target = await objectTarget(context, argument, 'Explain This Verdict');
  if (target) await open(context.documents.explanation(target.object));
}

async function open(uri: vscode.Uri): Promise<void> {
  await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri), { preview: true });
}
