import * as vscode from 'vscode';
import type { Clock } from '../core/base/clock';
import { Lifetime } from '../core/base/lifetime';
import { Lookup, countOut } from '../core/drift/snapshot-lookup';
import type { Engine } from '../core/drift/ports';
import type { Connection, Progress, Snapshot } from '../core/drift/snapshot';
import { clean } from '../core/drift/words';
import type { ContextKeys } from './context-keys';
import { shortName } from '../core/drift/labels';
import { contextOf } from '../core/drift/merged';
import { failureText } from './failure-text';
import { everyMinute } from './minutes';
import type { TreeNode } from './node';
import { Paced } from './paced';
import { fileRows, type FileRow } from './file-rows';
import type { Click, Row } from './rows';
import { isFailing, type Failing } from './cluster-rows';
import { Tree } from './tree';
import { colorOf, ICONS } from './tones';
import { tooltipOf } from './tooltips';

/** At most five refreshes a second. */
const REFRESH_GAP = 200;

/** The Environments view: environment, application, object, field. Looks rows up; whatever it shows is in the snapshot. */
export class EnvironmentsView implements vscode.TreeDataProvider<TreeNode>, vscode.Disposable {
  readonly #lifetime = new Lifetime();
  readonly #changed = this.#lifetime.add(new vscode.EventEmitter<TreeNode[] | undefined>());
  readonly onDidChangeTreeData = this.#changed.event;
  readonly #engine: Engine;
  readonly #clock: Clock;
  readonly #keys: ContextKeys;
  readonly #view: vscode.TreeView<TreeNode>;
  readonly #paced: Paced;
  #driftedOnly = false;
  /** Applications that somebody opened. */
  readonly #opened = new Set<string>();
  #lookup: Lookup;
  readonly #tree = new Tree();
  /** Every node that was handed out: VS Code knows them by identity. */
  readonly #ids = new WeakMap<TreeNode, string>();
  readonly #files = new WeakMap<TreeNode, FileRow>();

  constructor(engine: Engine, keys: ContextKeys, clock: Clock) {
    this.#engine = engine;
    this.#clock = clock;
    this.#keys = keys;
    this.#lookup = new Lookup(engine.current);
    this.#paced = this.#lifetime.add(new Paced(clock, REFRESH_GAP, () => this.#show()));
    this.#view = this.#lifetime.add(vscode.window.createTreeView('plumbline.environments', { treeDataProvider: this, showCollapseAll: true }));
    this.#lifetime.add(engine.onSnapshot(() => this.#paced.request()));
    this.#lifetime.add(this.#view.onDidExpandElement(({ element }) => this.#lookAt(element, true)));
    this.#lifetime.add(this.#view.onDidCollapseElement(({ element }) => this.#lookAt(element, false)));
    this.#lifetime.add(
      this.#view.onDidChangeVisibility(({ visible }) => {
        if (visible) engine.start();
      }),
    );
    this.#lifetime.add(everyMinute(clock, () => this.#paced.request()));
    this.#show();
  }

  /** What somebody opens is found out first. */
  #lookAt(node: TreeNode, opened: boolean): void {
    if (node.kind !== 'application') return;
    if (opened) this.#opened.add(node.id);
    else this.#opened.delete(node.id);
    this.#engine.lookAt(new Set(this.#opened));
  }

  /** Shows only what is out of plumb, or everything. */
  showDriftedOnly(on: boolean): void {
    this.#driftedOnly = on;
    this.#keys.set('driftedOnly', on);
    this.#paced.request();
  }

  /** Lists more of the rows below the one with this id. */
  showMore(row: string | undefined): void {
    if (row !== undefined) this.#draw(this.#tree.showMore(row));
  }

  getChildren(node?: TreeNode): TreeNode[] {
    const row = node && this.#rowOf(node);
    if (node && !row) return [];
    const nodes = this.#tree.below(row?.id).map(below => this.#nodeOf(below));
    return row?.node.kind === 'object' ? [...nodes, ...this.#fileNodes(row.node.id)] : nodes;
  }

  getTreeItem(node: TreeNode): vscode.TreeItem {
    const file = this.#files.get(node);
    if (file) return fileItem(file);
    const row = this.#rowOf(node);
    return row ? itemOf(row) : new vscode.TreeItem('');
  }

  resolveTreeItem(item: vscode.TreeItem, node: TreeNode): vscode.TreeItem {
    const tooltip = this.#files.has(node) ? undefined : tooltipOf(node, this.#lookup, this.#clock);
    if (tooltip) item.tooltip = tooltip;
    return item;
  }

  /** The whole tree as text, for tests: label, description and what screen readers say, one row a line, indented. */
  print(): string {
    const all = new Tree(Number.POSITIVE_INFINITY);
    all.show(this.#lookup.snapshot, { driftedOnly: this.#driftedOnly, now: this.#clock.now() });
    const lines: string[] = [];
    const walk = (id: string | undefined, depth: number): void => {
      for (const row of all.below(id)) {
        lines.push(`${'  '.repeat(depth)}${row.label} | ${row.description}`);
        walk(row.id, depth + 1);
        if (row.node.kind === 'object') for (const { label, description } of this.#fileRows(row.node.id)) lines.push(`${'  '.repeat(depth + 1)}${label} | ${description}`);
      }
    };
    walk(undefined, 0);
    return lines.join('\n');
  }

  dispose(): void {
    this.#lifetime.dispose();
  }

  #fileRows(object: string): readonly FileRow[] {
    const found = this.#lookup.object(object);
    return found ? fileRows(found.object, found.application.folder) : [];
  }

  #fileNodes(object: string): TreeNode[] {
    return this.#fileRows(object).map(row => {
      this.#files.set(row.node, row);
      return row.node;
    });
  }

  #nodeOf({ id, node }: Row): TreeNode {
    this.#ids.set(node, id);
    return node;
  }

  #rowOf(node: TreeNode): Row | undefined {
    const id = this.#ids.get(node);
    return id === undefined ? undefined : this.#tree.row(id);
  }

  #show(): void {
    const snapshot = this.#engine.current;
    this.#lookup = new Lookup(snapshot);
    this.#draw(this.#tree.show(snapshot, { driftedOnly: this.#driftedOnly, now: this.#clock.now() }));
    this.#showAround(snapshot);
  }

  #draw(changed: 'all' | readonly string[]): void {
    if (changed === 'all') this.#changed.fire(undefined);
    else if (changed.length > 0) this.#changed.fire(changed.flatMap(id => this.#tree.row(id)?.node ?? []));
  }

  /** Badge, message and what stands beside the title. */
  #showAround(snapshot: Snapshot): void {
    const out = snapshot.environments.reduce((sum, { counts }) => sum + countOut(counts), 0);
    this.#view.badge = out === 0 ? undefined : { value: out, tooltip: `${out} out of plumb` };
    // A message would hide the welcome text, so it is set only where the tree has rows.
    const message = this.#tree.below(undefined).length === 0 ? '' : messageOf(snapshot, this.#clock.now());
    if (this.#view.message !== message) this.#view.message = message;
    const description = besideTitle(snapshot);
    if (this.#view.description !== description) this.#view.description = description;
  }
}

