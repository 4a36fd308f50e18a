import type { FileState, ObjectState } from '../core/drift/snapshot';
import type { FieldVerdict } from '../core/drift/verdict';
import { clean, valueText } from '../core/drift/words';
import type { ManifestProblem, Range } from '../core/manifests/document';
import { marksOf, stops, type Mark } from './marks';
import { shortPath } from './short-path';

/** What the Problems view says of one place of a file. */
export interface Entry {
  /** Offsets in the judged text. */
  readonly range: Range;
  readonly severity: ManifestProblem['severity'];
  readonly message: string;
  readonly code: string;
}

/** What is wrong with the file itself always shows; drift can be switched off. `whoseIs` names an object's cluster, or is empty. */
export function entriesOf(file: FileState, drift: boolean, whoseIs: (object: ObjectState) => string): Entry[] {
  const wrong = file.problems.map((problem): Entry => ({ range: problem.range, severity: problem.severity, message: clean(problem.message, 500), code: 'manifest' }));
  return drift ? [...wrong, ...stops(marksOf(file)).map(mark => entryOf(mark, whoseIs(mark.object)))] : wrong;
}

function entryOf({ object, field, shown, verdict, range, text }: Mark, whoseIs: string): Entry {
  const severity = verdict === 'invalid' || verdict === 'blocked' ? 'error' : field?.afterResume === 'deleted' ? 'warning' : 'information';
  const name = `${whoseIs === '' ? '' : `${whoseIs}: `}${clean(`${object.ref.kind} ${object.ref.name}`)}`;
  // Why an apply would be refused stands nowhere else in the list.
  const why = verdict === 'blocked' && shown ? `: ${clean(shown.reason, 400)}` : '';
  return { range, severity, message: `${name}: ${field && shown ? fieldText(field, shown, text) : text}${why}`, code: verdict };
}

/** What only the cluster has is named by its text already. */
function fieldText(field: FieldVerdict, shown: FieldVerdict, text: string): string {
  if (field.git === undefined) return text;
  return shown.git === undefined ? `${shortPath(field.path)}: ${text}` : `${shortPath(field.path)} is ${valueText(shown.git)} in Git, ${text}`;
}
