import * as vscode from 'vscode';
import type { Clock } from '../core/base/clock';
import type { Event } from '../core/base/event';
import { Lifetime } from '../core/base/lifetime';
import { clean, timeText } from '../core/drift/words';

/** One thing that Plumbline did, as the journal has it. */
export interface ActivityEntry {
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** "Push Deployment shop/web". */
  readonly title: string;
  /** "to prod · done". */
  readonly detail: string;
  readonly state: 'running' | 'done' | 'refused' | 'unknown';
}

export interface ActivitySource {
  /** Newest first. */
  entries(): readonly ActivityEntry[];
  readonly onChange: Event<unknown>;
}

const ICONS: Readonly<Record<ActivityEntry['state'], vscode.ThemeIcon>> = {
  running: new vscode.ThemeIcon('sync'),
  done: new vscode.ThemeIcon('pass', new vscode.ThemeColor('plumbline.inSyncForeground')),
  refused: new vscode.ThemeIcon('circle-slash', new vscode.ThemeColor('plumbline.unknownForeground')),
  unknown: new vscode.ThemeIcon('question', new vscode.ThemeColor('plumbline.conflictForeground')),
};

/** What Plumbline did, newest first. */
export class ActivityView implements vscode.TreeDataProvider<ActivityEntry>, vscode.Disposable {
  readonly #lifetime = new Lifetime();
  readonly #changed = this.#lifetime.add(new vscode.EventEmitter<undefined>());
  readonly onDidChangeTreeData = this.#changed.event;
  readonly #source: ActivitySource;
  readonly #clock: Clock;

  constructor(source: ActivitySource, clock: Clock) {
    this.#source = source;
    this.#clock = clock;
    this.#lifetime.add(vscode.window.createTreeView('plumbline.activity', { treeDataProvider: this }));
    this.#lifetime.add(source.onChange(() => this.#changed.fire(undefined)));
  }

  getChildren(entry?: ActivityEntry): ActivityEntry[] {
    return entry ? [] : [...this.#source.entries()];
  }

  getTreeItem(entry: ActivityEntry): vscode.TreeItem {
    const item = new vscode.TreeItem(clean(entry.title));
    const time = timeText(new Date(entry.at).toISOString(), this.#clock.now()) ?? '';
    item.id = entry.id;
    item.description = `${time} · ${clean(entry.detail)}`;
    item.iconPath = ICONS[entry.state];
    item.tooltip = new vscode.MarkdownString().appendText(`${clean(entry.title)}\n${clean(entry.detail, 500)}\n${new Date(entry.at).toLocaleString()}`);
    item.accessibilityInformation = { label: `${clean(entry.title)}, ${clean(entry.detail)}, ${time}` };
    return item;
  }

  dispose(): void {
    this.#lifetime.dispose();
  }
}
