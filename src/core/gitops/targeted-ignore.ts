import { at, isObject, listAt, member, textAt, type Json, type JsonObject } from '../base/json';
import { splitApiVersion, type ObjectRef } from '../kube/identity';
import type { IgnoreRule } from './ignore-rules';

/** What a controller of Flux does not compare: an entry of a Kustomization's `spec.ignore`, or of a HelmRelease's `spec.driftDetection.ignore`. */
export interface TargetedIgnore {
  /** JSON pointers. */
  readonly paths: readonly string[];
  /** As written; what is left out means any. */
  readonly target: Json | undefined;
  /** The field it stands in, for a person. */
  readonly source: string;
}

export const readTargetedIgnores = (rules: readonly Json[], source: string): TargetedIgnore[] =>
  rules.map(rule => ({ paths: listAt(rule, 'paths').filter(path => typeof path === 'string'), target: member(rule, 'target'), source }));

/** The rules that mean this object, and those of which it cannot be told. */
export function targetedRulesFor(ignores: readonly TargetedIgnore[], object: JsonObject, ref: ObjectRef): IgnoreRule[] {
  const { group } = splitApiVersion(ref.apiVersion);
  const { kind, name, namespace } = ref;
  return ignores.flatMap(({ paths, target, source }) => {
    const meant = means(target, object, ref);
    if (meant === false) return [];
    return paths.map((pointer): IgnoreRule => ({ group, kind, name, namespace, what: meant ? { kind: 'pointer', pointer } : { kind: 'unclear', pointer }, source }));
  });
}

/** Whether a selector means the object (fluxcd/pkg `ssa/jsondiff`, `NewSelectorRegex`); `undefined`: it says so in a way that is not computed. */
function means(target: Json | undefined, object: JsonObject, { apiVersion, kind, name, namespace = '' }: ObjectRef): boolean | undefined {
  if (!isObject(target)) return true;
  const { group, version } = splitApiVersion(apiVersion);
  const facts: readonly (readonly [string, string])[] = [['group', group], ['version', version], ['kind', kind], ['name', name], ['namespace', namespace]];
  const answers = [
    ...facts.map(([field, text]) => matches(textAt(target, field) ?? '', text)),
    selects(textAt(target, 'labelSelector') ?? '', at(object, 'metadata', 'labels')),
    selects(textAt(target, 'annotationSelector') ?? '', at(object, 'metadata', 'annotations')),
  ];
  if (answers.includes(false)) return false;
  return answers.includes(undefined) ? undefined : true;
}

/** Patterns as people write them, names and `.*`: others may take for ever here, or mean something else than to Go. */
const SIMPLE = /^(?:[\w/-]|\.\*?|\|)*$/;
const MAX_STARS = 4;

function matches(pattern: string, text: string): boolean | undefined {
  if (pattern === '') return true;
  if (!SIMPLE.test(pattern) || pattern.split('.*').length > MAX_STARS + 1) return undefined;
  return new RegExp(`^(?:${pattern})$`).test(text);
}

/** Kubernetes' selectors of the kind `a=b,c!=d,e,!f`; `undefined` for those that name sets or compare numbers. */
export function selects(selector: string, values: Json | undefined): boolean | undefined {
  if (selector.trim() === '') return true;
  const answers = selector.split(',').map(term => {
    const [, not, key, operator, value] = /^\s*(!?)\s*([\w./-]+)\s*(?:(=|==|!=)\s*([\w./-]*))?\s*$/.exec(term) ?? [];
    if (key === undefined || (not === '!' && operator !== undefined)) return undefined;
    const has = textAt(values, key);
    if (operator === undefined) return (has !== undefined) === (not !== '!');
    return (has === value) === (operator !== '!=');
  });
  if (answers.includes(false)) return false;
  return answers.includes(undefined) ? undefined : true;
}
