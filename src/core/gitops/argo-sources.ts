import { at, type Json, type JsonObject, listAt, mapAt, member, textAt } from '../base/json';
import type { ObjectRef } from '../kube/identity';
import type { ApplicationSource, ArgoBuild, ArgoDirectory } from './application';
import { sameRemote } from '../git/urls';
import { argoHelm, helmDoubts, withOwnFiles, type ArgoHelm } from './argo-helm';
import { cleanPath, commitOf } from './flux-values';

/** One source of an Application that objects come from, and what its revisions are called in the status. */
export interface ArgoSource {
  readonly source: ApplicationSource | undefined;
  /** As `Controlled.path`. */
  readonly path: string;
  readonly directory: ArgoDirectory;
  readonly build: ArgoBuild;
  readonly notComputed: readonly string[];
  /** The commit that a part of the status names for this source: of `status.sync`, of an entry of `status.history`, of a `syncResult`. */
  readonly revision: (holder: Json | undefined) => string | undefined;
  /** Of a source with a hydrator: the commit of the hydrated branch. */
  readonly hydrated: ((holder: Json | undefined) => string | undefined) | undefined;
}

/**
 * The sources that objects come from: one that only lends value files to others (`ref`) is none. The hydrator's wins, then
 * `sources`, then `source`, as Argo CD has it (`ApplicationSpec.GetSources`). At least one, which may name nothing.
 */
export function argoSources(spec: Json | undefined, status: Json | undefined, ref: ObjectRef, kustomize: { readonly buildOptions: string }): readonly ArgoSource[] {
  const several = listAt(spec, 'sources');
  const dry = at(spec, 'sourceHydrator', 'drySource');
  const read = (source: Json | undefined, index: number, revision: ArgoSource['revision'], type: string | undefined): ArgoSource => {
    const helm = withOwnFiles(argoHelm(member(source, 'helm')), refsHere(source, several));
    const stands = at(spec, 'sourceHydrator') !== undefined ? ['sourceHydrator', 'drySource'] : several.length > 0 ? ['sources', index] : ['source'];
    const where = several.length > 1 && at(spec, 'sourceHydrator') === undefined ? `spec.sources[${index}]` : 'spec.source';
    return {
      source: readSource(source, ref, revision(member(status, 'sync'))),
      path: cleanPath(textAt(source, 'path') ?? ''),
      directory: { recurse: at(source, 'directory', 'recurse') === true, include: textAt(source, 'directory', 'include') ?? '', exclude: textAt(source, 'directory', 'exclude') ?? '' },
      build: { tool: toolOf(source), kustomize: mapAt(source, 'kustomize'), kustomizeAt: [...stands, 'kustomize'], unrestricted: readOptions(kustomize.buildOptions).unrestricted, helm },
      notComputed: notComputed(source, { type, buildOptions: kustomize.buildOptions, where, helm }),
      revision,
      hydrated: dry === undefined ? undefined : holder => commitOf(textAt(holder, 'revision')),
    };
  };
  if (dry !== undefined) return [read(dry, 0, dryRevision(status), undefined)];
  const all = several.length > 0 ? several : [member(spec, 'source')];
  const types = listAt(status, 'sourceTypes');
  const sources = all.flatMap((source, i): ArgoSource[] => {
    if (all.length > 1 && textAt(source, 'ref') && !textAt(source, 'path') && !textAt(source, 'chart')) return [];
    const type = types[i] ?? textAt(status, 'sourceType');
    return [read(source, i, holder => commitOf(textAt(holder, 'revisions', i) ?? textAt(holder, 'revision')), typeof type === 'string' ? type : undefined)];
  });
  return sources.length > 0 ? sources : [read(undefined, 0, () => undefined, undefined)];
}

/** Names of sources that are the same repository at the same revision as this one. */
const refsHere = (source: Json | undefined, sources: readonly Json[]): string[] =>
  sources.flatMap(other => (sameRemote(textAt(other, 'repoURL') ?? '', textAt(source, 'repoURL') ?? '') && targetOf(other) === targetOf(source) ? (textAt(other, 'ref') ?? []) : []));

