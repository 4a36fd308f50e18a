import * as vscode from 'vscode';
import { countsText } from '../core/drift/counts-text';
import { noIcons } from '../core/drift/labels';
import { Lookup, type Found, type FoundApplication } from '../core/drift/snapshot-lookup';
import type { Connection, Environment } from '../core/drift/snapshot';
import { clean, verdictTitle } from '../core/drift/words';
import { describeRef } from '../core/kube/identity';
import type { CommandContext } from './context';

/** What a command was called on, as far as the present snapshot knows it. An argument is only ever an id to look up. */
interface Named {
  readonly kind: 'environment' | 'application' | 'object';
  readonly id: string;
  readonly field: number | undefined;
}

/** Nothing of this name is in any snapshot. */
const NOTHING: Named = { kind: 'object', id: '', field: undefined };

/** `undefined`: the command was called on nothing in particular, or on a file. An argument that we do not know names nothing. */
function named(context: CommandContext, argument: unknown): Named | undefined {
  if (argument === undefined || argument === null || argument instanceof vscode.Uri) return undefined;
  if (typeof argument === 'string') {
    const [handle = '', field] = argument.split('.', 2);
    return { kind: 'object', id: context.handles.idOf(handle) ?? '', field: field !== undefined && /^\d+$/.test(field) ? Number(field) : undefined };
  }
  if (typeof argument !== 'object' || !('kind' in argument) || !('id' in argument) || typeof argument.id !== 'string') return NOTHING;
  const field = 'field' in argument && typeof argument.field === 'number' ? argument.field : undefined;
  switch (argument.kind) {
    case 'environment':
    case 'application':
    case 'object':
      return { kind: argument.kind, id: argument.id, field: undefined };
    case 'field':
      return { kind: 'object', id: argument.id, field };
    default:
      return NOTHING;
  }
}

/** The context of the cluster whose row a command was called on. */
export const clusterNamed = (argument: unknown): string | undefined => idNamed(argument, 'cluster');

/** The row whose rows are not all listed. */
export const moreNamed = (argument: unknown): string | undefined => idNamed(argument, 'more');

const idNamed = (argument: unknown, kind: 'cluster' | 'more'): string | undefined =>
  typeof argument === 'object' && argument !== null && 'kind' in argument && argument.kind === kind && 'id' in argument && typeof argument.id === 'string' ? argument.id : undefined;

export interface ObjectTarget extends Found {
  /** The place of a field among the object's open fields. */
  readonly field: number | undefined;
}

/**
 * One object: what the argument names, else what stands at the cursor, else what the person picks.
 * `undefined`: nothing fits, or the person changed their mind.
 */
export async function objectTarget(context: CommandContext, argument: unknown, title: string): Promise<ObjectTarget | undefined> {
  const lookup = new Lookup(context.engine.current);
  const name = named(context, argument);
  if (name) {
    const found = name.kind === 'object' ? lookup.object(name.id) : undefined;
    if (!found) void vscode.window.showInformationMessage('That object is no longer in the list: look again in the GitOps view.');
    return found && { ...found, field: name.field };
  }
  const atCursor = foundAtCursor(context, lookup, argument);
  const all = (): Found[] => context.engine.current.environments.flatMap(environment => environment.applications.flatMap(application => application.objects.map(object => ({ environment, application, object }))));
  const choice = atCursor.length > 0 ? atCursor : all();
  const [only] = choice;
  if (atCursor.length === 1 && only) return { ...only, field: undefined };
  const picked = await pick(choice, { title, what: 'Kind and name of an object' }, ({ environment, object }) => ({
    label: clean(describeRef(object.ref)),
    description: `${clean(environment.context)}/${clean(environment.namespace)}`,
    detail: verdictTitle(object.verdict),
  }));
  return picked && { ...picked, field: undefined };
}

/** One application that `fits`: what the argument names (an object stands for its application), else what the person picks. */
export async function applicationTarget(context: CommandContext, argument: unknown, title: string, fits: (found: FoundApplication) => boolean): Promise<FoundApplication | undefined> {
  const lookup = new Lookup(context.engine.current);
  const name = named(context, argument);
  if (name) {
    const found = name.kind === 'application' ? lookup.application(name.id) : name.kind === 'object' ? lookup.object(name.id) : undefined;
    return found && fits(found) ? found : undefined;
  }
  const all = context.engine.current.environments.flatMap(environment => environment.applications.map((application): FoundApplication => ({ environment, application }))).filter(fits);
  const near = new Set(foundAtCursor(context, lookup, argument).map(({ application }) => application.id));
  return pick(nearestFirst(all, ({ application }) => near.has(application.id)), { title, what: 'Name of an application' }, ({ environment, application }) => ({
    label: clean(application.application?.ref.name ?? application.folder),
    description: `${application.application ? `${clean(application.application.kind, 40)} · ` : ''}${clean(environment.context)}/${clean(environment.namespace)}`,
    detail: countsText(application.counts),
  }));
}

