import { basename } from 'node:path';
import { distinctNames } from './distinct-names';
import { countsText } from '../core/drift/counts-text';
import { hasSwitch, isOut, openFields } from '../core/drift/snapshot-lookup';
import type { ApplicationState, Counts, Environment, ObjectState, Snapshot } from '../core/drift/snapshot';
import { VERDICTS, worst, type FieldVerdict, type Verdict } from '../core/drift/verdict';
import { afterText, clean, lookOf, pathText, verdictTitle, type Tone } from '../core/drift/words';
import { clusterRows } from './cluster-rows';
import type { TreeNode } from './node';
import { setters } from './file-rows';
import { shortPath } from './short-path';
import { toolName, toolTitle } from './outlook';
import { pauseText } from './spans';

/** One row of the Environments view as plain data: what a tree item shows, without VS Code. */
export interface Row {
  /** Unique in the tree and the same for the same thing in every snapshot. */
  readonly id: string;
  readonly node: TreeNode;
  readonly parent: string | undefined;
  readonly children: readonly string[];
  readonly label: string;
  readonly description: string;
  readonly icon: { readonly id: string; readonly verdict: Verdict | undefined; readonly tone: Tone | undefined };
  /** Words that menus look for, separated by spaces. */
  readonly flags: string;
  readonly open: boolean;
  /** It has been judged: before, that it is closed means nothing. */
  readonly known: boolean;
  readonly spoken: string;
  /** Left out where it is made when somebody asks. */
  readonly tooltip?: string;
  /** What a click does. */
  readonly click: Click | undefined;
  /** Files that the row of an object opens to, as one text: another text, other files. */
  readonly files?: string;
}

export type Click = 'reveal' | 'live' | 'retry' | 'connect' | 'log';

export interface RowOptions {
  readonly driftedOnly: boolean;
  /** Milliseconds since the epoch, for "paused 40 min". */
  readonly now: number;
}

export interface Rows {
  readonly roots: readonly string[];
  readonly byId: ReadonlyMap<string, Row>;
}

/** Every row of the tree, worst first as the snapshot has it. */
export function rowsOf(snapshot: Snapshot, options: RowOptions): Rows {
  const byId = new Map<string, Row>();
  const add = (row: Row): string => {
    byId.set(row.id, row);
    return row.id;
  };
  const several = snapshot.connections.length > 1;
  const folders = distinctNames(snapshot.environments.flatMap(({ applications }) => applications.flatMap(({ application, folder }) => (application ? [] : [folder]))));
  const environments = snapshot.environments
    .filter(environment => !options.driftedOnly || environment.applications.some(application => isShown(application, options)))
    .map(environment => addEnvironment(environment, { ...options, several, folders }, add));
  return { roots: [...clusterRows(snapshot, options.now).map(add), ...environments], byId };
}

type Add = (row: Row) => string;

interface Around extends RowOptions {
  /** More than one cluster is shown. */
  readonly several: boolean;
  /** Folders without a controller, each by the shortest name that tells it from the others. */
  readonly folders: ReadonlyMap<string, string>;
}

const isShown = (application: ApplicationState, { driftedOnly }: RowOptions): boolean =>
  !driftedOnly || application.pause !== undefined || application.objects.some(({ verdict }) => isOut(verdict.verdict));

function addEnvironment(environment: Environment, options: Around, add: Add): string {
  const id = `environment:${environment.id}`;
  const children = environment.applications.filter(application => isShown(application, options)).map(application => addApplication(application, environment, id, options, add));
  const paused = environment.applications.filter(({ pause }) => pause !== undefined);
  const only = paused.length === 1 ? paused[0]?.pause : undefined;
  const pause = only ? pauseText(only, options.now) : paused.length > 1 ? `${paused.length} paused` : '';
  const label = environment.namespace === '' ? 'Not compared' : clean(options.several ? `${environment.context}/${environment.namespace}` : environment.namespace);
  const description = joined(countsText(environment.counts), pause, environment.production ? 'production' : '', environment.writable ? 'changes enabled' : '');
  const verdict = worstOf(environment.counts);
  return add({
    id,
    node: { kind: 'environment', id: environment.id },
    parent: undefined,
    children,
    label,
    description,
    icon: { id: environment.production ? 'server-environment' : 'server', verdict: undefined, tone: toneFor(verdict) },
    flags: environment.namespace === '' ? 'uncompared' : `environment ${environment.writable ? 'writable' : 'readonly'}`,
    open: true,
    known: true,
    spoken: `Environment ${label}, ${description}`,
    click: undefined,
  });
}

function addApplication(state: ApplicationState, environment: Environment, parent: string, options: Around, add: Add): string {
  const id = `application:${state.id}`;
  const { application, pause } = state;
  const children = state.objects.filter(object => !options.driftedOnly || isOut(object.verdict.verdict)).map(object => addObject(object, environment, id, add));
  const label = clean(application?.ref.name ?? options.folders.get(state.folder) ?? basename(state.folder));
  const what = application ? toolTitle(application) : state.doubt === undefined ? 'plain folder' : 'controller not known';
  const trouble = application && state.doubt !== undefined ? 'not current' : application?.waitsFor !== undefined ? `waits for ${clean(application.waitsFor)}` : application?.ready?.status === 'False' ? 'not ready' : application?.reconciling === true ? 'reconciling' : '';
  const description = joined(what, countsText(state.counts), pause ? pauseText(pause, options.now) : '', trouble, makerText(application));
  const verdict = worstOf(state.counts);
  const control = hasSwitch(state) ? (pause ? 'paused' : 'running') : 'uncontrolled';
  return add({
    id,
    node: { kind: 'application', id: state.id },
    parent,
    children,
    label,
    description,
    icon: pause ? { id: 'debug-pause', verdict: undefined, tone: 'orange' } : { id: application ? 'sync' : state.doubt === undefined ? 'folder' : 'question', verdict: undefined, tone: toneFor(verdict) },
    flags: joinedFlags('application', control, environment.context !== '' && 'compared', environment.writable && 'writable'),
    open: isOut(verdict) || verdict === 'pending',
    known: verdict !== 'unknown' && verdict !== 'undecided',
    spoken: `${application ? `${toolName(application)} ${application.kind}` : state.doubt === undefined ? 'Plain folder' : 'Folder'} ${label}, ${description}`,
    click: undefined,
  });
}

