import * as vscode from 'vscode';
import { Lifetime } from '../core/base/lifetime';
import { Turns } from '../core/base/turns';
import type { Engine } from '../core/drift/ports';
import type { FileState, Snapshot } from '../core/drift/snapshot';
import type { ManifestProblem } from '../core/manifests/document';
import { Places } from '../core/manifests/places';
import { fileChanges } from './file-changes';
import { entriesOf, type Entry } from './problem-entries';
import type { ViewSettings } from './settings';
import { whose } from './whose';

/** Who says it, in the Problems view. */
export const SOURCE = 'Plumbline';

/** Entries in the Problems view. Looked at again for a file only when its state changed, and many of them in turns with others. */
export class Problems implements vscode.Disposable {
  readonly #lifetime = new Lifetime();
  readonly #collection = this.#lifetime.add(vscode.languages.createDiagnosticCollection('plumbline'));
  readonly #engine: Engine;
  readonly #settings: ViewSettings;
  readonly #onFailure: (error: unknown) => void;
  readonly #turns = new Turns();
  /** Seen last, and whether its messages name clusters. */
  #seen: Pick<Snapshot, 'files'> = { files: new Map() };
  #several = false;
  /** Files to look at, by path, as they are now. */
  readonly #due = new Map<string, FileState | undefined>();
  #working = false;
  /** What is shown of each file that has entries. */
  readonly #shown = new Map<string, string>();

  constructor(engine: Engine, settings: ViewSettings, onFailure: (error: unknown) => void) {
    this.#engine = engine;
    this.#settings = settings;
    this.#onFailure = onFailure;
    this.#lifetime.add(engine.onSnapshot(() => this.#show()));
    this.#lifetime.add(
      settings.onChange(() => {
        this.#seen = { files: new Map() };
        this.#show();
      }),
    );
    this.#show();
  }

  dispose(): void {
    this.#lifetime.dispose();
  }

  #show(): void {
    const { current } = this.#engine;
    const several = current.connections.length > 1;
    // Then every message is another.
    if (several !== this.#several) this.#seen = { files: new Map() };
    for (const { path, now } of fileChanges(this.#seen, current)) this.#due.set(path, now);
    for (const path of this.#shown.keys()) if (!current.files.has(path)) this.#due.set(path, undefined);
    this.#seen = current;
    this.#several = several;
    if (this.#due.size > 0 && !this.#working) this.#work().catch(this.#onFailure);
  }

  async #work(): Promise<void> {
    this.#working = true;
    try {
      while (this.#due.size > 0 && !this.#lifetime.ended) {
        this.#slice();
        await this.#turns.pause();
      }
    } finally {
      this.#working = false;
    }
  }

  /** As many files as fit into a turn, and told of at once. */
  #slice(): void {
    const changes: [vscode.Uri, vscode.Diagnostic[] | undefined][] = [];
    const whoseIs = whose(this.#engine.current);
    const began = performance.now();
    for (const [path, file] of this.#due) {
      if (performance.now() - began > SLICE_MS) break;
      this.#due.delete(path);
      const entries = file ? entriesOf(file, this.#settings.current.problems, whoseIs) : [];
      const lines = file && entries.length > 0 ? new Places(file.textVersion) : undefined;
      const diagnostics = lines ? entries.map(entry => diagnosticOf(entry, lines)) : [];
      const signature = diagnostics.map(({ range, message, severity }) => `${range.start.line}:${range.start.character}:${range.end.character}:${severity}:${message}`).join('\n');
      if (signature === (this.#shown.get(path) ?? '')) continue;
      if (signature === '') this.#shown.delete(path);
      else this.#shown.set(path, signature);
      changes.push([vscode.Uri.file(path), signature === '' ? undefined : diagnostics]);
    }
    if (changes.length > 0) this.#collection.set(changes);
  }
}

/** Milliseconds: the telling takes about as long again. */
const SLICE_MS = 8;

const SEVERITIES: Readonly<Record<ManifestProblem['severity'], vscode.DiagnosticSeverity>> = {
  error: vscode.DiagnosticSeverity.Error,
  warning: vscode.DiagnosticSeverity.Warning,
  information: vscode.DiagnosticSeverity.Information,
};

function diagnosticOf(entry: Entry, lines: Places): vscode.Diagnostic {
  const start = lines.placeAt(entry.range.start);
  const end = lines.placeAt(entry.range.end);
  const diagnostic = new vscode.Diagnostic(new vscode.Range(start.line, start.character, end.line, end.character), entry.message, SEVERITIES[entry.severity]);
  diagnostic.source = SOURCE;
  diagnostic.code = entry.code;
  return diagnostic;
}
