import * as vscode from 'vscode';
import type { Clock } from '../core/base/clock';
import type { Event } from '../core/base/event';
import { Lifetime } from '../core/base/lifetime';
import type { JournalEntry } from '../core/change/journal';
import { clean, timeText } from '../core/drift/words';
import { describeRef } from '../core/kube/identity';

/** The journal, as far as the view reads it. */
export interface ActivitySource {
  /** Newest first. */
  entries(): readonly JournalEntry[];
  readonly onChange: Event<unknown>;
}

type State = JournalEntry['result']['kind'];

const ICONS: Readonly<Record<State, vscode.ThemeIcon>> = {
  running: new vscode.ThemeIcon('sync'),
  done: new vscode.ThemeIcon('pass', new vscode.ThemeColor('plumbline.inSyncForeground')),
  refused: new vscode.ThemeIcon('circle-slash', new vscode.ThemeColor('plumbline.unknownForeground')),
  unknown: new vscode.ThemeIcon('question', new vscode.ThemeColor('plumbline.conflictForeground')),
};

const VERBS: Readonly<Record<JournalEntry['action'], string>> = { push: 'Push', pause: 'Pause', resume: 'Resume' };

/** What Plumbline did, newest first. */
export class ActivityView implements vscode.TreeDataProvider<JournalEntry>, vscode.Disposable {
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

  getChildren(entry?: JournalEntry): JournalEntry[] {
    return entry ? [] : [...this.#source.entries()];
  }

  getTreeItem(entry: JournalEntry): vscode.TreeItem {
    const title = clean(`${VERBS[entry.action]} ${describeRef(entry.ref)}`);
    const time = timeText(new Date(entry.at).toISOString(), this.#clock.now()) ?? '';
    const what = `${clean(entry.context)} · ${resultText(entry)}`;
    const item = new vscode.TreeItem(title);
    item.id = entry.id;
    item.description = `${time} · ${what}`;
    item.iconPath = ICONS[entry.result.kind];
    item.tooltip = tooltip(entry, title);
    item.accessibilityInformation = { label: `${title}, ${what}, ${time}` };
    return item;
  }

  dispose(): void {
    this.#lifetime.dispose();
  }
}

function resultText({ result }: JournalEntry): string {
  switch (result.kind) {
    case 'running':
      return 'running';
    case 'done':
      return 'done';
    case 'refused':
      return `refused: ${clean(result.message, 300)}`;
    case 'unknown':
      return `result unknown: ${clean(result.message, 300)}`;
  }
}

/** Fields named in a tooltip; more are counted. */
const MAX_FIELDS = 12;

function tooltip(entry: JournalEntry, title: string): vscode.MarkdownString {
  const { fields } = entry;
  const lines = [
    title,
    new Date(entry.at).toLocaleString(),
    `${entry.context} · field manager ${entry.manager}${entry.force ? ', taking fields over' : ''}`,
    entry.reason === undefined ? '' : `Reason: ${entry.reason}`,
    entry.by === undefined ? '' : `By: ${entry.by}`,
    fields.length === 0 ? '' : `${fields.slice(0, MAX_FIELDS).join(', ')}${fields.length > MAX_FIELDS ? ` and ${fields.length - MAX_FIELDS} more` : ''}`,
    resultText(entry),
  ];
  const text = new vscode.MarkdownString();
  for (const line of lines.filter(line => line !== '')) text.appendText(clean(line, 500)).appendMarkdown('\n\n');
  return text;
}
