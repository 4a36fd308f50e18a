import * as vscode from 'vscode';
import type { Clock } from '../core/base/clock';
import { Lifetime } from '../core/base/lifetime';
import type { Engine } from '../core/drift/ports';
import type { ObjectState } from '../core/drift/snapshot';
import { Lookup, openFields, type Found } from '../core/drift/snapshot-lookup';
import type { FieldVerdict } from '../core/drift/verdict';
import { setText } from '../core/drift/set-words';
import { bytesText, clean, lookOf, ownerText, pathText, valueText, verdictTitle } from '../core/drift/words';
import { describeRef } from '../core/kube/identity';
import { MANIFEST_FILES } from './code-lenses';
import type { Handles } from './handles';
import type { JudgedTexts } from './judged-text';
import { SCHEME } from './live-documents';
import { isReference, marksOf, type Mark } from './marks';
import { outlookText } from './outlook';
import type { RenderedFields } from './rendered-fields';
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
const SETTER = ['Go to what sets this', 'plumbline.goToSetter'] as const;

export interface HoverParts {
  readonly engine: Engine;
  readonly texts: JudgedTexts;
  readonly rendered: RenderedFields;
  readonly handles: Handles;
  readonly settings: ViewSettings;
  readonly clock: Clock;
}

/** What a hover is about: a mark, or a field in a text that was rendered. */
type Subject = Pick<Mark, 'field' | 'object' | 'overridden'>;

/** The three values, who did it, what the controller will do, and where to go from here. */
export class Hovers implements vscode.HoverProvider, vscode.Disposable {
  readonly #lifetime = new Lifetime();
  readonly #parts: HoverParts;

  constructor(parts: HoverParts) {
    this.#parts = parts;
    this.#lifetime.add(vscode.languages.registerHoverProvider([MANIFEST_FILES, { scheme: SCHEME }], this));
  }

  provideHover(document: vscode.TextDocument, position: vscode.Position): vscode.Hover | undefined {
    const { settings, rendered, texts } = this.#parts;
    if (!settings.current.hover) return undefined;
    const fields = rendered.of(document)?.filter(({ line }) => line === position.line);
    if (fields) return this.#hover(fields.map(({ object, field }) => ({ object, field, overridden: false })), `${fields[0]?.object.manifest?.file ?? ''}#`, document.lineAt(position.line).range);
    const judged = texts.of(document);
    if (!judged) return undefined;
    const offset = judged.offset(position);
    const marks = marksOf(judged.file).filter(({ whole }) => whole.start <= offset && offset <= whole.end);
    const [first] = marks;
    return first && this.#hover(marks, judged.file.file, judged.range(first.whole));
  }

  dispose(): void {
    this.#lifetime.dispose();
  }

  #hover(subjects: readonly Subject[], file: string, range: vscode.Range): vscode.Hover | undefined {
    const lookup = new Lookup(this.#parts.engine.current);
    const texts = subjects.flatMap(subject => {
      const found = lookup.object(subject.object.id);
      return found ? [this.#textOf(subject, found, file)] : [];
    });
    return texts.length > 0 ? new vscode.Hover(texts, range) : undefined;
  }

  #textOf({ field, object, overridden }: Subject, found: Found, document: string): vscode.MarkdownString {
    const { environment, application } = found;
    const now = this.#parts.clock.now();
    const text = new vscode.MarkdownString('', true);
    text.isTrusted = { enabledCommands: [...LINKS, SETTER].map(([, command]) => command) };
    const title = field ? `${pathText(field.path).replace(/^\./, '')}: ${lookOf(field.verdict).label}` : verdictTitle(object.verdict);
    text.appendMarkdown('**').appendText(title).appendMarkdown(`** · ${this.#links({ object, field, document })}  \n`);
    text.appendText(clean(`${describeRef(object.ref)} in ${environment.context}/${environment.namespace}`));
    const replaced = overridden && field?.set !== undefined && !isReference(field.set);
    if (replaced) text.appendMarkdown('\n\n').appendText(`The value here does not count: ${setSentence(field, document)}`);
    if (field) text.appendCodeblock(values(field), 'plaintext');
    const sentences = field ? [owners(field, now), outlookText(field.afterResume, application), clean(field.reason, 300), replaced ? '' : setSentence(field, document)] : [withSince(object.verdict.reason, object.verdict.since, now)];
    // What will become of the field has just been said, in more detail than the object's note on it.
    const notes = object.verdict.notes.filter(note => !field || !note.startsWith('will not be corrected')).slice(0, MAX_LINES);
    for (const sentence of [...sentences, ...notes.map(note => clean(note, 300))]) {
      if (sentence !== '') text.appendMarkdown('\n\n').appendText(`${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}`);
    }
    return text;
  }

  /** A link carries a short name of ours, and of a field its place among the open ones; nothing from a file or the cluster. */
  #links({ object, field, document }: { readonly object: ObjectState; readonly field: FieldVerdict | undefined; readonly document: string }): string {
    const handle = this.#parts.handles.of(object.id);
    const link = ([label, command]: readonly [string, string], argument: string): string => `[${label}](command:${command}?${encodeURIComponent(JSON.stringify([argument]))})`;
    const index = field ? openFields(object).indexOf(field) : -1;
    const away = index >= 0 && field?.set?.file !== undefined && field.set.file !== document;
    return [...LINKS.map(one => link(one, handle)), ...(away ? [link(SETTER, `${handle}.${index}`)] : [])].join(' · ');
  }
}

/** Which files have a part in the value; nothing where all of it stands right here. */
const setSentence = ({ set }: FieldVerdict, file: string): string => (set ? setText(set, file) : '');

/** "kubectl edit, at or before 14:02 (what the client calls itself)"; after a removal nobody is known. */
function owners(field: FieldVerdict, now: number): string {
  if (field.owners.length > 0) return `By ${field.owners.slice(0, 3).map(owner => ownerText(owner, now)).join('; ')} (as the client calls itself)`;
  return field.verdict === 'drift' ? 'Who did it is not recorded' : '';
}

function values({ git, live, base }: FieldVerdict): string {
  const rows: [string, FieldVerdict['git']][] = [
    ['Git', git],
    ['live', live],
    ['applied', base],
  ];
  return rows.map(([name, value]) => `${name.padEnd(7)} ${blockText(value)}`).join('\n');
}

/** Several lines stay several lines, indented under the first. */
function blockText(value: FieldVerdict['git']): string {
  if (value?.kind === 'secret') return `••• ${bytesText(value.bytes)}`;
  if (value?.kind !== 'value' || typeof value.value !== 'string' || !value.value.includes('\n')) return valueText(value, MAX_WIDTH);
  const lines = value.value.split('\n', MAX_LINES + 1);
  const shown = lines.slice(0, MAX_LINES).map(line => clean(line, MAX_WIDTH));
  return [...shown, ...(lines.length > MAX_LINES ? ['…'] : [])].join(`\n${' '.repeat(8)}`);
}
