import { atDifferingLine } from '../core/drift/differing-line';
import { isOut } from '../core/drift/snapshot-lookup';
import type { FileState, ObjectState } from '../core/drift/snapshot';
import { VERDICTS, type FieldVerdict, type SetAt, type Verdict } from '../core/drift/verdict';
import { nearPath, setText } from '../core/drift/set-words';
import { afterText, clean, lookOf, verdictTitle } from '../core/drift/words';
import { field as fieldOf, type Path } from '../core/kube/path';
import type { Manifest, Range } from '../core/manifests/document';
import { locate } from '../core/manifests/locate';
import { shortPath } from './short-path';

/** Something to say about a place of a file. Offsets are those of the judged text. */
export interface Mark {
  readonly object: ObjectState;
  /** `undefined`: it is about the object as a whole. */
  readonly field: FieldVerdict | undefined;
  /** The field with the values of this line only, where it is one line of a block. */
  readonly shown: FieldVerdict | undefined;
  readonly verdict: Verdict;
  /** The value that stands here is not the one that counts: another file sets it. */
  readonly overridden: boolean;
  /** Where it shows: within one line. */
  readonly range: Range;
  /** Where the pointer may rest to see more: the whole value. */
  readonly whole: Range;
  /** For the end of the line. */
  readonly text: string;
  /** What it is about, where the line does not show that: `Deployment web replicas`; else empty. */
  readonly about: string;
}

/** Every mark of a file, in file order; of two at one place the worse comes first. */
export function marksOf(file: FileState): readonly Mark[] {
  const marks = [...file.objects.flatMap(object => objectMarks(object, file)), ...file.placed.flatMap(({ object, field }) => fieldMarks(object, field, file))];
  return marks.sort((a, b) => a.range.start - b.range.start || VERDICTS.indexOf(a.verdict) - VERDICTS.indexOf(b.verdict));
}

/** Whole objects that are marked at their name when no field says more. */
const OBJECT_MARKS: ReadonlySet<Verdict> = new Set(['drift', 'conflict', 'missing', 'invalid', 'blocked', 'pending']);

function objectMarks(object: ObjectState, file: FileState): Mark[] {
  const { manifest, verdict } = object;
  if (!manifest) return [];
  const marks = verdict.fields.flatMap(field => fieldMarks(object, field, file));
  if (marks.some(mark => mark.verdict === verdict.verdict) || !OBJECT_MARKS.has(verdict.verdict)) return marks;
  const range = manifest.named;
  const elsewhere = verdict.fields.some(({ set }) => set?.file !== undefined && set.file !== file.file);
  if (elsewhere) return marks;
  return [{ object, field: undefined, shown: undefined, verdict: verdict.verdict, overridden: false, range, whole: range, text: verdictTitle(verdict), about: nameUnless(isDocument(manifest), object) }, ...marks];
}

/** What stands at the origin only refers to a value that is given elsewhere, as a template of a chart and a variable do: nothing is overridden. */
export const isReference = ({ by }: SetAt): boolean => by === 'values' || by === 'substitute';

/** The mark of a field where it is set; at its origin, when that is another file, a fainter one that says so. */
function fieldMarks(object: ObjectState, field: FieldVerdict, { file, textVersion }: FileState): Mark[] {
  const { set } = field;
  if (field.verdict === 'extra') return [];
  const said = afterText(field);
  if (said === undefined) return [];
  const here = set?.file === file && set.range !== undefined;
  const elsewhere = !here && set?.certain === true && set.file !== undefined;
  const written = object.manifest === undefined || locate(object.manifest.root, field.path).exact;
  // What only another file has is overridden nowhere.
  if (elsewhere && !written) return [];
  const at = here ? set.range : field.at;
  const range = { start: at.start, end: endOfLine(textVersion, at.start, at.end) };
  const how = set ? setText(set, file) : '';
  const text = elsewhere ? `${isReference(set) ? 'set' : 'overridden'} in ${nearPath(set.file, file)}` : how === '' ? said : `${said} · ${how}`;
  // A chart's values make many objects: which one it is does not show there.
  const about = here && set.by === 'values' ? nameUnless(false, object) : here || written || object.manifest.rendered !== true || field.detail === 'extra' ? '' : `${nameUnless(isDocument(object.manifest), object)} ${shortPath(field.path)}`.trim();
  return [{ object, field, shown: atDifferingLine(field), verdict: field.verdict, overridden: elsewhere, range, whole: at, text, about }];
}

const NAME: Path = [fieldOf('metadata'), fieldOf('name')];

/** The object itself is written there; else the place is what makes it: a generator, the values of a chart. */
export const isDocument = ({ root }: Manifest): boolean => locate(root, NAME).exact;

const nameUnless = (said: boolean, { ref }: ObjectState): string => (said ? '' : clean(`${ref.kind} ${ref.name}`, 80));

function endOfLine(text: string, start: number, limit: number): number {
  let end = start;
  while (end < limit && text[end] !== '\n' && text[end] !== '\r') end++;
  return end;
}

/** The places that "next drift" goes to: what is out of plumb, one for each line. */
export function stops(marks: readonly Mark[]): readonly Mark[] {
  return marks.filter(mark => isOut(mark.verdict) && !mark.overridden);
}

export const toneOf = (mark: Mark): ReturnType<typeof lookOf>['tone'] => (mark.overridden ? 'dim' : lookOf(mark.verdict).tone);
