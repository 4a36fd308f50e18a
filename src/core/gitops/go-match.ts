import { wild } from './wild';

/** A pattern of Go's `filepath.Match` for one name, ready to be asked often. */
export type NamePattern = readonly Token[];

type Token =
  | { readonly kind: 'star' | 'one' }
  | { readonly kind: 'letter'; readonly letter: string }
  | { readonly kind: 'class'; readonly not: boolean; readonly ranges: readonly (readonly [from: string, to: string])[] };

const STAR: Token = { kind: 'star' };

/** `*`, `?`, `[a-z]`, `[^abc]` and the backslash; `undefined` for what Go calls a bad pattern, which matches nothing. */
export function namePattern(text: string): NamePattern | undefined {
  const letters = Array.from(text);
  const tokens: Token[] = [];
  for (let i = 0; i < letters.length; i++) {
    const letter = letters[i] ?? '';
    if (letter === '*') {
      tokens.push(STAR);
    } else if (letter === '?') {
      tokens.push({ kind: 'one' });
    } else if (letter === '[') {
      const found = classAt(letters, i + 1);
      if (!found) return undefined;
      tokens.push(found.token);
      i = found.end;
    } else {
      const escaped = letter === '\\' ? letters[++i] : letter;
      if (escaped === undefined) return undefined;
      tokens.push({ kind: 'letter', letter: escaped });
    }
  }
  return tokens;
}

/** `end` is where its bracket closes. */
function classAt(letters: readonly string[], start: number): { readonly token: Token; readonly end: number } | undefined {
  const not = letters[start] === '^';
  const ranges: (readonly [string, string])[] = [];
  let i = not ? start + 1 : start;
  const member = (): string | undefined => {
    const letter = letters[i++];
    if (letter === '\\') return letters[i++];
    return letter === '-' || letter === ']' ? undefined : letter;
  };
  while (letters[i] !== ']' || ranges.length === 0) {
    const from = member();
    let to = from;
    if (letters[i] === '-') {
      i++;
      to = member();
    }
    // What opens has to close.
    if (from === undefined || to === undefined || i >= letters.length) return undefined;
    ranges.push([from, to]);
  }
  return { token: { kind: 'class', not, ranges }, end: i };
}

export const nameMatches = (pattern: NamePattern, name: string): boolean => wild(pattern, Array.from(name), STAR, isLetter);

function isLetter(token: Token, letter: string): boolean {
  switch (token.kind) {
    case 'star':
    case 'one':
      return true;
    case 'letter':
      return token.letter === letter;
    case 'class':
      return token.ranges.some(([from, to]) => code(letter) >= code(from) && code(letter) <= code(to)) !== token.not;
  }
}

const code = (letter: string): number => letter.codePointAt(0) ?? 0;
