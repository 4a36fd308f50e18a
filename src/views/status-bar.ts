import * as vscode from 'vscode';
import type { Clock } from '../core/base/clock';
import { countsText } from '../core/drift/counts-text';
import { Lifetime } from '../core/base/lifetime';
import type { Engine } from '../core/drift/ports';
import type { Environment, Snapshot } from '../core/drift/snapshot';
import { clean } from '../core/drift/words';
import { failureText } from './failure-text';
import { pauseText } from './spans';
import { faceOf } from './status-face';
import { troubleText } from './trouble-text';

/** One item: how many objects are out of plumb, and what is paused. Its background warns only while production is paused. */
export class StatusBar implements vscode.Disposable {
  readonly #lifetime = new Lifetime();
  readonly #item = this.#lifetime.add(vscode.window.createStatusBarItem('plumbline.status', vscode.StatusBarAlignment.Left, 20));
  readonly #engine: Engine;
  readonly #clock: Clock;

  constructor(engine: Engine, clock: Clock) {
    this.#engine = engine;
    this.#clock = clock;
    this.#item.name = 'GitOps drift';
    this.#item.command = 'plumbline.environments.focus';
    this.#lifetime.add(engine.onSnapshot(() => this.#show()));
    this.#show();
  }

  /** For tests: what a person reads, and whether it warns. */
  print(): string {
    return `${this.#item.text}${this.#item.backgroundColor ? ' [warning]' : ''}`;
  }

  dispose(): void {
    this.#lifetime.dispose();
  }

  #show(): void {
    const face = faceOf(this.#engine.current);
    if (!face) {
      this.#item.hide();
      return;
    }
    this.#item.text = face.text;
    this.#item.accessibilityInformation = { label: face.spoken };
    this.#item.backgroundColor = face.warns ? new vscode.ThemeColor('statusBarItem.warningBackground') : undefined;
    this.#item.tooltip = tooltip(this.#engine.current, this.#clock.now());
    this.#item.show();
  }
}

/** Links that a status bar's tooltip may run; they only read. */
const LINKS = '[Retry](command:plumbline.retry) · [Open Log](command:plumbline.openLog)';

function tooltip({ connections, environments }: Snapshot, now: number): vscode.MarkdownString {
  const text = new vscode.MarkdownString();
  text.isTrusted = { enabledCommands: ['plumbline.retry', 'plumbline.openLog'] };
  let troubled = false;
  for (const connection of connections) {
    if (text.value !== '') text.appendMarkdown('\n\n---\n\n');
    if (connection.kind === 'failed') text.appendText(failureText(connection, now));
    if (connection.kind === 'connecting') text.appendText(`${clean(connection.context)}: connecting`);
    troubled ||= connection.kind === 'failed' || (connection.kind === 'connected' && connection.troubles.length > 0);
    if (connection.kind !== 'connected') continue;
    const { context, server } = connection.pin;
    text.appendMarkdown('**').appendText(clean(context)).appendMarkdown('** ').appendText(`${clean(server)} · Kubernetes ${clean(connection.version)}`);
    if (connection.troubles.length > 0) text.appendMarkdown('\n\n').appendText(troubleText(connection.troubles, now));
    for (const environment of environments.filter(one => one.context === context)) appendEnvironment(text, environment, now);
  }
  if (troubled) text.appendMarkdown(`\n\n${LINKS}`);
  return text;
}

function appendEnvironment(text: vscode.MarkdownString, { namespace, counts, applications }: Environment, now: number): void {
  text.appendMarkdown('\n\n').appendText(`${clean(namespace)}: ${countsText(counts)}`);
  for (const { application, pause } of applications) {
    if (pause) text.appendMarkdown('  \n').appendText(`${clean(application?.ref.name ?? '')} ${pauseText(pause, now)}${pause.reason === undefined ? '' : `: ${clean(pause.reason)}`}`);
  }
}
