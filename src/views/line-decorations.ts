import * as vscode from 'vscode';
import { Lifetime } from '../core/base/lifetime';
import type { Engine } from '../core/drift/ports';
import type { ObjectState } from '../core/drift/snapshot';
import { afterText as textAfter, lookOf, type Tone } from '../core/drift/words';
import { gutterIcon } from './gutter-icons';
import type { JudgedTexts } from './judged-text';
import { marksOf, toneOf, type Mark } from './marks';
import type { ViewConfig, ViewSettings } from './settings';
import { setByText, type RenderedFields } from './rendered-fields';
import { colorOf } from './tones';
import { whose } from './whose';

const TONES = ['orange', 'red', 'blue', 'grey', 'dim'] as const;

/** Longest text behind a line, characters. */
const MAX_TEXT = 100;

/** The live value behind the line, the mark in the gutter and in the overview ruler, in visible editors. */
export class LineDecorations implements vscode.Disposable {
  readonly #lifetime = new Lifetime();
  readonly #engine: Engine;
  readonly #texts: JudgedTexts;
  readonly #rendered: RenderedFields;
  #whose: (object: ObjectState) => string = () => '';
  readonly #settings: ViewSettings;
  #types: ReadonlyMap<Tone, vscode.TextEditorDecorationType>;
  /** What each editor shows, to leave it alone when that is still right. */
  #shown = new WeakMap<vscode.TextEditor, string>();

  constructor(engine: Engine, texts: JudgedTexts, rendered: RenderedFields, settings: ViewSettings) {
    this.#engine = engine;
    this.#texts = texts;
    this.#rendered = rendered;
    this.#settings = settings;
    this.#types = makeTypes(settings.current);
    this.#lifetime.add({ dispose: () => this.#dropTypes() });
    this.#lifetime.add(engine.onSnapshot(() => this.#showAll()));
    this.#lifetime.add(vscode.window.onDidChangeVisibleTextEditors(() => this.#showAll()));
    this.#lifetime.add(
      settings.onChange(() => {
        this.#dropTypes();
        this.#types = makeTypes(settings.current);
        this.#shown = new WeakMap();
        this.#showAll();
      }),
    );
    this.#showAll();
  }

  dispose(): void {
    this.#lifetime.dispose();
  }

  #dropTypes(): void {
    for (const type of this.#types.values()) type.dispose();
  }

  #showAll(): void {
    this.#whose = whose(this.#engine.current);
    for (const editor of vscode.window.visibleTextEditors) this.#show(editor);
  }

  #show(editor: vscode.TextEditor): void {
    const judged = this.#texts.of(editor.document);
    // Between an edit and its verdict the editor moves the decorations along by itself.
    if (judged && !judged.exact) return;
    const lines = judged ? byLine(marksOf(judged.file), mark => judged.range(mark.range), this.#whose) : this.#renderedLines(editor.document);
    const signature = `${editor.document.version}|${lines.map(({ range, tone, text }) => `${range.start.line}:${tone}:${text}`).join('\n')}`;
    const before = this.#shown.get(editor);
    if (before === signature || (before === undefined && lines.length === 0)) return;
    this.#shown.set(editor, signature);
    const { afterText } = this.#settings.current;
    for (const [tone, type] of this.#types) editor.setDecorations(type, lines.filter(line => line.tone === tone).map(line => optionsOf(line, afterText)));
  }

  /** In what was rendered of an object: what sets each value that differs. The live values are on the other side, which stays bare. */
  #renderedLines(document: vscode.TextDocument): Line[] {
    if (!document.uri.query.startsWith('rendered=')) return [];
    const fields = this.#rendered.of(document) ?? [];
    return fields.flatMap(({ object, field, line }): Line[] => {
      const said = setByText(object, field) || textAfter(field);
      return said === undefined ? [] : [{ range: new vscode.Range(line, 0, line, 0), tone: lookOf(field.verdict).tone, text: clip(said) }];
    });
  }
}

interface Line {
  readonly range: vscode.Range;
  readonly tone: Tone;
  readonly text: string;
}

/** One decoration a line: its colour is the worst mark's, its text says all of them. */
function byLine(marks: readonly Mark[], rangeOf: (mark: Mark) => vscode.Range, whoseIs: (object: ObjectState) => string): Line[] {
  const lines = new Map<number, { range: vscode.Range; tone: Tone; texts: Set<string> }>();
  for (const mark of marks) {
    const range = rangeOf(mark);
    const text = [whoseIs(mark.object), mark.about, mark.text].filter(part => part !== '').join(' · ');
    const line = lines.get(range.start.line);
    if (!line) lines.set(range.start.line, { range, tone: toneOf(mark), texts: new Set([text]) });
    else {
      line.texts.add(text);
      if (TONE_RANK[toneOf(mark)] < TONE_RANK[line.tone]) line.tone = toneOf(mark);
    }
  }
  return [...lines.values()].map(({ range, tone, texts }) => ({ range, tone, text: clip([...texts].join(' | ')) }));
}

const TONE_RANK: Readonly<Record<Tone, number>> = { red: 0, orange: 1, blue: 2, grey: 3, dim: 4, green: 5 };

const clip = (text: string): string => (text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT - 1)}…` : text);

function optionsOf({ range, text }: Line, afterText: boolean): vscode.DecorationOptions {
  // The text stands behind the whole line, whatever follows the value: a comment, more of a flow map.
  const line = new vscode.Range(range.start, new vscode.Position(range.start.line, Number.MAX_SAFE_INTEGER));
  return afterText ? { range: line, renderOptions: { after: { contentText: text } } } : { range: line };
}

/** Fainter than any verdict, and as easy to read as the row above a manifest. */
const QUIET = new vscode.ThemeColor('editorCodeLens.foreground');

function makeTypes(config: ViewConfig): ReadonlyMap<Tone, vscode.TextEditorDecorationType> {
  return new Map(
    TONES.map(tone => [
      tone,
      vscode.window.createTextEditorDecorationType({
        rangeBehavior: vscode.DecorationRangeBehavior.ClosedClosed,
        after: { color: tone === 'dim' ? QUIET : colorOf(tone), margin: '0 0 0 2.5em', fontStyle: 'italic' },
        ...(tone !== 'dim' && config.overviewRuler ? { overviewRulerColor: colorOf(tone), overviewRulerLane: vscode.OverviewRulerLane.Right } : {}),
        ...(tone !== 'dim' && config.gutter
          ? { light: { gutterIconPath: gutterIcon(tone, 'light'), gutterIconSize: 'contain' }, dark: { gutterIconPath: gutterIcon(tone, 'dark'), gutterIconSize: 'contain' } }
          : {}),
      }),
    ]),
  );
}
