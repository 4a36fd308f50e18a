import * as vscode from 'vscode';
import type { Clock } from '../core/base/clock';
import { Lifetime } from '../core/base/lifetime';
import type { Engine } from '../core/drift/ports';
import { Lookup, type Found } from '../core/drift/snapshot-lookup';
import type { FieldVerdict } from '../core/drift/verdict';
import { setText } from '../core/drift/set-words';
import { bytesText, clean, lookOf, ownerText, pathText, valueText, verdictTitle } from '../core/drift/words';
import { describeRef } from '../core/kube/identity';
import { MANIFEST_FILES } from './code-lenses';
import type { Handles } from './handles';
import type { JudgedTexts } from './judged-text';
import { marksOf, type Mark } from './marks';
import { outlookText } from './outlook';
import type { ViewSettings } from './settings';
import { withSince } from './trouble-text';

/** Lines of one value in a hover, and characters of each. */
const MAX_LINES = 8;
const MAX_WIDTH = 100;

/** Read-only commands: the only ones a link in a hover may run. */
const LINKS = [
  ['Compare', 'plumbline.compareObject'],
  ['Explain', 'plumbline.explain'],
  ['Show live object', 'plumbline.showLive'],
] as const;

/** The three values, who did it, what the controller will do, and where to go from here. */
export class Hovers implements vscode.HoverProvider, vscode.Disposable {
  readonly #lifetime = new Lifetime();
  readonly #engine: Engine;
  readonly #texts: JudgedTexts;
  readonly #handles: Handles;
  readonly #settings: ViewSettings;
  readonly #clock: Clock;

  constructor(engine: Engine, texts: JudgedTexts, handles: Handles, settings: ViewSettings, clock: Clock) {
    this.#engine = engine;
    this.#texts = texts;
    this.#handles = handles;
    this.#settings = settings;
    this.#clock = clock;
    this.#lifetime.add(vscode.languages.registerHoverProvider(MANIFEST_FILES, this));
  }

  provideHover(document: vscode.TextDocument, position: vscode.Position): vscode.Hover | undefined {
    const judged = this.#settings.current.hover ? this.#texts.of(document) : undefined;
    if (!judged) return undefined;
    const offset = judged.offset(position);
    const marks = marksOf(judged.file).filter(({ whole }) => whole.start <= offset && offset <= whole.end);
    const lookup = new Lookup(this.#engine.current);
    const texts = marks.flatMap(mark => {
      const found = lookup.object(mark.object.id);
      return found ? [this.#textOf(mark, found, judged.file.file)] : [];
    });
    const first = marks[0];
    return first && texts.length > 0 ? new vscode.Hover(texts, judged.range(first.whole)) : undefined;
  }

  dispose(): void {
    this.#lifetime.dispose();
  }

  #textOf({ field, object }: Mark, found: Found, document: string): vscode.MarkdownString {
    const { environment, application } = found;
    const text = new vscode.MarkdownString('', true);
    text.isTrusted = { enabledCommands: LINKS.map(([, command]) => command) };
    const title = field ? `${pathText(field.path).replace(/^\./, '')}: ${lookOf(field.verdict).label}` : verdictTitle(object.verdict);
    const handle = encodeURIComponent(JSON.stringify([this.#handles.of(object.id)]));
    text.appendMarkdown('**').appendText(title).appendMarkdown(`** · ${LINKS.map(([label, command]) => `[${label}](command:${command}?${handle})`).join(' · ')}  \n`);
    text.appendText(clean(`${describeRef(object.ref)} in ${environment.context}/${environment.namespace}`));
    if (field) text.appendCodeblock(values(field), 'plaintext');
    const sentences = field ? [clean(field.reason, 300), owners(field, this.#clock.now()), outlookText(field.afterResume, application), setSentence(field, document)] : [withSince(object.verdict.reason, object.verdict.since, this.#clock.now())];
    // What will become of the field has just been said, in more detail than the object's note on it.
    const notes = object.verdict.notes.filter(note => !field || !note.startsWith('will not be corrected')).slice(0, MAX_LINES);
    for (const sentence of [...sentences, ...notes.map(note => clean(note, 300))]) {
      if (sentence !== '') text.appendMarkdown('\n\n').appendText(sentence);
    }
    return text;
  }
}

/** Which files have a part in the value; nothing where all of it stands right here. */
function setSentence({ set }: FieldVerdict, file: string): string {
  const text = set ? setText(set, file) : '';
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

/** "kubectl edit, at or before 14:02 (what the client calls itself)"; after a removal nobody is known. */
function owners(field: FieldVerdict, now: number): string {
  if (field.owners.length > 0) return `By ${field.owners.slice(0, 3).map(owner => ownerText(owner, now)).join('; ')} (as the client calls itself)`;
  return field.verdict === 'drift' ? 'Who did it is not recorded' : '';
}

function values({ git, live, base }: FieldVerdict): string {
  const rows: [string, FieldVerdict['git']][] = [
    ['Git', git],
    ['live', live],
    ['base', base],
  ];
  return rows.map(([name, value]) => `${name.padEnd(5)} ${blockText(value)}`).join('\n');
}

/** Several lines stay several lines, indented under the first. */
function blockText(value: FieldVerdict['git']): string {
  if (value?.kind === 'secret') return `••• ${bytesText(value.bytes)}`;
  if (value?.kind !== 'value' || typeof value.value !== 'string' || !value.value.includes('\n')) return valueText(value, MAX_WIDTH);
  const lines = value.value.split('\n', MAX_LINES + 1);
  const shown = lines.slice(0, MAX_LINES).map(line => clean(line, MAX_WIDTH));
  return [...shown, ...(lines.length > MAX_LINES ? ['…'] : [])].join('\n      ');
}
