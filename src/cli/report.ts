import { relative, sep } from 'node:path';
import type { Traffic } from '../core/cluster/api';
import type { Applier } from '../core/drift/judge-input';
import type { ApplicationState, ObjectState } from '../core/drift/snapshot';
import { openFields } from '../core/drift/snapshot-lookup';
import type { FieldVerdict } from '../core/drift/verdict';
import { describeRef, objectId } from '../core/kube/identity';
import type { Range } from '../core/manifests/document';
import { Places } from '../core/manifests/places';
import { isDirty } from './dirty';
import type { Scan } from './scan';
import type { Target } from './target';

/** A range in a file; lines and columns from 1, columns in UTF-16 units, the end exclusive. `file` is relative to the report's root, with `/`. */
export interface Location {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

export interface ReportField {
  readonly field: FieldVerdict;
  readonly at: Location | undefined;
}

export interface ReportObject {
  readonly state: ObjectState;
  /** Where its document begins; `undefined` for an orphan. */
  readonly source: (Location & { readonly document: number }) | undefined;
  readonly group: ApplicationState;
  /** Of the group, relative to the report's root. */
  readonly folder: string;
  readonly applier: Pick<Applier, 'tool' | 'manager'>;
  readonly fields: readonly ReportField[];
  readonly kept: readonly ReportField[];
}

export interface ReportProblem {
  readonly file: string;
  /** `undefined` where it is the whole file, or a folder. */
  readonly at: Location | undefined;
  readonly message: string;
  /** Something could not be judged because of it. */
  readonly lost: boolean;
}

/** What a run found out, in a stable order: by file and place; orphans last, by identity. */
export interface Report {
  readonly cluster: { readonly context: string; readonly server: string; readonly uid: string | undefined; readonly version: string } | undefined;
  readonly repository: { readonly root: string; readonly head: string | undefined; readonly dirty: boolean };
  readonly objects: readonly ReportObject[];
  readonly problems: readonly ReportProblem[];
  readonly requests: Traffic;
  readonly seconds: number;
}

/** What nobody has to look at. */
export const isCalm = ({ state }: ReportObject): boolean => ['in-sync', 'equivalent', 'skipped'].includes(state.verdict.verdict);

/** The fields that somebody should look at, in the order of the file. */
export function openFieldsOf({ state, fields }: ReportObject): ReportField[] {
  const open = new Set(openFields(state));
  return fields.filter(({ field }) => open.has(field));
}

/** What the object is judged with: the application, or the folder that no controller applies. */
export const groupName = ({ group, folder }: ReportObject): string => (group.application ? describeRef(group.application.ref) : folder);

export interface ReportPlace {
  readonly target: Target;
  readonly cwd: string;
  /** HEAD's commit. */
  readonly head: string | undefined;
  readonly seconds: () => number;
}

export async function reportOf({ snapshot, engine, trouble }: Scan, { target, cwd, head, seconds }: ReportPlace): Promise<Report> {
  const files = new Locator(target.root, file => engine.text(file));
  const groups = snapshot.environments.flatMap(({ applications }) => applications);
  const objects = groups.flatMap(group => group.objects.map(state => reportObject(state, group, engine.input(state.id)?.applier, files))).sort(byPlace);
  const problems = [...snapshot.files.values()].flatMap(({ file, problems: found }) => found.map(({ range, message, lost }): ReportProblem => ({ file: files.name(file), at: files.at(file, range), message, lost }))).sort((a, b) => compare(a.file, b.file) || (a.at?.line ?? 0) - (b.at?.line ?? 0));
  const { cluster } = engine;
  return {
    cluster: cluster && { context: cluster.pin.context, server: cluster.pin.server, uid: cluster.pin.uid, version: cluster.version },
    repository: { root: (relative(cwd, target.root) || '.').split(sep).join('/'), head, dirty: head !== undefined && (await isDirty(target, head, [...snapshot.files.keys()], file => engine.text(file))) },
    objects,
    problems: [...problems, ...emptyPaths(target, objects, problems), ...troubles([target.trouble, trouble])],
    requests: cluster?.traffic ?? { list: 0, get: 0, dryRun: 0, other: 0, bytes: 0 },
    seconds: seconds(),
  };
}

function reportObject(state: ObjectState, group: ApplicationState, applier: Applier | undefined, files: Locator): ReportObject {
  const { manifest, verdict } = state;
  const shown = (field: FieldVerdict): ReportField => ({ field, at: field.set?.file !== undefined && field.set.range ? files.at(field.set.file, field.set.range, field.set.text) : manifest && files.at(manifest.file, field.at) });
  const location = manifest && files.at(manifest.file, manifest.range);
  return {
    state,
    source: manifest && location && { ...location, document: manifest.document },
    group,
    folder: files.name(group.folder),
    applier: applier ?? (group.application ? { tool: group.application.tool === 'helm' ? 'helm4' : group.application.tool, manager: group.application.manager } : { tool: 'none', manager: '' }),
    fields: verdict.fields.map(shown),
    kept: verdict.kept.map(shown),
  };
}

function byPlace(a: ReportObject, b: ReportObject): number {
  if (!a.source || !b.source) return Number(!a.source) - Number(!b.source) || compare(objectId(a.state.ref), objectId(b.state.ref)) || compare(a.group.id, b.group.id);
  return compare(a.source.file, b.source.file) || a.source.document - b.source.document || a.source.line - b.source.line || a.source.column - b.source.column || compare(a.group.id, b.group.id);
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** A path that holds nothing to judge is no success: it may be a wrong one. */
function emptyPaths({ paths, root }: Target, objects: readonly ReportObject[], problems: readonly ReportProblem[]): ReportProblem[] {
  const files = new Locator(root, () => undefined);
  const isIn = (path: string, file: string): boolean => file === path || path === '.' || file.startsWith(`${path}/`);
  return paths
    .map(path => files.name(path))
    .filter(path => !objects.some(({ source, folder }) => isIn(path, source?.file ?? folder)) && !problems.some(({ file }) => isIn(path, file)))
    .map(file => ({ file, at: undefined, message: 'No manifest was found here.', lost: true }));
}

function troubles(sentences: readonly (string | undefined)[]): ReportProblem[] {
  return sentences.flatMap(message => (message === undefined ? [] : [{ file: '.', at: undefined, message, lost: true }]));
}

/** Names and places in files, as the report gives them. */
class Locator {
  readonly #root: string;
  readonly #text: (file: string) => string | undefined;
  readonly #places = new Map<string, Places>();

  constructor(root: string, text: (file: string) => string | undefined) {
    this.#root = root;
    this.#text = text;
  }

  name(file: string): string {
    return (relative(this.#root, file) || '.').split(sep).join('/');
  }

  /** `text` is the file's where nobody else has it. */
  at(file: string, range: Range, text?: string): Location {
    let places = this.#places.get(file);
    if (!places) this.#places.set(file, (places = new Places(this.#text(file) ?? text ?? '')));
    const [start, end] = [places.placeAt(range.start), places.placeAt(range.end)];
    return { file: this.name(file), line: start.line + 1, column: start.character + 1, endLine: end.line + 1, endColumn: end.character + 1 };
  }
}
