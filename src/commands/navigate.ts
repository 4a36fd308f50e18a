import * as vscode from 'vscode';
import { openFields } from '../core/drift/snapshot-lookup';
import type { ObjectState } from '../core/drift/snapshot';
import { pathText } from '../core/drift/words';
import type { CommandContext } from './context';
import { objectTarget, pick } from './target';

/** Opens the file where the object, or the field, is written, and selects the place. */
export async function revealManifest(context: CommandContext, argument: unknown): Promise<void> {
  const target = await objectTarget(context, argument, 'Reveal Manifest');
  if (target) await reveal(context, target);
}

/** Opens the file that sets a value which differs: of what the argument names, else of what the cursor's line is about. */
export async function goToSetter(context: CommandContext, argument: unknown): Promise<void> {
  const target = typeof argument === 'string' ? await objectTarget(context, argument, SETTER) : await fieldAtCursor(context);
  if (target) await reveal(context, target);
}

const SETTER = 'Go to What Sets This';

async function fieldAtCursor(context: CommandContext): Promise<Shown | undefined> {
  const editor = vscode.window.activeTextEditor;
  const fields = editor ? context.places.fieldsAt(editor.document, editor.selection.active) : [];
  const [only] = fields;
  if (!only) {
    void vscode.window.setStatusBarMessage('Nothing differs on this line', 3000);
    return undefined;
  }
  if (fields.length === 1) return only;
  return pick(fields, { title: SETTER, what: 'The value that differs' }, ({ object, field }) => {
    const one = openFields(object)[field];
    return { label: one ? pathText(one.path) : '', description: context.places.fileOf(object, field) ?? '' };
  });
}

interface Shown {
  readonly object: ObjectState;
  readonly field: number | undefined;
}

async function reveal(context: CommandContext, { object, field }: Shown): Promise<void> {
  const file = context.places.fileOf(object, field);
  if (file === undefined) {
    void vscode.window.showInformationMessage('This object has no manifest in the open folder.');
    return;
  }
  const document = await vscode.workspace.openTextDocument(vscode.Uri.file(file));
  const selection = context.places.rangeOf(document, object, field);
  await vscode.window.showTextDocument(document, { preview: true, ...(selection ? { selection: new vscode.Range(selection.start, selection.start) } : {}) });
}

/** Moves the cursor to the next place that is out of plumb, from the last to the first again. */
export function goToDrift(context: CommandContext, direction: 1 | -1): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  const stops = editor ? context.places.stops(editor.document) : [];
  if (!editor || stops.length === 0) {
    void vscode.window.setStatusBarMessage('No drift in this file', 3000);
    return Promise.resolve();
  }
  const here = editor.selection.active.line;
  const ordered = direction === 1 ? stops : [...stops].reverse();
  const next = ordered.find(({ start }) => (direction === 1 ? start.line > here : start.line < here)) ?? ordered[0];
  if (next) {
    editor.selection = new vscode.Selection(next.start, next.start);
    editor.revealRange(next, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
  }
  return Promise.resolve();
}
