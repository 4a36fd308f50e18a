import * as vscode from 'vscode';
import type { Clock } from '../core/base/clock';
import { Lifetime } from '../core/base/lifetime';
import { countVerdicts } from '../core/drift/assemble';
import { countsText } from '../core/drift/counts-text';
import { noIcons } from '../core/drift/labels';
import type { Engine } from '../core/drift/ports';
import type { FileState } from '../core/drift/snapshot';
import { Lookup, isOut, type Found } from '../core/drift/snapshot-lookup';
import { worst, type ObjectVerdict } from '../core/drift/verdict';
import { clean, unknownText, verdictTitle } from '../core/drift/words';
import type { JudgedTexts } from './judged-text';
import { isDocument } from './marks';
import type { TreeNode } from './node';
import type { ViewSettings } from './settings';
import { isPlaceable } from './rows';
import { pauseText } from './spans';
import { ICONS } from './tones';
import { sinceText } from './trouble-text';

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
  /** What stood above the manifests of a visible document at the last snapshot. */
  readonly #said = new WeakMap<vscode.TextDocument, string>();

  constructor(engine: Engine, texts: JudgedTexts, settings: ViewSettings, clock: Clock) {
    this.#engine = engine;
    this.#texts = texts;
    this.#settings = settings;
    this.#clock = clock;
    this.#lifetime.add(engine.onSnapshot(() => this.#compare()));
    this.#lifetime.add(settings.onChange(() => this.#changed.fire()));
    this.#lifetime.add(vscode.languages.registerCodeLensProvider(MANIFEST_FILES, this));
  }

  provideCodeLenses(document: vscode.TextDocument): vscode.CodeLens[] {
    const snapshot = this.#engine.current;
    const judged = this.#texts.of(document);
    // Without a cluster every row would say the same; the view and the status bar say it once.
    if (!judged || !this.#settings.current.codeLens || snapshot.connection.kind !== 'connected') return [];
    const lookup = new Lookup(snapshot);
    return grouped(subjectsOf(judged.file, lookup)).flatMap(group => {
      const [first] = group;
      if (!first) return [];
      const now = this.#clock.now();
      const commands = group.length > 1 ? commandsOfSeveral(group, now) : commandsOf(first, this.#isVerified(first.found), now);
      const start = judged.range({ start: first.start, end: first.start });
      return commands.map(command => new vscode.CodeLens(start, command));
    });
  }

  /** To ask again moves what stands below: only where the rows above what is visible would read differently. */
  #compare(): void {
    const documents = new Set(vscode.window.visibleTextEditors.map(({ document }) => document));
    const changed = [...documents].filter(document => {
      const said = JSON.stringify(this.provideCodeLenses(document).map(({ range, command }) => [range.start.line, command?.title]));
      const before = this.#said.get(document);
      this.#said.set(document, said);
      return said !== before;
    });
    if (changed.length > 0) this.#changed.fire();
  }

  #isVerified({ object }: Found): boolean {
    const answer = this.#engine.input(object.id)?.dryRun;
    return answer?.kind === 'answered' && answer.conflicts.length === 0;
  }

  dispose(): void {
    this.#lifetime.dispose();
  }
}

/** An object, and the offset that its row stands above. */
interface Subject {
  readonly found: Found;
  readonly start: number;
  /** What stands there does not say which object it is. */
  readonly named: boolean;
}

/** Every object that is written in the file, then each that has a value set in it which differs, at the first such value. */
function subjectsOf({ file, objects, placed }: FileState, lookup: Lookup): Subject[] {
  const subject = (id: string, start: number | undefined, named: boolean): Subject[] => {
    const found = lookup.object(id);
    return found && start !== undefined ? [{ found, start, named }] : [];
  };
  const set = new Map<string, number>();
  for (const { object, field } of placed) {
    const start = field.set?.range?.start;
    if (start !== undefined && object.manifest?.file !== file) set.set(object.id, Math.min(start, set.get(object.id) ?? start));
  }
  return [...objects.flatMap(({ id, manifest }) => subject(id, manifest?.range.start, manifest !== undefined && !isDocument(manifest))), ...[...set].flatMap(([id, start]) => subject(id, start, true))];
}

/** What one application makes at one place of the file: a document is one object, the values of a chart are many. */
function grouped(subjects: readonly Subject[]): Subject[][] {
  const groups = new Map<string, Subject[]>();
  for (const one of subjects) {
    const key = `${one.start}|${one.found.application.id}`;
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()];
}

const whereOf = ({ environment }: Found): string => `${clean(environment.context, 60)}/${clean(environment.namespace, 60)}`;

/** Of several objects the row says how many there are of each verdict; what is wrong with one stands in the tree and in the comparison. */
function commandsOfSeveral(group: readonly Subject[], now: number): vscode.Command[] {
  const first = group[0]?.found;
  if (!first) return [];
  const { application } = first;
  const verdicts = group.map(({ found: { object } }) => object.verdict.verdict);
  const pause = application.pause ? ` · ${pauseText(application.pause, now)}` : '';
  const title = `${group.length} objects in ${whereOf(first)}: ${countsText(countVerdicts(verdicts))}${pause}`;
  const node: TreeNode = { kind: 'application', id: application.id };
  return [{ title: `$(${ICONS[worst(verdicts)]})\u00a0 ${noIcons(title)}`, tooltip: 'Compare what differs of the whole application', command: 'plumbline.compareApplication', arguments: [node] }];
}

/** A reason, which may be long, stands last. */
function titleIn(where: string, verdict: ObjectVerdict, now: number): string {
  if (verdict.verdict === 'unknown') return `Unknown in ${where}${verdict.since === undefined ? '' : ` ${sinceText(verdict.since, now)}`}: ${unknownText(verdict)}`;
  return `${verdict.verdict === 'missing' ? 'Missing' : verdictTitle(verdict)} in ${where}`;
}

const NOTHING_LIVE: ReadonlySet<string> = new Set(['missing', 'unknown', 'in-sync']);

function commandsOf({ found, named }: Subject, verified: boolean, now: number): vscode.Command[] {
  const { environment, application, object } = found;
  const node: TreeNode = { kind: 'object', id: object.id };
  const { verdict } = object.verdict;
  const pause = application.pause ? ` · ${pauseText(application.pause, now)}` : '';
  const where = whereOf(found);
  const name = named ? `${clean(`${object.ref.kind} ${object.ref.name}`, 80)}: ` : '';
  const title = `${name}${titleIn(where, object.verdict, now)}${verified ? ' · verified' : ''}${pause}`;
  const commands: vscode.Command[] = [{ title: `$(${ICONS[verdict]})\u00a0 ${noIcons(title)}`, tooltip: 'Explain this verdict', command: 'plumbline.explain', arguments: [node] }];
  if (verdict === 'missing' && isPlaceable(application, false)) commands.push({ title: 'Meant for Another Cluster?', tooltip: 'Choose the clusters that this folder is meant for', command: 'plumbline.chooseClusters', arguments: [{ kind: 'application', id: application.id } satisfies TreeNode] });
  if (!NOTHING_LIVE.has(verdict)) commands.push({ title: 'Compare', tooltip: 'Live object and manifest side by side', command: 'plumbline.compareObject', arguments: [node] });
  if (environment.writable && (isOut(verdict) || verdict === 'pending')) commands.push({ title: 'Push', tooltip: 'Preview, then apply this manifest', command: 'plumbline.pushObject', arguments: [node] });
  return commands;
}