function itemOf(row: Row): vscode.TreeItem {
  const { None, Collapsed, Expanded } = vscode.TreeItemCollapsibleState;
  const item = new vscode.TreeItem(row.label, !row.opens ? None : row.open ? Expanded : Collapsed);
  const { icon } = row;
  // VS Code never opens by itself what it has shown closed: what was not judged yet is another item to it.
  item.id = row.known ? row.id : `${row.id}?`;
  item.description = row.description;
  item.contextValue = row.flags;
  item.iconPath = new vscode.ThemeIcon(icon.verdict ? ICONS[icon.verdict] : icon.id, icon.tone && colorOf(icon.tone));
  item.accessibilityInformation = { label: row.spoken };
  if (row.tooltip !== undefined) item.tooltip = row.tooltip;
  if (row.click) item.command = { ...CLICKS[row.click], arguments: [row.node] };
  return item;
}

const CLICKS: Readonly<Record<Click, Pick<vscode.Command, 'command' | 'title'>>> = {
  reveal: { command: 'plumbline.revealManifest', title: 'Reveal Manifest' },
  live: { command: 'plumbline.showLive', title: 'Show Live Object' },
  retry: { command: 'plumbline.retry', title: 'Retry' },
  connect: { command: 'plumbline.connect', title: 'Connect to a Cluster' },
  log: { command: 'plumbline.openLog', title: 'Open Log' },
  more: { command: 'plumbline.showMore', title: 'Show More' },
};

/** As the Explorer shows the file: with its icon, its badge and its colour. */
function fileItem({ id, node, label, description, file }: FileRow): vscode.TreeItem {
  const item = new vscode.TreeItem(label);
  item.id = id;
  item.description = description;
  item.resourceUri = vscode.Uri.file(file);
  item.iconPath = vscode.ThemeIcon.File;
  item.tooltip = clean(vscode.workspace.asRelativePath(file), 300);
  item.accessibilityInformation = { label: `File ${label}, ${description}` };
  item.command = { ...CLICKS.reveal, arguments: [node] };
  return item;
}

/** What keeps the tree as a whole from meaning more. What is wrong with a cluster has a row of its own. */
function messageOf({ connection, connections }: Snapshot, now: number): string {
  if (connection.kind === 'untrusted') return 'Restricted Mode: the manifests are listed, and nothing else is asked. Trust the workspace to compare them with a cluster.';
  if (connections.length > 1 || !isFailing(connection)) return '';
  return `${FAILURES[connection.failure]} ${failureText(connection, now)}.`;
}

const FAILURES: Readonly<Record<Failing['failure'], string>> = {
  offline: 'The cluster cannot be reached; it is tried again by itself.',
  denied: 'The cluster refused the credentials of this context, or gives no permission to read.',
  invalid: 'The kubeconfig, or the server that it names, cannot be used.',
};

/** Which clusters these are, and how much of them has been read. */
function besideTitle({ connections }: Snapshot): string {
  const names = connections.flatMap(connection => contextOf(connection) ?? []).map(shortName);
  return [names.join(', '), readingText(connections)].filter(text => text !== '').join(' · ');
}

function readingText(connections: readonly Connection[]): string {
  const parts = connections.flatMap(connection => (connection.kind === 'connected' && connection.reading ? [connection.reading] : []));
  if (parts.length === 0) return '';
  const kinds = sumOf(parts);
  const rendering = sumOf(parts.flatMap(part => part.rendering ?? []));
  const reads = kinds.done < kinds.of ? `reading, ${kinds.done} of ${kinds.of} kinds` : rendering.of === 0 ? 'reading' : '';
  return [reads, rendering.of === 0 ? '' : `rendering, ${rendering.done} of ${rendering.of}`].filter(text => text !== '').join(' · ');
}

const sumOf = (parts: readonly Progress[]): Progress => parts.reduce((sum, part) => ({ done: sum.done + part.done, of: sum.of + part.of }), { done: 0, of: 0 });