/** A plain folder, absolute: what the argument names, else what the person picks among those that are shown, and those of which somebody said which clusters they are meant for. */
export async function folderTarget(context: CommandContext, argument: unknown, title: string): Promise<string | undefined> {
  const { engine } = context;
  const isPlain = ({ application }: FoundApplication): boolean => application.application === undefined && application.doubt === undefined;
  if (named(context, argument)) return (await applicationTarget(context, argument, title, isPlain))?.application.folder;
  const shown = engine.current.environments.flatMap(({ applications }) => applications.filter(({ application, doubt }) => application === undefined && doubt === undefined).map(({ folder }) => folder));
  const placed = engine.placed();
  return pick([...new Set([...shown, ...placed.map(({ folder }) => folder)])].sort(), { title, what: 'Name of a folder that no controller applies' }, folder => {
    const said = placed.find(one => one.folder === folder);
    return { label: clean(vscode.workspace.asRelativePath(folder)), description: said ? `chosen: ${said.contexts.map(name => clean(name, 60)).join(', ') || 'none of these'}` : '' };
  });
}

/** One environment that `fits`. */
export async function environmentTarget(context: CommandContext, argument: unknown, title: string, fits: (environment: Environment) => boolean): Promise<Environment | undefined> {
  const name = named(context, argument);
  if (name) {
    const found = name.kind === 'environment' ? new Lookup(context.engine.current).environment(name.id) : undefined;
    return found && fits(found) ? found : undefined;
  }
  const near = new Set(foundAtCursor(context, new Lookup(context.engine.current), argument).map(({ environment }) => environment.id));
  return pick(nearestFirst(context.engine.current.environments.filter(fits), ({ id }) => near.has(id)), { title, what: 'Name of an environment' }, ({ namespace, context: name, production, counts }) => ({
    label: clean(namespace),
    description: `${clean(name)}${production ? ' · production' : ''}`,
    detail: countsText(counts),
  }));
}

export type Connected = Connection & { readonly kind: 'connected' };

export const connectedClusters = ({ current }: CommandContext['engine']): Connected[] => current.connections.filter(connection => connection.kind === 'connected');

export const connectedTo = (engine: CommandContext['engine'], context: string): Connected | undefined => connectedClusters(engine).find(({ pin }) => pin.context === context);

/** One connected cluster that `fits`; asked for only where there are several. */
export async function clusterTarget(context: CommandContext, title: string, fits: (cluster: Connected) => boolean): Promise<Connected | undefined> {
  const all = connectedClusters(context.engine).filter(fits);
  return all.length === 1 ? all[0] : pick(all, { title, what: 'Name of a cluster' }, ({ pin }) => ({ label: clean(pin.context), description: clean(pin.server) }));
}

/** The file a command was called on: the argument's (Explorer, editor title), else the active editor's. */
export function fileTarget(argument: unknown): string | undefined {
  const uri = argument instanceof vscode.Uri ? argument : vscode.window.activeTextEditor?.document.uri;
  return uri?.scheme === 'file' ? uri.fsPath : undefined;
}

function objectsAtCursor(context: CommandContext, argument: unknown): ReturnType<CommandContext['places']['objectsAt']> {
  const editor = vscode.window.activeTextEditor;
  if (!editor) return [];
  if (argument instanceof vscode.Uri && argument.toString() !== editor.document.uri.toString()) return [];
  return context.places.objectsAt(editor.document, editor.selection.active);
}

/** What the cursor stands in comes first, and is chosen already. */
const nearestFirst = <T>(all: readonly T[], isNear: (item: T) => boolean): T[] => [...all.filter(isNear), ...all.filter(item => !isNear(item))];

const foundAtCursor = (context: CommandContext, lookup: Lookup, argument: unknown): Found[] => objectsAtCursor(context, argument).flatMap(({ id }) => lookup.object(id) ?? []);

/** Asks which one. `undefined`: none of them, or there is none. */
export async function pick<T>(choice: readonly T[], { title, what }: { readonly title: string; readonly what: string }, label: (item: T) => vscode.QuickPickItem): Promise<T | undefined> {
  if (choice.length === 0) {
    void vscode.window.showInformationMessage(`${title}: there is nothing to choose from.`);
    return undefined;
  }
  const items = choice.map(item => {
    const { label: text, description, detail } = label(item);
    return { label: noIcons(text), description: noIcons(description ?? ''), detail: noIcons(detail ?? ''), item };
  });
  const picked = await vscode.window.showQuickPick(items, { title, placeHolder: what, matchOnDescription: true });
  return picked?.item;
}