/** Who made an Application of Argo CD: what is changed in it by hand, its maker may take back. That Flux applies its own Kustomizations goes without saying. */
function makerText(application: ApplicationState['application']): string {
  const maker = application?.tool === 'argo' ? application.parent : undefined;
  return maker === undefined ? '' : `of ${clean(`${maker.kind} ${maker.name}`, 80)}`;
}

function addObject(object: ObjectState, environment: Environment, parent: string, add: Add): string {
  const id = `object:${object.id}`;
  const { ref, verdict, manifest } = object;
  const live = isLive(object);
  const flags = joinedFlags(live && 'live', manifest !== undefined && 'file', environment.writable && 'writable');
  const children = openFields(object).map((field, index) => addField(field, index, object, id, flags, add));
  const elsewhere = ref.namespace !== undefined && ref.namespace !== environment.namespace ? `${clean(ref.namespace)}/` : '';
  const label = `${clean(ref.kind)} ${elsewhere}${clean(ref.name)}`;
  const description = joined(verdictTitle(verdict), verdict.claimedBy === undefined ? '' : `also by ${verdict.claimedBy.map(name => clean(name, 60)).join(', ')}`);
  return add({
    id,
    node: { kind: 'object', id: object.id },
    parent,
    children,
    label,
    description,
    icon: { id: '', verdict: verdict.verdict, tone: lookOf(verdict.verdict).tone },
    flags: joinedFlags('object', flags),
    open: false,
    known: true,
    spoken: `${label}, ${description}, in ${clean(environment.context)} ${clean(environment.namespace)}`,
    click: manifest ? 'reveal' : live ? 'live' : undefined,
    files: manifest ? `${manifest.file}|${setters(object)}` : '',
  });
}

function addField(field: FieldVerdict, index: number, object: ObjectState, parent: string, flags: string, add: Add): string {
  const label = shortPath(field.path);
  const description = afterText(field) ?? lookOf(field.verdict).label;
  const verdict = field.verdict === 'extra' ? 'in-sync' : field.verdict;
  return add({
    // An object's fields may share a path only through a list that has an item twice.
    id: `field:${object.id}|${index}|${pathText(field.path, 400)}`,
    node: { kind: 'field', id: object.id, field: index },
    parent,
    children: [],
    label,
    description,
    icon: { id: '', verdict, tone: lookOf(field.verdict).tone },
    flags: joinedFlags('field', flags),
    open: false,
    known: true,
    spoken: `${label}, ${lookOf(field.verdict).label}, ${description}`,
    click: object.manifest ? 'reveal' : undefined,
  });
}

const NOT_LIVE: ReadonlySet<Verdict> = new Set(['missing', 'unknown']);

/** Whether there is a live object to show, as far as the verdict tells. */
const isLive = ({ verdict }: ObjectState): boolean => !NOT_LIVE.has(verdict.verdict);

const worstOf = (counts: Counts): Verdict => worst(VERDICTS.filter(verdict => (counts[verdict] ?? 0) > 0));

/** A group's icon is coloured only where something is wrong: a green folder would promise too much. */
const toneFor = (verdict: Verdict): Tone | undefined => (isOut(verdict) ? lookOf(verdict).tone : undefined);

const joined = (...parts: readonly string[]): string => parts.filter(part => part !== '').join(' · ');
const joinedFlags = (...flags: readonly (string | false)[]): string => flags.filter(flag => flag !== false && flag !== '').join(' ');

/** Rows to draw again when the tree goes from one state to another; `all` when the roots changed. What lies below a row that is listed is left out. */
export function changedRows(before: Rows, after: Rows): 'all' | readonly string[] {
  if (before.roots.join('\n') !== after.roots.join('\n')) return 'all';
  const changed = new Set<string>();
  for (const [id, row] of after.byId) {
    const old = before.byId.get(id);
    if (old && !sameRow(old, row)) changed.add(old.known === row.known ? id : (row.parent ?? id));
  }
  const below = (id: string): boolean => {
    const parent = after.byId.get(id)?.parent;
    return parent !== undefined && (changed.has(parent) || below(parent));
  };
  return [...changed].filter(id => !below(id));
}

function sameRow(a: Row, b: Row): boolean {
  return (
    a.label === b.label &&
    a.description === b.description &&
    a.flags === b.flags &&
    a.icon.id === b.icon.id &&
    a.icon.verdict === b.icon.verdict &&
    a.icon.tone === b.icon.tone &&
    a.click === b.click &&
    a.known === b.known &&
    a.files === b.files &&
    a.children.length === b.children.length &&
    a.children.every((child, i) => child === b.children[i])
  );
}
