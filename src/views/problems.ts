import * as vscode from 'vscode';
import { Lifetime } from '../core/base/lifetime';
import type { Engine } from '../core/drift/ports';
import type { FileState, ObjectState } from '../core/drift/snapshot';
import type { FieldVerdict } from '../core/drift/verdict';
import { clean, valueText } from '../core/drift/words';
import type { ManifestProblem, Range } from '../core/manifests/document';
import { Places } from '../core/manifests/places';
import { marksOf, stops, type Mark } from './marks';
import { shortPath } from './short-path';
import type { ViewSettings } from './settings';
import { whose } from './whose';

/** Who says it, in the Problems view. */
export const SOURCE = 'Plumbline';

/** Entries in the Problems view. Written again for a file only when the file's state changed. */
export class Problems implements vscode.Disposable {
  readonly #lifetime = new Lifetime();
  readonly #collection = this.#lifetime.add(vscode.languages.createDiagnosticCollection('plumbline'));
  readonly #engine: Engine;
  readonly #settings: ViewSettings;
  #shown = new Map<string, string>();

  constructor(engine: Engine, settings: ViewSettings) {
    this.#engine = engine;
    this.#settings = settings;
    this.#lifetime.add(engine.onSnapshot(() => this.#show()));
    this.#lifetime.add(
      settings.onChange(() => {
        this.#shown.clear();
        this.#show();
      }),
    );
    this.#show();
  }

  dispose(): void {
    this.#lifetime.dispose();
  }

  #show(): void {
    const next = new Map<string, string>();
    const changes: [vscode.Uri, vscode.Diagnostic[] | undefined][] = [];
    const whoseIs = whose(this.#engine.current);
    for (const [path, file] of this.#engine.current.files) {
      const entries = entriesOf(file, this.#settings.current.problems, whoseIs);
      if (entries.length === 0) continue;
      const lines = new Places(file.textVersion);
      const diagnostics = entries.map(entry => diagnosticOf(entry, lines));
      const signature = diagnostics.map(({ range, message, severity }) => `${range.start.line}:${range.start.character}:${range.end.character}:${severity}:${message}`).join('\n');
      next.set(path, signature);
      if (this.#shown.get(path) !== signature) changes.push([vscode.Uri.file(path), diagnostics]);
    }
    for (const path of this.#shown.keys()) if (!next.has(path)) changes.push([vscode.Uri.file(path), undefined]);
    this.#shown = next;
    if (changes.length > 0) this.#collection.set(changes);
  }
}

interface Entry {
  readonly range: Range;
  readonly severity: vscode.DiagnosticSeverity;
  readonly message: string;
  readonly code: string;
}

/** What is wrong with the file itself always shows; drift can be switched off. */
function entriesOf(file: FileState, drift: boolean, whoseIs: (object: ObjectState) => string): Entry[] {
  const wrong = file.problems.map((problem): Entry => ({ range: problem.range, severity: SEVERITIES[problem.severity], message: clean(problem.message, 500), code: 'manifest' }));
  return drift ? [...wrong, ...stops(marksOf(file)).map(mark => entryOf(mark, whoseIs(mark.object)))] : wrong;
}

const SEVERITIES: Readonly<Record<ManifestProblem['severity'], vscode.DiagnosticSeverity>> = {
  error: vscode.DiagnosticSeverity.Error,
  warning: vscode.DiagnosticSeverity.Warning,
  information: vscode.DiagnosticSeverity.Information,
};

function entryOf({ object, field, shown, verdict, range, text }: Mark, whoseIs: string): Entry {
  const { Error, Warning, Information } = vscode.DiagnosticSeverity;
  const severity = verdict === 'invalid' || verdict === 'blocked' ? Error : field?.afterResume === 'deleted' ? Warning : Information;
  const name = `${whoseIs === '' ? '' : `${whoseIs}: `}${clean(`${object.ref.kind} ${object.ref.name}`)}`;
  // Why an apply would be refused stands nowhere else in the list.
  const why = verdict === 'blocked' && shown ? `: ${clean(shown.reason, 400)}` : '';
  return { range, severity, message: `${name}: ${field && shown ? fieldText(field, shown, text) : text}${why}`, code: verdict };
}

/** What only the cluster has is named by its text already. */
function fieldText(field: FieldVerdict, shown: FieldVerdict, text: string): string {
  if (field.git === undefined) return text;
  return shown.git === undefined ? `${shortPath(field.path)}: ${text}` : `${shortPath(field.path)} is ${valueText(shown.git)} in Git, ${text}`;
}

function diagnosticOf(entry: Entry, lines: Places): vscode.Diagnostic {
  const start = lines.placeAt(entry.range.start);
  const end = lines.placeAt(entry.range.end);
  const diagnostic = new vscode.Diagnostic(new vscode.Range(start.line, start.character, end.line, end.character), entry.message, entry.severity);
  diagnostic.source = SOURCE;
  diagnostic.code = entry.code;
  return diagnostic;
}
