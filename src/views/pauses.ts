import * as vscode from 'vscode';
import type { Clock } from '../core/base/clock';
import { Lifetime } from '../core/base/lifetime';
import type { Engine } from '../core/drift/ports';
import type { ApplicationState, Connection, Environment } from '../core/drift/snapshot';
import { hasSwitch } from '../core/drift/snapshot-lookup';
import { clean } from '../core/drift/words';
import { describeRef } from '../core/kube/identity';
import type { Pause } from '../core/gitops/application';
import { failureText } from './failure-text';
import { everyMinute } from './minutes';
import type { TreeNode } from './node';
import { Paced } from './paced';
import { pauseText } from './spans';
import { colorOf } from './tones';

/** At most five refreshes a second. */
const REFRESH_GAP = 200;

interface Paused {
  readonly environment: Environment;
  readonly application: ApplicationState;
  readonly pause: Pause;
}

/** Every paused application, whoever paused it, the longest pause first. */
export class PausesView implements vscode.TreeDataProvider<TreeNode>, vscode.Disposable {
  readonly #lifetime = new Lifetime();
  readonly #changed = this.#lifetime.add(new vscode.EventEmitter<undefined>());
  readonly onDidChangeTreeData = this.#changed.event;
  readonly #engine: Engine;
  readonly #clock: Clock;
  readonly #view: vscode.TreeView<TreeNode>;
  #shown = '';

  constructor(engine: Engine, clock: Clock) {
    this.#engine = engine;
    this.#clock = clock;
    this.#view = this.#lifetime.add(vscode.window.createTreeView('plumbline.pauses', { treeDataProvider: this }));
    const paced = this.#lifetime.add(new Paced(clock, REFRESH_GAP, () => this.#show()));
    this.#lifetime.add(engine.onSnapshot(() => paced.request()));
    this.#lifetime.add(
      everyMinute(clock, () => {
        if (this.#shown !== '') this.#changed.fire(undefined);
      }),
    );
  }

  getChildren(node?: TreeNode): TreeNode[] {
    return node ? [] : this.#paused().map(({ application }): TreeNode => ({ kind: 'application', id: application.id }));
  }

  getTreeItem(node: TreeNode): vscode.TreeItem {
    const found = this.#paused().find(({ application }) => application.id === node.id);
    if (!found) return new vscode.TreeItem('');
    const { environment, application, pause } = found;
    const own = application.application?.ref.name ?? '';
    const name = clean(this.#engine.current.connections.length > 1 ? `${environment.context}/${own}` : own);
    const item = new vscode.TreeItem(name);
    item.id = `pause:${node.id}`;
    item.description = `${pauseText(pause, this.#clock.now()).replace(/^paused ?/, '')}${pause.reason === undefined ? '' : ` · ${clean(pause.reason, 80)}`}`;
    item.iconPath = new vscode.ThemeIcon('debug-pause', colorOf(environment.production ? 'red' : 'orange'));
    item.contextValue = `application paused${environment.writable && hasSwitch(application) ? ' writable' : ''}`;
    item.tooltip = tooltip(found);
    item.accessibilityInformation = { label: `${name} ${pauseText(pause, this.#clock.now())}, ${pause.reason === undefined ? 'no reason recorded' : clean(pause.reason)}` };
    return item;
  }

  dispose(): void {
    this.#lifetime.dispose();
  }

  #paused(): Paused[] {
    return this.#engine.current.environments
      .flatMap(environment => environment.applications.flatMap(application => (application.pause ? [{ environment, application, pause: application.pause }] : [])))
      .sort((a, b) => (a.pause.since ?? 0) - (b.pause.since ?? 0));
  }

  #show(): void {
    const message = this.#engine.current.connections.map((connection, _, { length }) => notKnown(connection, length > 1, this.#clock.now())).filter(text => text !== '').join('\n');
    if (this.#view.message !== message) this.#view.message = message;
    const paused = this.#paused();
    const several = this.#engine.current.connections.length > 1;
    const shown = paused.length === 0 ? '' : JSON.stringify([several, paused.map(({ environment, application, pause }) => [environment.id, environment.writable, application.id, pause])]);
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.#view.description = paused.length === 0 ? '' : String(paused.length);
    this.#changed.fire(undefined);
  }
}

/** Why there may be pauses that are not listed. Of a cluster that is the only one the Environments view says it, and the text of this one. */
function notKnown(connection: Connection, several: boolean, now: number): string {
  if (connection.kind === 'failed') return several ? `Not known for ${failureText(connection, now)}` : '';
  if (connection.kind !== 'connected' || connection.doubt === undefined) return '';
  // The server's own words stand in the Environments view.
  const [what = ''] = connection.doubt.split(': ');
  return `There may be pauses that are not shown: ${clean(what, 200)}.`;
}

function tooltip({ environment, application, pause }: Paused): vscode.MarkdownString {
  const text = new vscode.MarkdownString();
  const lines = [
    application.application ? describeRef(application.application.ref) : '',
    `${environment.context}/${environment.namespace}`,
    `Reason: ${pause.reason ?? 'not recorded'}`,
    `By: ${pause.by ?? 'not recorded'}`,
    pause.since === undefined ? '' : `Since: ${new Date(pause.since).toLocaleString()}`,
    pause.manager === undefined ? '' : `Field manager: ${pause.manager}`,
  ];
  for (const line of lines.filter(line => line !== '')) text.appendText(clean(line, 300)).appendMarkdown('\n\n');
  return text;
}
