import * as vscode from 'vscode';
import { Lifetime } from '../core/base/lifetime';
import type { Engine } from '../core/drift/ports';
import type { FileState, Snapshot } from '../core/drift/snapshot';
import type { Verdict } from '../core/drift/verdict';
import { lookOf } from '../core/drift/words';
import { fileChanges } from './file-changes';
import type { ViewSettings } from './settings';
import { colorOf } from './tones';

/** The extension host keeps at most this many URIs of one change event and drops the rest. */
const MAX_URIS_PER_EVENT = 250;

/** Badges and colours in the Explorer and on tabs; folders take over the worst. */
export class FileDecorations implements vscode.FileDecorationProvider, vscode.Disposable {
  readonly #lifetime = new Lifetime();
  readonly #changed = this.#lifetime.add(new vscode.EventEmitter<vscode.Uri[] | undefined>());
  readonly onDidChangeFileDecorations = this.#changed.event;
  readonly #engine: Engine;
  readonly #settings: ViewSettings;
  /** Seen last: tells what to paint again. */
  #seen: Snapshot;

  constructor(engine: Engine, settings: ViewSettings) {
    this.#engine = engine;
    this.#settings = settings;
    this.#seen = engine.current;
    this.#lifetime.add(engine.onSnapshot(() => this.#show()));
    this.#lifetime.add(settings.onChange(() => this.#changed.fire(undefined)));
    this.#lifetime.add(vscode.window.registerFileDecorationProvider(this));
  }

  provideFileDecoration(uri: vscode.Uri): vscode.FileDecoration | undefined {
    const { current } = this.#engine;
    const verdict = uri.scheme === 'file' && this.#settings.current.explorer && isMarked(current) ? badgeOf(current.files.get(uri.fsPath)) : undefined;
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
    const before = this.#seen;
    const now = this.#engine.current;
    this.#seen = now;
    if (isMarked(before) !== isMarked(now)) {
      this.#changed.fire(undefined);
      return;
    }
    if (!isMarked(now)) return;
    const changed = fileChanges(before, now).filter(file => badgeOf(file.before) !== badgeOf(file.now));
    // Nothing else is dearer than asking again for what the window shows, however many these are.
    if (changed.length > MAX_URIS_PER_EVENT) this.#changed.fire(undefined);
    else if (changed.length > 0) this.#changed.fire(changed.map(({ path }) => vscode.Uri.file(path)));
  }
}

/** While there is no cluster nothing is known of any file, and none is marked. */
const isMarked = ({ connection }: Snapshot): boolean => connection.kind === 'connected';

/** Its verdict, where that needs a look. */
const badgeOf = (file: FileState | undefined): Verdict | undefined => (file?.verdict !== undefined && lookOf(file.verdict).letter !== undefined ? file.verdict : undefined);
