import * as vscode from 'vscode';
import { Lifetime } from '../core/base/lifetime';
import type { Engine } from '../core/drift/ports';
import { Lookup } from '../core/drift/snapshot-lookup';
import { clean, lookOf } from '../core/drift/words';
import { MANIFEST_FILES } from './code-lenses';
import type { JudgedTexts } from './judged-text';
import { marksOf } from './marks';
import type { TreeNode } from './node';
import { SOURCE } from './problems';

/** What the lightbulb offers on our own problems: the same as the row above the manifest, for the keyboard. */
export class CodeActions implements vscode.CodeActionProvider, vscode.Disposable {
  readonly #lifetime = new Lifetime();
  readonly #engine: Engine;
  readonly #texts: JudgedTexts;

  constructor(engine: Engine, texts: JudgedTexts) {
    this.#engine = engine;
    this.#texts = texts;
    this.#lifetime.add(vscode.languages.registerCodeActionsProvider(MANIFEST_FILES, this, { providedCodeActionKinds: [vscode.CodeActionKind.QuickFix] }));
  }

  provideCodeActions(document: vscode.TextDocument, range: vscode.Range, { diagnostics }: vscode.CodeActionContext): vscode.CodeAction[] {
    const ours = diagnostics.filter(({ source, code }) => source === SOURCE && code !== 'manifest');
    const judged = ours.length > 0 ? this.#texts.of(document) : undefined;
    if (!judged) return [];
    const lookup = new Lookup(this.#engine.current);
    const objects = new Map(
      marksOf(judged.file)
        .filter(mark => judged.range(mark.range).intersection(range) !== undefined)
        .map(({ object }) => [object.id, object]),
    );
    return [...objects.values()].flatMap(({ id, ref, verdict }) => {
      const node: TreeNode = { kind: 'object', id };
      const action = (title: string, command: string): vscode.CodeAction => {
        const made = new vscode.CodeAction(title, vscode.CodeActionKind.QuickFix);
        made.command = { command, title, arguments: [node] };
        made.diagnostics = ours;
        return made;
      };
      const name = clean(`${ref.kind} ${ref.name}`, 80);
      return [
        ...(verdict.verdict === 'missing' ? [] : [action(`Compare ${name} with the live object`, 'plumbline.compareObject')]),
        action(`Explain why ${name} is ${lookOf(verdict.verdict).label}`, 'plumbline.explain'),
        ...(lookup.object(id)?.environment.writable === true ? [action(`Push ${name} to the cluster…`, 'plumbline.pushObject')] : []),
      ];
    });
  }

  dispose(): void {
    this.#lifetime.dispose();
  }
}
