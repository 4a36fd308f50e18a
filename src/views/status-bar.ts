import * as vscode from 'vscode';
import type { Clock } from '../core/base/clock';
import { countsText } from '../core/drift/counts-text';
import { Lifetime } from '../core/base/lifetime';
import { noIcons } from '../core/drift/labels';
import { contextOf } from '../core/drift/merged';
import type { Engine } from '../core/drift/ports';
import { countOut } from '../core/drift/snapshot-lookup';
import type { Connection, Environment, Snapshot } from '../core/drift/snapshot';
import type { Trouble } from '../core/drift/trouble';
import { clean } from '../core/drift/words';
import { failureText } from './failure-text';
import { pauseText } from './spans';
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

/** Of which nothing can be said. */
const UNCLEAR = ['undecided', 'unknown'] as const;

interface Face {
  readonly text: string;
  readonly spoken: string;
  readonly warns: boolean;
}

function faceOf({ connection, connections, environments }: Snapshot): Face | undefined {
  if (connections.length > 1) return connection.kind === 'connected' ? connectedFace(`${connections.length} clusters`, environments, connections) : plainFace('$(debug-disconnect)', `${connections.length} clusters: not connected`);
  switch (connection.kind) {
    case 'noFolder':
    case 'noManifests':
    case 'untrusted':
    case 'noKubeconfig':
    case 'disconnected':
      return undefined;
    case 'connecting':
      return plainFace('$(sync~spin)', `${clean(connection.context, 60)}: connecting`);
    case 'failed':
      return plainFace('$(debug-disconnect)', `${connection.context === '' ? 'kubeconfig' : clean(connection.context, 60)}: not connected`);
    case 'connected':
      return connectedFace(clean(connection.pin.context, 60), environments, [connection]);
  }
}

function connectedFace(name: string, environments: readonly Environment[], connections: readonly Connection[]): Face {
  const connected = connections.filter(connection => connection.kind === 'connected');
  const troubles = connected.flatMap(connection => connection.troubles);
  const reading = connected.some(connection => connection.reading !== undefined) || connections.some(({ kind }) => kind === 'connecting');
  const renders = connected.some(connection => connection.reading?.rendering !== undefined) && !connected.some(({ reading: kinds }) => kinds && kinds.done < kinds.of);
  const absent = connections.filter(({ kind }) => kind !== 'connected' && kind !== 'connecting').map(connection => `${clean(contextOf(connection) ?? 'one', 60)} not connected`);
  const out = environments.reduce((sum, { counts }) => sum + countOut(counts), 0);
  const applications = environments.flatMap(environment => environment.applications.map(application => ({ environment, application })));
  const paused = applications.filter(({ application }) => application.pause !== undefined);
  const pending = environments.reduce((sum, { counts }) => sum + (counts.pending ?? 0), 0);
  const unclear = environments.reduce((sum, { counts }) => sum + UNCLEAR.reduce((n, verdict) => n + (counts[verdict] ?? 0), 0), 0);
  const parts = [out > 0 ? `${out} drifted` : '', reading ? (renders ? 'rendering' : 'reading') : '', out === 0 && pending > 0 ? `${pending} pending` : '', out === 0 && !reading && unclear > 0 ? `${unclear} not known` : '', paused.length > 0 ? `${paused.length} paused` : '', troubleWord(troubles), ...absent].filter(part => part !== '');
  const said = `${name}: ${parts.length > 0 ? parts.join(', ') : environments.length > 0 ? 'in sync' : 'connected'}`;
  const current = absent.length === 0 && !troubles.some(({ kind }) => kind !== 'denied');
  const icon = reading ? '$(sync~spin)' : !current ? '$(debug-disconnect)' : paused.length > 0 ? '$(debug-pause)' : out > 0 ? '$(warning)' : pending + unclear > 0 || troubles.length > 0 || environments.length === 0 ? '$(circle-large-outline)' : '$(pass)';
  return { ...plainFace(icon, said), warns: paused.some(({ environment }) => environment.production) };
}

function troubleWord(troubles: readonly Trouble[]): string {
  if (troubles.some(({ kind }) => kind === 'lost')) return 'connection lost';
  if (troubles.some(({ kind }) => kind === 'failing')) return 'not current';
  return troubles.length > 0 ? 'not all may be read' : '';
}

const plainFace = (icon: string, said: string): Face => ({ text: `${icon} ${noIcons(said)}`, spoken: `GitOps drift: ${said}`, warns: false });

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
