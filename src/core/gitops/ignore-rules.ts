import { isObject, listAt, member, textAt, type Json, type JsonObject } from '../base/json';
import { splitApiVersion, type ObjectRef } from '../kube/identity';
import { firstDocument } from '../manifests/documents';
import { globMatches } from './glob';

/** A part of an object that its controller does not compare. */
export interface IgnoreRule {
  /** Globs, as `spec.ignoreDifferences` of Argo CD has them. */
  readonly group: string;
  readonly kind: string;
  /** Exact; `undefined` is any. */
  readonly name: string | undefined;
  readonly namespace: string | undefined;
  readonly what: Ignored;
  /** Where the rule stands, for a person. */
  readonly source: string;
}

export type Ignored =
  /** RFC 6901, still escaped. */
  | { readonly kind: 'pointer'; readonly pointer: string }
  | { readonly kind: 'jq'; readonly expression: string }
  /** A pointer of a rule of which it cannot be told whether it means the object. */
  | { readonly kind: 'unclear'; readonly pointer: string }
  /** What this field manager changed; what it added or removed still counts. */
  | { readonly kind: 'manager'; readonly manager: string };

/** `spec.ignoreDifferences` of an Application. */
export function readIgnoreRules(list: readonly Json[], source: string): IgnoreRule[] {
  return list.flatMap(rule =>
    ignoredIn(rule).map((what): IgnoreRule => ({
      group: textAt(rule, 'group') ?? '',
      kind: textAt(rule, 'kind') ?? '',
      name: textAt(rule, 'name') || undefined,
      namespace: textAt(rule, 'namespace') || undefined,
      what,
      source,
    })),
  );
}

function ignoredIn(rule: Json | undefined): Ignored[] {
  const texts = (key: string): string[] => listAt(rule, key).filter(text => typeof text === 'string');
  return [
    ...texts('jsonPointers').map((pointer): Ignored => ({ kind: 'pointer', pointer })),
    ...texts('jqPathExpressions').map((expression): Ignored => ({ kind: 'jq', expression })),
    ...texts('managedFieldsManagers').map((manager): Ignored => ({ kind: 'manager', manager })),
  ];
}

const CUSTOMIZATIONS = 'resource.customizations';
const SPLIT_KEY = /^resource\.customizations\.ignoreDifferences\.(?:([^_]*)_)?([^_]+)$/;

/**
 * What an installation of Argo CD ignores everywhere: `resource.customizations.ignoreDifferences.<group_kind>` of
 * `argocd-cm`, and the older `resource.customizations` that holds all in one text (util/settings, `GetResourceOverrides`).
 */
export function installationRules(data: JsonObject): IgnoreRule[] {
  const rules: IgnoreRule[] = [];
  const add = (group: string, kind: string, text: string, source: string): void => {
    for (const what of ignoredIn(firstDocument(text))) rules.push({ group, kind, name: undefined, namespace: undefined, what, source });
  };
  for (const [key, text] of Object.entries(data)) {
    if (typeof text !== 'string') continue;
    const [, group = '', kind] = SPLIT_KEY.exec(key) ?? [];
    if (kind === 'all' && group === '') add('*', '*', text, key);
    else if (kind !== undefined) add(group, kind, text, key);
    const whole = key === CUSTOMIZATIONS ? firstDocument(text) : undefined;
    for (const [groupKind, override] of Object.entries(isObject(whole) ? whole : {})) {
      const slash = groupKind.indexOf('/');
      const inside = textAt(override, 'ignoreDifferences');
      if (inside !== undefined) add(groupKind.slice(0, Math.max(slash, 0)), groupKind.slice(slash + 1), inside, key);
    }
  }
  return rules;
}

const ANNOTATION = 'argocd.argoproj.io/ignore-differences';

/** What the manifest says of itself: a YAML text with `jsonPointers` (Argo CD 3.6, util/argo/diff/ignore.go). */
export function annotationRules(object: JsonObject, { apiVersion, kind, name, namespace }: ObjectRef): IgnoreRule[] {
  const text = textAt(object, 'metadata', 'annotations', ANNOTATION);
  if (!text) return [];
  const own = { group: splitApiVersion(apiVersion).group, kind, name, namespace, source: ANNOTATION };
  return ignoredIn(firstDocument(text)).filter(what => what.kind === 'pointer').map(what => ({ ...own, what }));
}

const ROLES = new Set(['Role', 'ClusterRole']);

/** For a role that aggregates others, where the installation leaves out what that brings (`resource.compareoptions`; gitops-engine, `normalizeRole`). */
export function aggregatedRules(object: JsonObject, { apiVersion, kind, name, namespace }: ObjectRef): IgnoreRule[] {
  const { group } = splitApiVersion(apiVersion);
  if (group !== 'rbac.authorization.k8s.io' || !ROLES.has(kind) || !isObject(member(object, 'aggregationRule'))) return [];
  return [{ group, kind, name, namespace, what: { kind: 'pointer', pointer: '/rules' }, source: 'resource.compareoptions' }];
}

/** The rules that mean this object. */
export function rulesFor(rules: readonly IgnoreRule[], { apiVersion, kind, name, namespace }: ObjectRef): IgnoreRule[] {
  const { group } = splitApiVersion(apiVersion);
  return rules.filter(rule => globMatches(rule.group, group) && globMatches(rule.kind, kind) && (rule.name ?? name) === name && (rule.namespace ?? namespace) === namespace);
}

export function ruleText({ what, source }: IgnoreRule): string {
  switch (what.kind) {
    case 'pointer':
    case 'unclear':
      return `${source}: ${what.pointer}`;
    case 'jq':
      return `${source}: ${what.expression}`;
    case 'manager':
      return `${source}: changes by ${what.manager}`;
  }
}
