import * as vscode from 'vscode';
import type { Clock } from '../core/base/clock';
import { Lifetime } from '../core/base/lifetime';
import { countVerdicts } from '../core/drift/assemble';
import { countsText } from '../core/drift/counts-text';
import { noIcons } from '../core/drift/labels';
import type { Engine } from '../core/drift/ports';
import { Lookup, isOut, type Found } from '../core/drift/snapshot-lookup';
import { worst } from '../core/drift/verdict';
import { clean, verdictTitle } from '../core/drift/words';
import type { JudgedTexts } from './judged-text';
import { isDocument } from './marks';
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
    return grouped(judged.file.objects.flatMap(({ id }) => lookup.object(id) ?? [])).flatMap(group => {
      const [first] = group;
      const offset = first?.object.manifest?.range.start;
      if (!first || offset === undefined) return [];
      const now = this.#clock.now();
      const commands = group.length > 1 ? commandsOfSeveral(group, now) : commandsOf(first, this.#isVerified(first), now);
      const start = judged.range({ start: offset, end: offset });
      return commands.map(command => new vscode.CodeLens(start, command));
    });
  }

  #isVerified({ object }: Found): boolean {
    const answer = this.#engine.input(object.id)?.dryRun;
    return answer?.kind === 'answered' && answer.conflicts.length === 0;
  }

  dispose(): void {
    this.#lifetime.dispose();
  }
}

/** What one application makes at one place of the file: a document is one object, the values of a chart are many. */
function grouped(found: readonly Found[]): Found[][] {
  const groups = new Map<string, Found[]>();
  for (const one of found) {
    const key = `${one.object.manifest?.range.start ?? ''}|${one.application.id}`;
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()];
}

const whereOf = ({ environment }: Found): string => `${clean(environment.context, 60)}/${clean(environment.namespace, 60)}`;

/** Of several objects the row says how many there are of each verdict; what is wrong with one stands in the tree and in the comparison. */
function commandsOfSeveral(group: readonly Found[], now: number): vscode.Command[] {
  const [first] = group;
  if (!first) return [];
  const { application } = first;
  const verdicts = group.map(({ object }) => object.verdict.verdict);
  const pause = application.pause ? ` · ${pauseText(application.pause, now)}` : '';
  const title = `${group.length} objects in ${whereOf(first)}: ${countsText(countVerdicts(verdicts))}${pause}`;
  const node: TreeNode = { kind: 'application', id: application.id };
  return [{ title: `$(${ICONS[worst(verdicts)]})\u00a0 ${noIcons(title)}`, tooltip: 'Compare what differs of the whole application', command: 'plumbline.compareApplication', arguments: [node] }];
}

const NOTHING_LIVE: ReadonlySet<string> = new Set(['missing', 'unknown', 'in-sync']);

function commandsOf(found: Found, verified: boolean, now: number): vscode.Command[] {
  const { environment, application, object } = found;
  const node: TreeNode = { kind: 'object', id: object.id };
  const { verdict } = object.verdict;
  const pause = application.pause ? ` · ${pauseText(application.pause, now)}` : '';
  const where = whereOf(found);
  const made = object.manifest && !isDocument(object.manifest) ? `${clean(`${object.ref.kind} ${object.ref.name}`, 80)}: ` : '';
  const title = `${made}${verdict === 'missing' ? 'Missing' : verdictTitle(object.verdict)} in ${where}${verified ? ' · verified' : ''}${pause}`;
  const commands: vscode.Command[] = [{ title: `$(${ICONS[verdict]})\u00a0 ${noIcons(title)}`, tooltip: 'Explain this verdict', command: 'plumbline.explain', arguments: [node] }];
  if (!NOTHING_LIVE.has(verdict)) commands.push({ title: 'Compare', tooltip: 'Live object and manifest side by side', command: 'plumbline.compareObject', arguments: [node] });
  if (environment.writable && (isOut(verdict) || verdict === 'pending')) commands.push({ title: 'Push', tooltip: 'Preview, then apply this manifest', command: 'plumbline.pushObject', arguments: [node] });
  return commands;
}
