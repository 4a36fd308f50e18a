import { atDifferingLine } from '../core/drift/differing-line';
import { isOut } from '../core/drift/snapshot-lookup';
import type { FileState, ObjectState } from '../core/drift/snapshot';
import { VERDICTS, type FieldVerdict, type Verdict } from '../core/drift/verdict';
import { afterText, lookOf, verdictTitle } from '../core/drift/words';
import type { Range } from '../core/manifests/document';

/** Something to say about a place of a file. Offsets are those of the judged text. */
export interface Mark {
  readonly object: ObjectState;
  /** `undefined`: it is about the object as a whole. */
  readonly field: FieldVerdict | undefined;
  /** The field with the values of this line only, where it is one line of a block. */
  readonly shown: FieldVerdict | undefined;
  readonly verdict: Verdict;
  /** Where it shows: within one line. */
  readonly range: Range;
  /** Where the pointer may rest to see more: the whole value. */
  readonly whole: Range;
  /** For the end of the line. */
  readonly text: string;
}

/** Every mark of a file, in file order; of two at one place the worse comes first. */
export function marksOf(file: FileState): readonly Mark[] {
  const marks = file.objects.flatMap(object => objectMarks(object, file.textVersion));
  return marks.sort((a, b) => a.range.start - b.range.start || VERDICTS.indexOf(a.verdict) - VERDICTS.indexOf(b.verdict));
}

/** Whole objects that are marked at their name when no field says more. */
const OBJECT_MARKS: ReadonlySet<Verdict> = new Set(['drift', 'conflict', 'missing', 'invalid', 'blocked', 'pending']);

function objectMarks(object: ObjectState, text: string): Mark[] {
  const { manifest, verdict } = object;
  if (!manifest) return [];
  const marks = verdict.fields.flatMap((field): Mark[] => {
    if (field.verdict === 'extra') return [];
    const range = { start: field.at.start, end: endOfLine(text, field.at.start, field.at.end) };
    const said = afterText(field);
    return said === undefined ? [] : [{ object, field, shown: atDifferingLine(field), verdict: field.verdict, range, whole: field.at, text: said }];
  });
  if (marks.some(mark => mark.verdict === verdict.verdict) || !OBJECT_MARKS.has(verdict.verdict)) return marks;
  const range = manifest.named;
  return [{ object, field: undefined, shown: undefined, verdict: verdict.verdict, range, whole: range, text: verdictTitle(verdict) }, ...marks];
}

function endOfLine(text: string, start: number, limit: number): number {
  let end = start;
  while (end < limit && text[end] !== '\n' && text[end] !== '\r') end++;
  return end;
}

/** The places that "next drift" goes to: what is out of plumb, one for each line. */
export function stops(marks: readonly Mark[]): readonly Mark[] {
  return marks.filter(mark => isOut(mark.verdict));
}

export const toneOf = (mark: Mark): ReturnType<typeof lookOf>['tone'] => lookOf(mark.verdict).tone;
