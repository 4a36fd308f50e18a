import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as vscode from 'vscode';
import type { ObjectState } from '../../src/core/drift/snapshot';
import type { TestApi } from '../../src/extension';
import { facts } from '../vscode/facts';

const run = promisify(execFile);

/** What the extension gives to tests; starts it where nothing has. */
export async function plumbline(): Promise<TestApi> {
  const extension = vscode.extensions.getExtension<TestApi | undefined>('plumbline.plumbline');
  const api = await extension?.activate();
  assert.ok(api, 'the extension gives no test API');
  return api;
}

/** Looks again until `look` gives something; fails with what `otherwise` says. Milliseconds. */
export async function until<T>(what: string, look: () => T | undefined | false | Promise<T | undefined | false>, limit = 20_000, otherwise: () => string = () => ''): Promise<T> {
  const end = Date.now() + limit;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > end) throw new Error(`${what}: not within ${limit} ms. ${otherwise()}`);
    await new Promise(resolve => setTimeout(resolve, 25));
  }
}

/** The real kubectl, against the bench cluster. */
export async function kubectl(...args: readonly string[]): Promise<string> {
  const { kubeconfig } = facts();
  assert.ok(kubeconfig, 'this launch has no cluster');
  return (await run('kubectl', [...args], { env: { ...process.env, KUBECONFIG: kubeconfig } })).stdout;
}

export function pathOf(file: string): string {
  const { folder } = facts();
  assert.ok(folder, 'this launch has no folder');
  return join(folder, file);
}

export async function open(file: string): Promise<vscode.TextDocument> {
  const document = await vscode.workspace.openTextDocument(pathOf(file));
  await vscode.window.showTextDocument(document, { preview: false });
  return document;
}

/** `Kind name` of an object in a file. */
export function objectIn({ engine }: TestApi, file: string, name: string): ObjectState | undefined {
  return engine.current.files.get(pathOf(file))?.objects.find(({ ref }) => `${ref.kind} ${ref.name}` === name);
}

export const problemsIn = (file: string): vscode.Diagnostic[] => vscode.languages.getDiagnostics(vscode.Uri.file(pathOf(file))).filter(({ source }) => source === 'Plumbline');

export async function lensesIn(file: string): Promise<string[]> {
  const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>('vscode.executeCodeLensProvider', vscode.Uri.file(pathOf(file)), 100);
  return lenses.map(({ command }) => command?.title.replace(/^\$\([\w-]+\)\s*/, '') ?? '');
}

export async function hoverAt(file: string, position: vscode.Position): Promise<vscode.MarkdownString[]> {
  const hovers = await vscode.commands.executeCommand<vscode.Hover[]>('vscode.executeHoverProvider', vscode.Uri.file(pathOf(file)), position);
  return hovers.flatMap(({ contents }) => contents.filter(content => content instanceof vscode.MarkdownString));
}

/** A measurement. Printed, and not asserted: the machine decides how long things take. */
export const print = (what: string, ms: number, limit: number): void => console.log(`      ${what}: ${ms.toFixed(1)} ms (limit ${limit} ms)`);
