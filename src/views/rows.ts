import { basename } from 'node:path';
import { worstOf } from '../core/drift/assemble';
import { countsText } from '../core/drift/counts-text';
import { countOut, hasSwitch, isOut, openFields } from '../core/drift/snapshot-lookup';
import type { ApplicationState, Counts, Environment, ObjectState } from '../core/drift/snapshot';
import type { FieldVerdict, ObjectVerdict, Verdict } from '../core/drift/verdict';
import { afterText, clean, lookOf, pathText, unknownText, verdictTitle, type Tone } from '../core/drift/words';
import type { TreeNode } from './node';
import { setters } from './file-rows';
import { shortPath } from './short-path';
import { toolName, toolTitle } from './outlook';
import { pauseText } from './spans';
import { sinceText } from './trouble-text';

/** One row of the Environments view as plain data: what a tree item shows, without VS Code. */
export interface Row {
  /** Unique in the tree and the same for the same thing in every snapshot. */
  readonly id: string;
  readonly node: TreeNode;
  readonly parent: string | undefined;
  /** There are rows below it. */
  readonly opens: boolean;
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

export type Click = 'reveal' | 'live' | 'retry' | 'connect' | 'log' | 'more';

/** What rows depend on beside what they stand for. */
export interface Around {
  readonly driftedOnly: boolean;
  /** Milliseconds since the epoch, for "paused 40 min". */
  readonly now: number;
  /** More than one cluster is shown. */
  readonly several: boolean;
  /** Folders without a controller, each by the shortest name that tells it from the others. */
  readonly folders: ReadonlyMap<string, string>;
}

export const isShown = (application: ApplicationState, { driftedOnly }: Pick<Around, 'driftedOnly'>): boolean => !driftedOnly || application.pause !== undefined || countOut(application.counts) > 0;

export const applicationsShown = ({ applications }: Environment, around: Pick<Around, 'driftedOnly'>): readonly ApplicationState[] => (around.driftedOnly ? applications.filter(application => isShown(application, around)) : applications);

export const objectsShown = ({ objects }: ApplicationState, { driftedOnly }: Pick<Around, 'driftedOnly'>): readonly ObjectState[] => (driftedOnly ? objects.filter(({ verdict }) => isOut(verdict.verdict)) : objects);

export function environmentRow(environment: Environment, around: Around): Row {
  const paused = environment.applications.filter(({ pause }) => pause !== undefined);
  const only = paused.length === 1 ? paused[0]?.pause : undefined;
  const pause = only ? pauseText(only, around.now) : paused.length > 1 ? `${paused.length} paused` : '';
  const label = environment.namespace === '' ? 'Not compared' : clean(around.several ? `${environment.context}/${environment.namespace}` : environment.namespace);
  const description = joined(countsText(environment.counts), pause, environment.production ? 'production' : '', environment.writable ? 'changes enabled' : '');
  const verdict = worstOf(environment.counts);
  return {
    id: `environment:${environment.id}`,
    node: { kind: 'environment', id: environment.id },
    parent: undefined,
    opens: applicationsShown(environment, around).length > 0,
    label,
    description,
    icon: { id: environment.production ? 'server-environment' : 'server', verdict: undefined, tone: toneFor(verdict) },
    flags: environment.namespace === '' ? 'uncompared' : `environment ${environment.writable ? 'writable' : 'readonly'}`,
    open: true,
    known: true,
    spoken: `Environment ${label}, ${spokenText(description)}`,
    click: undefined,
  };
}

export function applicationRow(state: ApplicationState, environment: Environment, parent: string, around: Around): Row {
  const { application, pause } = state;
  const label = clean(application?.ref.name ?? around.folders.get(state.folder) ?? basename(state.folder));
  const what = application ? toolTitle(application) : state.doubt === undefined ? 'plain folder' : 'controller not known';
  // A question stands first: what is last is cut off.
  const question = state.elsewhere === undefined ? '' : `meant for ${clean(state.elsewhere, 40)} alone?`;
  const trouble = application && state.doubt !== undefined ? 'not current' : application?.waitsFor !== undefined ? `waits for ${clean(application.waitsFor)}` : application?.ready?.status === 'False' ? 'not ready' : application?.reconciling === true ? 'reconciling' : '';
  const rest = joined(question, countsText(state.counts), pause ? pauseText(pause, around.now) : '', trouble, makerText(application));
  const verdict = worstOf(state.counts);
  const control = hasSwitch(state) ? (pause ? 'paused' : 'running') : 'uncontrolled';
  return {
    id: `application:${state.id}`,
    node: { kind: 'application', id: state.id },
    parent,
    opens: around.driftedOnly ? countOut(state.counts) > 0 : state.objects.length > 0,
    label,
    description: question === '' ? joined(what, rest) : joined(rest, what),
    icon: pause ? { id: 'debug-pause', verdict: undefined, tone: 'orange' } : { id: application ? 'sync' : state.doubt === undefined ? 'folder' : 'question', verdict: undefined, tone: toneFor(verdict) },
    flags: joinedFlags('application', control, environment.context !== '' && 'compared', environment.writable && 'writable', isPlaceable(state, around.several) && 'placeable'),
    open: isOut(verdict) || verdict === 'pending',
    known: verdict !== 'unknown' && verdict !== 'undecided',
    spoken: application ? `${application.kind === 'Helm release' ? '' : `${toolName(application)} `}${application.kind} ${label}, ${spokenText(rest)}` : `${state.doubt === undefined ? `Plain folder ${label}` : `Folder ${label}, ${what}`}, ${spokenText(rest)}`,
    click: undefined,
  };
}

/** Of a plain folder a person may say which clusters it is meant for: what one cluster lacks may be meant for one that is not connected. */
export const isPlaceable = ({ application, doubt, counts }: Pick<ApplicationState, 'application' | 'doubt' | 'counts'>, several: boolean): boolean => application === undefined && doubt === undefined && (several || (counts.missing ?? 0) > 0);

/** Who made an Application of Argo CD: what is changed in it by hand, its maker may take back. That Flux applies its own Kustomizations goes without saying. */
function makerText(application: ApplicationState['application']): string {
  const maker = application?.tool === 'argo' ? application.parent : undefined;
  return maker === undefined ? '' : `of ${clean(`${maker.kind} ${maker.name}`, 80)}`;
}

export function objectRow(object: ObjectState, environment: Environment, parent: string, now: number): Row {
  const { ref, verdict, manifest } = object;
  const live = isLive(object);
  const elsewhere = ref.namespace !== undefined && ref.namespace !== environment.namespace ? `${clean(ref.namespace)}/` : '';
  const label = `${clean(ref.kind)} ${elsewhere}${clean(ref.name)}`;
  const description = joined(titleOf(verdict, now), verdict.claimedBy === undefined ? '' : `also by ${verdict.claimedBy.map(name => clean(name, 60)).join(', ')}`);
  return {
    id: `object:${object.id}`,
    node: { kind: 'object', id: object.id },
    parent,
    opens: manifest !== undefined || openFields(object).length > 0,
    label,
    description,
    icon: { id: '', verdict: verdict.verdict, tone: lookOf(verdict.verdict).tone },
    flags: joinedFlags('object', objectFlags(object, environment)),
    open: false,
    known: true,
    spoken: `${label}, ${spokenText(description)}, in ${clean(environment.context)} ${clean(environment.namespace)}`,
    click: manifest ? 'reveal' : live ? 'live' : undefined,
    files: manifest ? `${manifest.file}|${setters(object)}` : '',
  };
}

/** What was known once is unknown since then: that stands first, whatever is cut off. */
const titleOf = (verdict: ObjectVerdict, now: number): string => (verdict.verdict === 'unknown' && verdict.since !== undefined ? `Unknown ${sinceText(verdict.since, now)}: ${unknownText(verdict)}` : verdictTitle(verdict));

const objectFlags = (object: ObjectState, { writable }: Environment): string => joinedFlags(isLive(object) && 'live', object.manifest !== undefined && 'file', writable && 'writable');

export function fieldRows(object: ObjectState, environment: Environment, parent: string): Row[] {
  const flags = joinedFlags('field', objectFlags(object, environment));
  return openFields(object).map((field, index) => fieldRow(field, index, object, parent, flags));
}

function fieldRow(field: FieldVerdict, index: number, object: ObjectState, parent: string, flags: string): Row {
  const label = shortPath(field.path);
  const description = afterText(field) ?? lookOf(field.verdict).label;
  const verdict = field.verdict === 'extra' ? 'in-sync' : field.verdict;
  return {
    // An object's fields may share a path only through a list that has an item twice.
    id: `field:${object.id}|${index}|${pathText(field.path, 400)}`,
    node: { kind: 'field', id: object.id, field: index },
    parent,
    opens: false,
    label,
    description,
    icon: { id: '', verdict, tone: lookOf(field.verdict).tone },
    flags,
    open: false,
    known: true,
    spoken: `${label}, ${lookOf(field.verdict).label}, ${spokenText(description)}`,
    click: object.manifest ? 'reveal' : undefined,
  };
}

/** Stands for the `left` rows that are not listed below one (`undefined`: at the top); `counts` says what is wrong among them, `next` how many come with a click. */
export function moreRow(parent: Row | undefined, left: number, next: number, counts: Counts): Row {
  const label = `Show ${next} More`;
  const description = joined(`${left} not listed`, countsText(counts));
  return {
    id: `more:${parent?.id ?? ''}`,
    node: { kind: 'more', id: parent?.id ?? '' },
    parent: parent?.id,
    opens: false,
    label,
    description,
    icon: { id: 'ellipsis', verdict: undefined, tone: toneFor(worstOf(counts)) },
    flags: 'more',
    open: false,
    known: true,
    spoken: `${label}, ${spokenText(description)}`,
    tooltip: `${label} (${description})`,
    click: 'more',
  };
}

const NOT_LIVE: ReadonlySet<Verdict> = new Set(['missing', 'unknown']);

/** Whether there is a live object to show, as far as the verdict tells. */
const isLive = ({ verdict }: ObjectState): boolean => !NOT_LIVE.has(verdict.verdict);

/** A group's icon is coloured only where something is wrong: a green folder would promise too much. */
const toneFor = (verdict: Verdict): Tone | undefined => (isOut(verdict) ? lookOf(verdict).tone : undefined);

const joined = (...parts: readonly string[]): string => parts.filter(part => part !== '').join(' · ');
/** Screen readers say the dot, or nothing at all; a comma is a pause. */
const spokenText = (description: string): string => description.replaceAll(' · ', ', ');
const joinedFlags = (...flags: readonly (string | false)[]): string => flags.filter(flag => flag !== false && flag !== '').join(' ');

/** Whether one looks as the other does; what lies below is not looked at. */
export function sameRow(a: Row, b: Row): boolean {
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
    a.opens === b.opens &&
    a.parent === b.parent
  );
}
