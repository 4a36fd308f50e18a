import * as vscode from 'vscode';
import type { Choice, ChoiceDialog, ConfirmDialog, Question } from '../core/change/confirmation';
import { clean } from '../core/drift/words';

/** Characters of one line of a question. */
const MAX_LINE = 300;

/**
 * Asks in a modal dialog, which no command of another extension can answer. Where a name must be typed, it is asked for
 * first and the modal comes last: typing alone could be driven by other code, the modal cannot.
 */
export class ModalConfirmDialog implements ConfirmDialog, ChoiceDialog {
  async ask(question: Question, signal?: AbortSignal): Promise<boolean> {
    if (question.typed !== undefined && !(await type(question.title, question.typed))) return false;
    if (signal?.aborted) return false;
    const answer = await this.choose({ ...question, actions: [question.action] });
    return answer === question.action && signal?.aborted !== true;
  }

  async choose({ title, lines, actions }: Choice): Promise<string | undefined> {
    const answer = await vscode.window.showWarningMessage(
      clean(title, MAX_LINE),
      { modal: true, detail: lines.map(line => clean(line, MAX_LINE)).join('\n') },
      ...actions.map(action => ({ title: action })),
    );
    return answer?.title;
  }
}

async function type(title: string, expected: string): Promise<boolean> {
  const typed = await vscode.window.showInputBox({
    title: clean(title, MAX_LINE),
    prompt: `Type ${clean(expected)} to go on`,
    placeHolder: clean(expected),
    ignoreFocusOut: true,
    validateInput: text => (text === expected ? undefined : `This does not say ${clean(expected)}`),
  });
  return typed === expected;
}
