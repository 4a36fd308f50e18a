import { at, isArray, isObject, listAt, member, textAt, type Json, type JsonObject } from '../base/json';
import { splitApiVersion, type ObjectRef } from '../kube/identity';
import { firstDocument } from '../manifests/documents';
import { globMatches } from './glob';
import { selects } from './targeted-ignore';

/** Kinds that an installation of Argo CD leaves alone: it takes them out of what it applies, and says so in a condition. */
export interface ExcludedKinds {
  /** `resource.exclusions` of `argocd-cm`. */
  readonly exclusions: readonly KindRule[];
  /** `resource.inclusions`: where one is for this cluster, nothing else is looked at. */
  readonly inclusions: readonly KindRule[];
  /** `resource.selectors`, since Argo CD 3.6: of these kinds it watches what the selectors mean, each of them, and nothing else. */
  readonly selectors: readonly (KindRule & { readonly selector: string })[];
}

/** An empty list means any. */
interface KindRule {
  readonly groups: readonly string[];
  readonly kinds: readonly string[];
  readonly clusters: readonly string[];
}

const EXCLUSIONS = 'resource.exclusions';
const INCLUSIONS = 'resource.inclusions';
const SELECTORS = 'resource.selectors';

export const NONE_EXCLUDED: ExcludedKinds = { exclusions: [], inclusions: [], selectors: [] };

export const readExcludedKinds = (data: JsonObject): ExcludedKinds => ({ exclusions: rulesIn(member(data, EXCLUSIONS)), inclusions: rulesIn(member(data, INCLUSIONS)), selectors: rulesIn(member(data, SELECTORS)).filter(({ selector }) => selector !== '') });

function rulesIn(text: Json | undefined): ExcludedKinds['selectors'] {
  const list = typeof text === 'string' ? firstDocument(text) : undefined;
  const texts = (rule: Json, key: string): string[] => listAt(rule, key).filter(one => typeof one === 'string');
  return isArray(list) ? list.filter(isObject).map(rule => ({ groups: texts(rule, 'apiGroups'), kinds: texts(rule, 'kinds'), clusters: texts(rule, 'clusters'), selector: textAt(rule, 'selector')?.trim() ?? '' })) : [];
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
export function excludedBy({ exclusions, inclusions }: ExcludedKinds, ref: Pick<ObjectRef, 'apiVersion' | 'kind'>, server: string = OWN_CLUSTER): string | undefined {
  const { kind } = ref;
  const fits = (rule: KindRule): boolean => means(rule, ref, server);
  if (NEVER.some(fits)) return `Argo CD never applies a ${kind}`;
  if (exclusions.some(fits)) return `Argo CD leaves this kind alone (argocd-cm, ${EXCLUSIONS})`;
  return inclusions.some(rule => isFor(rule, server)) && !inclusions.some(fits) ? `Argo CD leaves alone what it does not list (argocd-cm, ${INCLUSIONS})` : undefined;
}

const isFor = ({ clusters }: KindRule, server: string): boolean => clusters.length === 0 || clusters.some(glob => globMatches(glob, server));

function means(rule: KindRule, { apiVersion, kind }: Pick<ObjectRef, 'apiVersion' | 'kind'>, server: string): boolean {
  const { group } = splitApiVersion(apiVersion);
  return isFor(rule, server) && (rule.groups.length === 0 || rule.groups.some(glob => globMatches(glob, group))) && (rule.kinds.length === 0 || rule.kinds.some(one => one === '*' || one === kind));
}

/**
 * That Argo CD applies an object and does not watch it, which leaves its Application out of sync whatever there is, in words
 * (controller/state.go, `CompareAppState`; util/settings, `GetLabelSelector`). `undefined`: it does watch it.
 */
export function unwatchedBy({ selectors }: ExcludedKinds, object: JsonObject, server: string = OWN_CLUSTER): string | undefined {
  const ref = { apiVersion: textAt(object, 'apiVersion') ?? '', kind: textAt(object, 'kind') ?? '' };
  const asked = selectors.filter(rule => means(rule, ref, server)).map(({ selector }) => [selector, selects(selector, at(object, 'metadata', 'labels'))] as const);
  const [selector] = asked.find(([, answer]) => answer === false) ?? [];
  if (selector !== undefined) return `Argo CD does not watch it, and calls it OutOfSync whatever there is: its labels are not those of ${selector} (argocd-cm, ${SELECTORS})`;
  const [unclear] = asked.find(([, answer]) => answer === undefined) ?? [];
  return unclear === undefined ? undefined : `whether Argo CD watches it is not told here: it watches what ${unclear} selects (argocd-cm, ${SELECTORS})`;
}

const COMPARE_OPTIONS = 'resource.compareoptions';

/** `ignoreAggregatedRoles`: the rules of a role that aggregates others are not compared (gitops-engine, `normalizeRole`). */
export function ignoresAggregated(data: JsonObject): boolean {
  const text = textAt(data, COMPARE_OPTIONS);
  return text !== undefined && member(firstDocument(text), 'ignoreAggregatedRoles') === true;
}
