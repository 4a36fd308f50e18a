import { basename } from 'node:path';
import * as vscode from 'vscode';
import { noLinks } from '../core/drift/labels';
import type { ObjectState } from '../core/drift/snapshot';
import { clean } from '../core/drift/words';
import { describeRef } from '../core/kube/identity';
import type { CommandContext } from './context';
import { applicationTarget, fileTarget, objectTarget } from './target';

/**
 * The live projection on the left, the user's own file, editable, on the right. A file of a kustomization or a chart says
 * itself little about what is live: in its place stands what is rendered with it, object by object.
 */
export async function compareFile(context: CommandContext, argument: unknown): Promise<void> {
  const file = fileTarget(argument);
  const state = file === undefined ? undefined : context.engine.current.files.get(file);
  const objects = [...new Set([...(state?.objects ?? []), ...(state?.placed ?? []).map(({ object }) => object)])];
  if (file === undefined || objects.length === 0) {
    void vscode.window.showInformationMessage('There is no manifest in this file.');
    return;
  }
  const rendered = objects.filter(({ manifest }) => manifest?.rendered);
  const different = rendered.filter(differs);
  if (rendered.length === 0) {
    await vscode.commands.executeCommand('vscode.diff', context.documents.liveFile(file), vscode.Uri.file(file), `${basename(file)} (live ↔ file)`);
    return;
  }
  const sides = [...(rendered.length < objects.length ? [fileSides(context, file)] : []), ...different.map(object => renderedSides(context, object))];
  const [only] = different;
  if (sides.length === 0) void vscode.window.showInformationMessage(noLinks(`${basename(file)}: nothing that is rendered with it differs from the cluster.`));
  else if (only && sides.length === 1) await compareObject(context, { kind: 'object', id: only.id });
  else await vscode.commands.executeCommand('vscode.changes', `${basename(file)} (live ↔ rendered)`, sides);
}

/** What a row of the editor for several files is called after, its left side and its right side. */
type Sides = readonly [vscode.Uri, vscode.Uri, vscode.Uri];

const fileSides = ({ documents }: CommandContext, file: string): Sides => [vscode.Uri.file(file), documents.liveFile(file), vscode.Uri.file(file)];
const renderedSides = ({ documents }: CommandContext, object: ObjectState): Sides => [documents.rendered(object), documents.renderedLive(object), documents.rendered(object)];

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
    ...[...files].map(file => fileSides(context, file)),
    ...rendered.map(object => renderedSides(context, object)),
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
