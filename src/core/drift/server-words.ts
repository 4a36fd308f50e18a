import { isArray, isObject, type Json, type JsonObject } from '../base/json';
import { parseJson } from '../base/json-text';
import type { Path, PathElement } from '../kube/path';
import { lookup } from './lookup';

/** A place in an object that a text of the API server means. */
export interface Named {
  readonly path: Path;
  /** What the text goes on to name and the object does not have; empty where it has all of it. */
  readonly rest: string;
}

/**
 * The place that a field of a `Status` means, as deep as the object has it, read against the object itself: the server
 * writes `spec.ports[0].name`, `.spec.containers[name="web"].env` and `metadata.labels[a.b/c]`, and a key with dots can
 * only be told from a path by looking it up. `undefined` when nothing of it is there.
 */
export function placeIn(object: JsonObject, field: string): Named | undefined {
  const reader = new Reader(object, field.startsWith('.') ? field.slice(1) : field);
  return reader.path.length === 0 ? undefined : { path: reader.path, rest: reader.rest };
}

/** The deepest place that a sentence names. A path of one step counts with its dot before it: a word alone may be any word. */
export function placeInText(object: JsonObject, text: string): Named | undefined {
  let found: Named | undefined;
  for (const { index } of text.matchAll(/(?<![\w.\]/-])\.?[A-Za-z]/g)) {
    const named = placeIn(object, text.slice(index));
    if (named && named.path.length > (found?.path.length ?? (text[index] === '.' ? 0 : 1))) found = { path: named.path, rest: /^[\w.[\]/-]*/.exec(named.rest)?.[0] ?? '' };
  }
  return found;
}

/** Whether the server's field is this one, something in it, or what it stands in; list items may be named by key on one side and by index on the other. */
export function concerns(object: JsonObject, field: string, path: Path): boolean {
  const named = placeIn(object, field);
  if (!named) return false;
  const theirs = `${indexed(object, named.path)}${named.rest}`;
  const ours = indexed(object, path);
  return theirs === ours || isBelow(theirs, ours) || isBelow(ours, theirs);
}

const isBelow = (text: string, above: string): boolean => text.startsWith(`${above}.`) || text.startsWith(`${above}[`);

/** A path with list items by their index; an item that the object lacks keeps what names it. */
function indexed(object: JsonObject, path: Path): string {
  let here: Json | undefined = object;
  let text = '';
  for (const step of path) {
    const below: Json | undefined = lookup(here, [step]);
    text += step.kind === 'field' ? `.${step.name}` : `[${isArray(here) && below !== undefined ? here.indexOf(below) : JSON.stringify(step.kind === 'index' ? step.index : -1)}]`;
    here = below;
  }
  return text;
}

/** Follows a text into an object, step by step, as far as both go. */
class Reader {
  readonly path: PathElement[] = [];
  rest: string;

  constructor(object: JsonObject, text: string) {
    this.rest = text;
    let here: Json | undefined = object;
    for (let first = true; here !== undefined; first = false) here = isArray(here) ? this.#item(here) : isObject(here) ? this.#member(here, first) : undefined;
  }

  #member(object: JsonObject, first: boolean): Json | undefined {
    const inBrackets = /^\[([^\]]*)\]/.exec(this.rest);
    if (inBrackets) return this.#step({ kind: 'field', name: unquoted(inBrackets[1] ?? '') }, object, inBrackets[0].length);
    if (!first && !this.rest.startsWith('.')) return undefined;
    const text = first ? this.rest : this.rest.slice(1);
    // The longest: `a.b/c` rather than `a`.
    const name = Object.keys(object)
      .filter(key => key !== '' && text.startsWith(key) && !/^[\w/-]/.test(text.slice(key.length)))
      .sort((a, b) => b.length - a.length)[0];
    return name === undefined ? undefined : this.#step({ kind: 'field', name }, object, name.length + (first ? 0 : 1));
  }

  #item(list: Json): Json | undefined {
    const inBrackets = /^\[((?:"(?:[^"\\]|\\.)*"|[^\]"])*)\]/.exec(this.rest);
    const element = inBrackets && elementOf(inBrackets[1] ?? '');
    return element ? this.#step(element, list, inBrackets[0].length) : undefined;
  }

  #step(element: PathElement, within: Json, length: number): Json | undefined {
    const below = lookup(within, [element]);
    if (below === undefined) return undefined;
    this.path.push(element);
    this.rest = this.rest.slice(length);
    return below;
  }
}

const unquoted = (text: string): string => text.replace(/^"(.*)"$/, '$1');

/** `0`, `="x"`, `name="web"`, `containerPort=80,protocol="TCP"`. */
function elementOf(text: string): PathElement | undefined {
  if (/^\d+$/.test(text)) return { kind: 'index', index: Number(text) };
  try {
    if (text.startsWith('=')) return { kind: 'value', value: parseJson(text.slice(1)) };
    const fields = [...text.matchAll(/([\w.-]+)=("(?:[^"\\]|\\.)*"|[^,]+)(?:,|$)/g)].map(([, name = '', value = '']): readonly [string, Json] => [name, parseJson(value)]);
    return fields.length === 0 ? undefined : { kind: 'key', fields };
  } catch {
    return undefined;
  }
}

/** A value is dumped whole before the words that matter, as a Go struct of any length: `Invalid value: …: field is immutable`. */
const MAX_DUMP = 80;

export function withoutDump(message: string): string {
  return message.replace(/((?:Invalid|Unsupported|Duplicate|Forbidden) value: )([\s\S]*)(: [^:]{3,200})$/, (all, before: string, value: string, after: string) => (value.length > MAX_DUMP ? `${before}…${after}` : all));
}

/** What Go adds to a value that it prints with `%v`: nothing a person wrote. */
export const plainWords = (message: string): string => withoutDump(message).replace(/&value\.valueUnstructured\{Value:((?:[^{}]|\{[^{}]*\})*)\}/g, '$1');