const targetOf = (source: Json | undefined): string => textAt(source, 'targetRevision') || 'HEAD';

/** What is applied is a commit of the branch with the rendered manifests: known is the one that it was rendered from, as long as it is the last. */
function dryRevision(status: Json | undefined): ArgoSource['revision'] {
  const last = at(status, 'sourceHydrator', 'lastSuccessfulOperation');
  const hydrated = textAt(last, 'hydratedSHA');
  return holder => (hydrated !== undefined && textAt(holder, 'revision') === hydrated ? commitOf(textAt(last, 'drySHA')) : undefined);
}

function readSource(source: Json | undefined, ref: ObjectRef, revision: string | undefined): ApplicationSource | undefined {
  const url = textAt(source, 'repoURL');
  if (!url || textAt(source, 'chart') || url.startsWith('oci://')) return undefined;
  const target = textAt(source, 'targetRevision') ?? '';
  const branch = target === '' || target === 'HEAD' || commitOf(target) !== undefined ? undefined : target.replace(/^refs\/(?:heads|tags)\//, '');
  return { ref, url, branch, revision, suspended: false, ignore: undefined };
}

const TOOLS = ['Kustomize', 'Helm', 'Directory', 'Plugin'] as const;

/** What the source names (`ExplicitType`). */
const toolOf = (source: Json | undefined): ArgoBuild['tool'] => TOOLS.find(tool => member(source, tool.toLowerCase()) !== undefined);

function notComputed(source: Json | undefined, { type, buildOptions, where, helm }: { readonly type: string | undefined; readonly buildOptions: string; readonly where: string; readonly helm: ArgoHelm }): string[] {
  const found: string[] = [];
  // What Argo CD found when it looked: kustomizations and plain files are told from the files themselves, which may have moved on.
  const tool = toolOf(source) ?? TOOLS.find(name => name === type);
  if (tool === 'Helm') found.push(...helmDoubts(helm, where));
  if (tool === 'Plugin') found.push(`a plugin renders it (${where}.plugin)`);
  if (at(source, 'directory', 'jsonnet') !== undefined) found.push(`jsonnet is evaluated (${where}.directory.jsonnet)`);
  return tool === 'Kustomize' || tool === undefined ? [...found, ...kustomizeDoubts(mapAt(source, 'kustomize'), buildOptions, where)] : found;
}

/** What of kustomize is beyond the version and the variables that are known here. */
function kustomizeDoubts(options: JsonObject, buildOptions: string, where: string): string[] {
  const found: string[] = [];
  if (textAt(options, 'version')) found.push(`it is built by another version of kustomize (${where}.kustomize.version)`);
  const replaced = [...listAt(options, 'images'), ...Object.values(mapAt(options, 'commonLabels')), ...(member(options, 'commonAnnotationsEnvsubst') === true ? Object.values(mapAt(options, 'commonAnnotations')) : [])];
  if (replaced.some(value => typeof value === 'string' && value.includes('$'))) found.push(`variables of the build are put in (${where}.kustomize)`);
  if (readOptions(buildOptions).others) found.push('kustomize is run with options of the installation (kustomize.buildOptions)');
  return found;
}

/** Options of `kustomize build`. In which order the objects come changes none of them, and charts inside a kustomization are not built in any case. */
function readOptions(text: string): { readonly unrestricted: boolean; readonly others: boolean } {
  const options = text.trim().replace(/(--[\w-]+)\s+(?!-)/g, '$1=').split(/\s+/).filter(option => option !== '');
  const value = (name: string): string | undefined => options.findLast(option => option.startsWith(`${name}=`))?.slice(name.length + 1);
  const known = (option: string): boolean => /^--(?:enable-helm(?:=true)?|reorder=\w+|load-restrictor=LoadRestrictions(?:None|RootOnly))$/.test(option);
  return { unrestricted: value('--load-restrictor') === 'LoadRestrictionsNone', others: !options.every(known) };
}
