import * as vscode from 'vscode';
import { Lifetime } from '../core/base/lifetime';
import type { Engine } from '../core/drift/ports';
import type { Snapshot } from '../core/drift/snapshot';
import type { Verdict } from '../core/drift/verdict';
import { lookOf } from '../core/drift/words';
import type { ViewSettings } from './settings';
import { colorOf } from './tones';

/** The extension host keeps at most this many URIs of one change event and drops the rest. */
const MAX_URIS_PER_EVENT = 250;

/** Badges and colours in the Explorer and on tabs; folders take over the worst. Holds what it shows only to know what to repaint. */
export class FileDecorations implements vscode.FileDecorationProvider, vscode.Disposable {
  readonly #lifetime = new Lifetime();
  readonly #changed = this.#lifetime.add(new vscode.EventEmitter<vscode.Uri[]>());
  readonly onDidChangeFileDecorations = this.#changed.event;
  readonly #engine: Engine;
  readonly #settings: ViewSettings;
  #shown: ReadonlyMap<string, Verdict> = new Map();

  constructor(engine: Engine, settings: ViewSettings) {
    this.#engine = engine;
    this.#settings = settings;
    this.#lifetime.add(engine.onSnapshot(() => this.#show()));
    this.#lifetime.add(settings.onChange(() => this.#show()));
    this.#lifetime.add(vscode.window.registerFileDecorationProvider(this));
    this.#show();
  }

  provideFileDecoration(uri: vscode.Uri): vscode.FileDecoration | undefined {
    const verdict = uri.scheme === 'file' ? this.#shown.get(uri.fsPath) : undefined;
    if (verdict === undefined) return undefined;
    const { label, letter, tone } = lookOf(verdict);
    const decoration = new vscode.FileDecoration(letter, `Plumbline: ${label}`, colorOf(tone));
    decoration.propagate = tone === 'orange' || tone === 'red';
    return decoration;
  }

  dispose(): void {
    this.#lifetime.dispose();
  }

  #show(): void {
    const next = this.#settings.current.explorer ? badges(this.#engine.current) : new Map<string, Verdict>();
    const changed = [...new Set([...this.#shown.keys(), ...next.keys()])].filter(path => this.#shown.get(path) !== next.get(path));
    this.#shown = next;
    for (let i = 0; i < changed.length; i += MAX_URIS_PER_EVENT) this.#changed.fire(changed.slice(i, i + MAX_URIS_PER_EVENT).map(path => vscode.Uri.file(path)));
  }
}

/** Files that need a look. While there is no cluster nothing is known of any of them, and none is marked. */
function badges({ connection, files }: Snapshot): Map<string, Verdict> {
  const found = new Map<string, Verdict>();
  if (connection.kind !== 'connected') return found;
  for (const [path, { verdict }] of files) if (verdict !== undefined && lookOf(verdict).letter !== undefined) found.set(path, verdict);
  return found;
}
