import { isArray, isObject, listAt, member, textAt, type Json, type JsonObject } from '../base/json';
import { splitApiVersion, type ObjectRef } from '../kube/identity';
import { firstDocument } from '../manifests/documents';
import { globMatches } from './glob';

/** Kinds that an installation of Argo CD leaves alone: it takes them out of what it applies, and says so in a condition. */
export interface ExcludedKinds {
  /** `resource.exclusions` of `argocd-cm`. */
  readonly exclusions: readonly KindRule[];
  /** `resource.inclusions`: where one is for this cluster, nothing else is looked at. */
  readonly inclusions: readonly KindRule[];
}

/** An empty list means any. */
interface KindRule {
  readonly groups: readonly string[];
  readonly kinds: readonly string[];
  readonly clusters: readonly string[];
}

const EXCLUSIONS = 'resource.exclusions';
const INCLUSIONS = 'resource.inclusions';

export const NONE_EXCLUDED: ExcludedKinds = { exclusions: [], inclusions: [] };

export const readExcludedKinds = (data: JsonObject): ExcludedKinds => ({ exclusions: rulesIn(member(data, EXCLUSIONS)), inclusions: rulesIn(member(data, INCLUSIONS)) });

function rulesIn(text: Json | undefined): KindRule[] {
  const list = typeof text === 'string' ? firstDocument(text) : undefined;
  const texts = (rule: Json, key: string): string[] => listAt(rule, key).filter(one => typeof one === 'string');
  return isArray(list) ? list.filter(isObject).map(rule => ({ groups: texts(rule, 'apiGroups'), kinds: texts(rule, 'kinds'), clusters: texts(rule, 'clusters') })) : [];
}

/** What no installation looks at (util/settings, `coreExcludedResources`). */
const NEVER: readonly KindRule[] = [
  { groups: ['events.k8s.io', 'metrics.k8s.io'], kinds: [], clusters: [] },
  { groups: [''], kinds: ['Event'], clusters: [] },
  { groups: ['coordination.k8s.io'], kinds: ['Lease'], clusters: [] },
];

/** The cluster that Argo CD itself runs in, as its rules name it. */
const OWN_CLUSTER = 'https://kubernetes.default.svc';

/**
 * Why Argo CD leaves an object alone whatever it says, in words; `undefined` when it does not (util/settings,
 * `ResourcesFilter.IsExcludedResource`). `server` is the one of the Application's destination, `undefined` where it names none.
 */
export function excludedBy({ exclusions, inclusions }: ExcludedKinds, { apiVersion, kind }: Pick<ObjectRef, 'apiVersion' | 'kind'>, server: string = OWN_CLUSTER): string | undefined {
  const { group } = splitApiVersion(apiVersion);
  const isHere = ({ clusters }: KindRule): boolean => clusters.length === 0 || clusters.some(glob => globMatches(glob, server));
  const fits = (rule: KindRule): boolean =>
    isHere(rule) && (rule.groups.length === 0 || rule.groups.some(glob => globMatches(glob, group))) && (rule.kinds.length === 0 || rule.kinds.some(one => one === '*' || one === kind));
  if (NEVER.some(fits)) return `Argo CD never applies a ${kind}`;
  if (exclusions.some(fits)) return `Argo CD leaves this kind alone (argocd-cm, ${EXCLUSIONS})`;
  return inclusions.some(isHere) && !inclusions.some(fits) ? `Argo CD leaves alone what it does not list (argocd-cm, ${INCLUSIONS})` : undefined;
}

const COMPARE_OPTIONS = 'resource.compareoptions';

/** `ignoreAggregatedRoles`: the rules of a role that aggregates others are not compared (gitops-engine, `normalizeRole`). */
export function ignoresAggregated(data: JsonObject): boolean {
  const text = textAt(data, COMPARE_OPTIONS);
  return text !== undefined && member(firstDocument(text), 'ignoreAggregatedRoles') === true;
}
