import { wild } from './wild';

/** Patterns that braces may multiply into; more match nothing. */
const MAX_ALTERNATIVES = 256;

/**
 * A glob as Argo CD reads it (github.com/gobwas/glob without separators: a star also crosses `/`): `*`, `**`, `?`, `[a-z]`,
 * `[!abc]`, `{a,b}` and the backslash. A pattern that is none matches nothing, as there.
 */
export function globMatches(pattern: string, text: string): boolean {
  const letters = Array.from(text);
  return (alternatives(Array.from(pattern)) ?? []).some(tokens => wild(tokens, letters, '*', sameToken));
}

type Tokens = readonly string[];

/** A token is `*`, `?`, a class with its brackets, or a letter after a backslash. */
const sameToken = (token: string, letter: string): boolean => (token === '?' ? true : token.startsWith('[') ? inClass(token, letter) : token.slice(1) === letter);

function alternatives(letters: readonly string[]): Tokens[] | undefined {
  const reader = { letters, at: 0 };
  const all = sequence(reader, false);
  return all && reader.at === letters.length ? all : undefined;
}

interface Reader {
  readonly letters: readonly string[];
  at: number;
}

/** Up to the end, or inside braces up to the comma or the closing one. */
function sequence(reader: Reader, inBraces: boolean): Tokens[] | undefined {
  let all: Tokens[] = [[]];
  while (reader.at < reader.letters.length) {
    const letter = reader.letters[reader.at] ?? '';
    if (inBraces && (letter === ',' || letter === '}')) return all;
    const next = letter === '{' ? braces(reader) : one(reader);
    if (!next) return undefined;
    all = all.flatMap(before => next.map(after => [...before, ...after]));
    if (all.length > MAX_ALTERNATIVES) return undefined;
  }
  return inBraces ? undefined : all;
}

function braces(reader: Reader): Tokens[] | undefined {
  const all: Tokens[] = [];
  do {
    reader.at++;
    const inside = sequence(reader, true);
    if (!inside) return undefined;
    all.push(...inside);
  } while (reader.letters[reader.at] === ',');
  reader.at++;
  return all;
}

function one(reader: Reader): Tokens[] | undefined {
  const letter = reader.letters[reader.at++] ?? '';
  if (letter === '*' || letter === '?') return [[letter]];
  if (letter === '\\') {
    const escaped = reader.letters[reader.at++];
    return escaped === undefined ? undefined : [[`=${escaped}`]];
  }
  if (letter !== '[') return [[`=${letter}`]];
  const end = reader.letters.indexOf(']', reader.at + 1);
  if (end < 0) return undefined;
  const token = `[${reader.letters.slice(reader.at, end).join('')}]`;
  reader.at = end + 1;
  return [[token]];
}

function inClass(token: string, letter: string): boolean {
  const inside = Array.from(token.slice(1, -1));
  const not = inside[0] === '!';
  const members = not ? inside.slice(1) : inside;
  const isRange = members.length === 3 && members[1] === '-';
  const found = isRange ? letter >= (members[0] ?? '') && letter <= (members[2] ?? '') : members.includes(letter);
  return found !== not;
}
