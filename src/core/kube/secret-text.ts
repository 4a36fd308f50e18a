import { isArray, isObject, member, type Json, type JsonObject } from '../base/json';
import { stringifyJson } from '../base/json-text';
import { isSecret } from './identity';

/** What stands in a text where a secret stood. */
export const SECRET_WORD = '(secret)';

/** The fields of a Secret that hold what must not be read. */
export const SECRET_FIELDS = ['data', 'stringData'] as const;

/** Every spelling in which the values of a Secret may turn up in a text: as written, decoded, encoded, escaped. None for any other kind. */
export function secretsOf(object: JsonObject): ReadonlySet<string> {
  const out = new Set<string>();
  if (!isSecret(object)) return out;
  for (const name of SECRET_FIELDS) for (const value of scalarsIn(member(object, name))) addSpellings(out, typeof value === 'string' ? value : stringifyJson(value));
  out.delete('');
  return out;
}

function addSpellings(out: Set<string>, value: string): void {
  const decoded = Buffer.from(value, 'base64').toString('utf8');
  for (const text of [value, decoded.includes('\uFFFD') ? '' : decoded]) {
    const encoded = Buffer.from(text, 'utf8').toString('base64');
    for (const spelling of [text, ...linesOf(text), encoded, encoded.replace(/=+$/, '')]) {
      out.add(spelling.trim());
      out.add(JSON.stringify(spelling).slice(1, -1));
    }
  }
}

/** A part that says something on its own; a word such as `true` is not given away by its line. */
const linesOf = (text: string): string[] => text.split(/\r?\n/).filter(line => line.trim().length >= 6);

/** All that is no list and no object, at any depth, without using the call stack. */
function scalarsIn(value: Json | undefined): (string | number | bigint | boolean)[] {
  const out: (string | number | bigint | boolean)[] = [];
  const pending: (Json | undefined)[] = [value];
  for (let here = pending.pop(); pending.length > 0 || here !== undefined; here = pending.pop()) {
    if (isArray(here)) pending.push(...here);
    else if (isObject(here)) pending.push(...Object.values(here));
    else if (here !== null && here !== undefined) out.push(here);
  }
  return out;
}

/** A text that may quote values, such as a server's error message, with every one of the secrets masked. Short ones only as whole words. */
export function redactText(text: string, secrets: Iterable<string>): string {
  const ordered = [...new Set(secrets)].filter(secret => secret !== '').sort((a, b) => b.length - a.length);
  let out = text;
  for (const secret of ordered) out = secret.length >= 4 ? out.replaceAll(secret, SECRET_WORD) : out.replace(wholeWord(secret), SECRET_WORD);
  return out;
}

const wholeWord = (word: string): RegExp => new RegExp(`(?<![\\p{L}\\p{N}])${word.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')}(?![\\p{L}\\p{N}])`, 'gu');
