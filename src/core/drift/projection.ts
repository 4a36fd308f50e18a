import { sameJson, type Json } from '../base/json';
import type { LiveState } from '../cluster/api';
import { describeRef } from '../kube/identity';
import { formatPath } from '../kube/path';
import type { Manifest, Range } from '../manifests/document';
import { applyEdits, project, SpliceError, type Change, type TextEdit } from '../manifests/splice';
import { inFile } from './place';
import type { FieldVerdict, ObjectVerdict } from './verdict';
import { clean, valueText } from './words';

/** One object of a file, as it was judged. */
export interface Projected {
  readonly manifest: Manifest;
  readonly verdict: ObjectVerdict;
  readonly live: LiveState;
}

/**
 * The file's text as the cluster has it: the live values of everything that differs are spliced in by the smallest
 * edits, so that comments, order and spelling are the file's own and a diff against the file shows only drift. What
 * means the same keeps Git's spelling; what only the server or other tools set is left out; the document of an object
 * that is not in the cluster is gone. Secret data that differs is a mask. `text` is the one the manifests were read from.
 */
export function projectLive(text: string, objects: readonly Projected[]): string {
  const edits: TextEdit[] = [];
  for (const { manifest, verdict, live } of objects) {
    if (manifest.rendered) edits.push(...renderedEdits(text, manifest, verdict, live));
    else if (live.kind === 'absent') edits.push(...withoutDocument(text, manifest, objects));
    else edits.push(...editsOf(text, manifest, changesOf(manifest, verdict)));
  }
  return applyEdits(text, withoutOverlaps(edits));
}

/** Of an object that was made from this document, only what is written here as it is; the rest is named. */
function renderedEdits(text: string, manifest: Manifest, verdict: ObjectVerdict, live: LiveState): readonly TextEdit[] {
  const open = verdict.fields.filter(field => SHOWN.has(field.verdict) && field.detail !== 'order');
  const own = open.filter(({ set }) => set?.certain === true && set.whole && set.by === 'document' && set.file === manifest.file);
  const left = open.filter(field => !own.includes(field));
  const said = live.kind === 'absent' ? `not in the cluster: ${clean(describeRef(verdict.ref))}` : left.length > 0 ? `differs, and is not set by this text alone: ${left.map(({ path }) => clean(formatPath(path))).join(', ')}` : undefined;
  const { start } = manifest.range;
  // A comment of its own line fits above a document, not before an entry of a list.
  const note: TextEdit[] = said === undefined || (start > 0 && text[start - 1] !== '\n') ? [] : [{ range: { start, end: start }, text: `# ${said}\n` }];
  return [...note, ...editsOf(text, manifest, changesOf(manifest, { ...verdict, fields: own }))];
}

const SHOWN: ReadonlySet<FieldVerdict['verdict']> = new Set(['drift', 'conflict', 'pending', 'undecided', 'blocked']);

function changesOf(manifest: Manifest, { fields }: ObjectVerdict): Change[] {
  return fields.filter(field => SHOWN.has(field.verdict) && field.detail !== 'order').map(field => ({ path: inFile(manifest.object, field.path), value: shownValue(field) }));
}

function shownValue({ live }: FieldVerdict): Json | undefined {
  if (live === undefined) return undefined;
  return live.kind === 'secret' ? valueText(live) : live.value;
}

function editsOf(text: string, manifest: Manifest, changes: readonly Change[]): readonly TextEdit[] {
  if (changes.length === 0) return [];
  try {
    return project(manifest, text, changes);
  } catch (error) {
    if (!(error instanceof SpliceError) || (error.kind === 'stale' && !isBuilt(manifest))) throw error;
    if (error.kind === 'stale') return [unshown(manifest, changes)];
  }
  // One of them cannot be written: the others are, and it is named rather than shown as equal.
  const written = changes.filter(change => isWritable(text, manifest, change));
  const left = changes.filter(change => !written.includes(change));
  return [unshown(manifest, left), ...(written.length === 0 ? [] : editsOf(text, manifest, written))];
}

/** What was built of the text need not be what it says: a live value put in its place would say the wrong thing. */
const isBuilt = ({ object, root }: Manifest): boolean => !sameJson(object, root.value);

const unshown = ({ range }: Manifest, changes: readonly Change[]): TextEdit => ({
  range: { start: range.start, end: range.start },
  text: `# differs, and cannot be shown in this text: ${changes.map(({ path }) => clean(formatPath(path))).join(', ')}\n`,
});

function isWritable(text: string, manifest: Manifest, change: Change): boolean {
  try {
    project(manifest, text, [change]);
    return true;
  } catch (error) {
    if (error instanceof SpliceError) return false;
    throw error;
  }
}

/** The document from its separator on; an item of a `List` stays, as the rest of its document does. */
function withoutDocument(text: string, { range: own, document }: Manifest, all: readonly Projected[]): TextEdit[] {
  if (all.some(({ manifest }) => manifest.document === document && manifest.range.start !== own.start)) return [];
  const range: Range = { start: startOfDocument(text, own.start), end: endOfDocument(text, own.end) };
  return [{ range, text: '' }];
}

function startOfDocument(text: string, from: number): number {
  const before = text.slice(0, from);
  const separators = [...before.matchAll(/^---(?=\s|$).*(?:\r?\n|$)/gm)];
  const last = separators.at(-1);
  return last ? last.index + last[0].length : 0;
}

function endOfDocument(text: string, from: number): number {
  const next = /^---(?=\s|$).*(?:\r?\n|$)/gm;
  next.lastIndex = from;
  const match = next.exec(text);
  return match ? match.index + match[0].length : text.length;
}

/** Two objects of one document may touch the same lines; the first one shown keeps its place. */
function withoutOverlaps(edits: readonly TextEdit[]): TextEdit[] {
  const sorted = [...edits].sort((a, b) => a.range.start - b.range.start || a.range.end - b.range.end);
  const kept: TextEdit[] = [];
  for (const edit of sorted) if (edit.range.start >= (kept.at(-1)?.range.end ?? 0)) kept.push(edit);
  return kept;
}
