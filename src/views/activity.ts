import * as vscode from 'vscode';
import type { Clock } from '../core/base/clock';
import type { Event } from '../core/base/event';
import { Lifetime } from '../core/base/lifetime';
import type { Activity } from '../core/change/activity';
import { clean, timeText } from '../core/drift/words';

/** The journal in words. */
export interface ActivitySource {
  /** Newest first. */
  entries(): readonly Activity[];
  readonly onChange: Event<unknown>;
}

const ICONS: Readonly<Record<Activity['state'], vscode.ThemeIcon>> = {
  running: new vscode.ThemeIcon('sync'),
  done: new vscode.ThemeIcon('pass', new vscode.ThemeColor('plumbline.inSyncForeground')),
  refused: new vscode.ThemeIcon('circle-slash', new vscode.ThemeColor('plumbline.unknownForeground')),
  unknown: new vscode.ThemeIcon('question', new vscode.ThemeColor('plumbline.conflictForeground')),
};

/** What Plumbline did, newest first. */
export class ActivityView implements vscode.TreeDataProvider<Activity>, vscode.Disposable {
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

  getChildren(entry?: Activity): Activity[] {
    return entry ? [] : [...this.#source.entries()];
  }

  getTreeItem(entry: Activity): vscode.TreeItem {
    const title = clean(entry.title);
    const detail = clean(entry.detail, 300);
    const time = timeText(new Date(entry.at).toISOString(), this.#clock.now()) ?? '';
    const item = new vscode.TreeItem(title);
    item.id = entry.id;
    item.description = `${time} · ${detail}`;
    item.iconPath = ICONS[entry.state];
    item.tooltip = new vscode.MarkdownString().appendText(title).appendMarkdown('\n\n').appendText(new Date(entry.at).toLocaleString()).appendMarkdown('\n\n').appendText(detail);
    item.accessibilityInformation = { label: `${title}, ${detail}, ${time}` };
    return item;
  }

  dispose(): void {
    this.#lifetime.dispose();
  }
}
