import { isObject, listAt, member, textAt, type Json, type JsonObject } from '../base/json';
import { stringifyJson } from '../base/json-text';
import { isComputed } from './value-patterns';

/** `spec.source.helm` of an Application. */
export interface ArgoHelm {
  /** As it stands there. */
  readonly written: JsonObject;
  /** Names of other sources that are the same repository at the same revision. */
  readonly refsHere: readonly string[];
  readonly releaseName: string | undefined;
  readonly namespace: string | undefined;
  /** As written: from the folder, or with a leading slash from the top of the repository. */
  readonly valueFiles: readonly string[];
  readonly ignoreMissing: boolean;
  /** YAML; empty where there are none. */
  readonly values: string;
  readonly parameters: readonly { readonly name: string; readonly value: string; readonly asText: boolean }[];
  readonly fileParameters: readonly { readonly name: string; readonly path: string }[];
  readonly skipCrds: boolean;
  readonly skipTests: boolean;
  readonly skipSchema: boolean;
  readonly kubeVersion: string | undefined;
  readonly apiVersions: readonly string[];
}

/** As the repo-server reads it (reposerver, `helmTemplate`). */
export function argoHelm(helm: Json | undefined): ArgoHelm {
  const object = member(helm, 'valuesObject');
  const texts = (key: string): string[] => listAt(helm, key).filter(text => typeof text === 'string');
  return {
    written: isObject(helm) ? helm : {},
    refsHere: [],
    releaseName: textAt(helm, 'releaseName') || undefined,
    namespace: textAt(helm, 'namespace') || undefined,
    valueFiles: texts('valueFiles'),
    ignoreMissing: member(helm, 'ignoreMissingValueFiles') === true,
    values: isObject(object) ? stringifyJson(object) : (textAt(helm, 'values') ?? ''),
    parameters: listAt(helm, 'parameters').map(one => ({ name: textAt(one, 'name') ?? '', value: escaped(textAt(one, 'value') ?? ''), asText: member(one, 'forceString') === true })),
    fileParameters: listAt(helm, 'fileParameters').map(one => ({ name: textAt(one, 'name') ?? '', path: textAt(one, 'path') ?? '' })),
    skipCrds: member(helm, 'skipCrds') === true,
    skipTests: member(helm, 'skipTests') === true,
    skipSchema: member(helm, 'skipSchemaValidation') === true,
    kubeVersion: textAt(helm, 'kubeVersion') || undefined,
    apiVersions: texts('apiVersions'),
  };
}

/** To `--set` a comma begins the next value, unless it is escaped or stands in a list (util/helm, `cleanSetParameters`). */
const escaped = (value: string): string => (/^\{.*\}$/s.test(value) ? value : value.replace(/(?<!\\),/g, '\\,'));

const URL_START = /^[a-z][a-z0-9+.-]*:\/\//i;

/** An address without what opens it: no user, no query. */
function withoutLogin(address: string): string {
  if (!URL.canParse(address)) return address.replace(/^([^:]*:\/\/)[^/@]*@/, '$1').replace(/[?#].*/s, '');
  const { protocol, host, pathname } = new URL(address);
  return `${protocol}//${host}${pathname}`;
}

/** `$ref/file` is a file of the source that is called so, from its top (reposerver, `getResolvedRefValueFile`): with one of these names, a file of this one. */
export const withOwnFiles = (helm: ArgoHelm, refsHere: readonly string[]): ArgoHelm => ({
  ...helm,
  refsHere,
  valueFiles: helm.valueFiles.map(file => (/^\$[^/]+\//.test(file) && refsHere.includes(file.slice(1, file.indexOf('/'))) ? file.slice(file.indexOf('/')) : file)),
});

/** What of it depends on more than this repository; words for a person. `where` is the source's place in the Application. */
export function helmDoubts({ valueFiles, parameters, fileParameters }: ArgoHelm, where: string): string[] {
  const found: string[] = [];
  if (valueFiles.some(file => file.startsWith('$'))) found.push(`value files come from another source (${where}.helm.valueFiles)`);
  const fetched = valueFiles.filter(file => URL_START.test(file));
  if (fetched.length > 0) found.push(`value files are fetched from the network: ${fetched.map(withoutLogin).join(', ')} (${where}.helm.valueFiles)`);
  const patterns = valueFiles.filter(file => !URL_START.test(file) && !isComputed(file));
  if (patterns.length > 0) found.push(`value files are found by a pattern that is not computed: ${patterns.join(', ')} (${where}.helm.valueFiles)`);
  // `$ARGOCD_APP_NAME` and the like are put in.
  const substituted = [...parameters.map(({ value }) => value), ...fileParameters.map(({ path }) => path), ...valueFiles.filter(file => !file.startsWith('$'))];
  if (substituted.some(text => text.includes('$'))) found.push(`variables of the build are put in (${where}.helm)`);
  return found;
}
