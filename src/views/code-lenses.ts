import * as vscode from 'vscode';
import type { Clock } from '../core/base/clock';
import { Lifetime } from '../core/base/lifetime';
import { noIcons } from '../core/drift/labels';
import type { Engine } from '../core/drift/ports';
import { Lookup, isOut, type Found } from '../core/drift/snapshot-lookup';
import { clean, verdictTitle } from '../core/drift/words';
import type { JudgedTexts } from './judged-text';
import type { TreeNode } from './node';
import type { ViewSettings } from './settings';
import { pauseText } from './spans';
import { ICONS } from './tones';

export const MANIFEST_FILES: vscode.DocumentFilter = { scheme: 'file', pattern: '**/{*.yaml,*.yml,*.json,Kustomization}' };

/** One row above each manifest: what it is in which environment, and what can be done. */
export class CodeLenses implements vscode.CodeLensProvider, vscode.Disposable {
  readonly #lifetime = new Lifetime();
  readonly #changed = this.#lifetime.add(new vscode.EventEmitter<void>());
  readonly onDidChangeCodeLenses = this.#changed.event;
  readonly #engine: Engine;
  readonly #texts: JudgedTexts;
  readonly #settings: ViewSettings;
  readonly #clock: Clock;

  constructor(engine: Engine, texts: JudgedTexts, settings: ViewSettings, clock: Clock) {
    this.#engine = engine;
    this.#texts = texts;
    this.#settings = settings;
    this.#clock = clock;
    this.#lifetime.add(engine.onSnapshot(() => this.#changed.fire()));
    this.#lifetime.add(settings.onChange(() => this.#changed.fire()));
    this.#lifetime.add(vscode.languages.registerCodeLensProvider(MANIFEST_FILES, this));
  }

  provideCodeLenses(document: vscode.TextDocument): vscode.CodeLens[] {
    const snapshot = this.#engine.current;
    const judged = this.#texts.of(document);
    // Without a cluster every row would say the same; the view and the status bar say it once.
    if (!judged || !this.#settings.current.codeLens || snapshot.connection.kind !== 'connected') return [];
    const lookup = new Lookup(snapshot);
    return judged.file.objects.flatMap(object => {
      const found = lookup.object(object.id);
      if (!found || !object.manifest) return [];
      const start = judged.range({ start: object.manifest.range.start, end: object.manifest.range.start });
      const answer = this.#engine.input(object.id)?.dryRun;
      const verified = answer?.kind === 'answered' && answer.conflicts.length === 0;
      return commandsOf(found, verified, this.#clock.now()).map(command => new vscode.CodeLens(start, command));
    });
  }

  dispose(): void {
    this.#lifetime.dispose();
  }
}

const NOTHING_LIVE: ReadonlySet<string> = new Set(['missing', 'unknown', 'in-sync']);

function commandsOf({ environment, application, object }: Found, verified: boolean, now: number): vscode.Command[] {
  const node: TreeNode = { kind: 'object', id: object.id };
  const { verdict } = object.verdict;
  const pause = application.pause ? ` · ${pauseText(application.pause, now)}` : '';
  const where = `${clean(environment.context, 60)}/${clean(environment.namespace, 60)}`;
  const title = `${verdictTitle(object.verdict)} ${verdict === 'missing' ? 'of' : 'in'} ${where}${verified ? ' · verified' : ''}${pause}`;
  const commands: vscode.Command[] = [{ title: `$(${ICONS[verdict]})\u00a0 ${noIcons(title)}`, tooltip: 'Explain this verdict', command: 'plumbline.explain', arguments: [node] }];
  if (!NOTHING_LIVE.has(verdict)) commands.push({ title: 'Compare', tooltip: 'Live object and manifest side by side', command: 'plumbline.compareObject', arguments: [node] });
  if (environment.writable && (isOut(verdict) || verdict === 'pending')) commands.push({ title: 'Push', tooltip: 'Preview, then apply this manifest', command: 'plumbline.pushObject', arguments: [node] });
  return commands;
}
