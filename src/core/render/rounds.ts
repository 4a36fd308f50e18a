import { scalarText, type Json } from '../base/json';
import type { Steps } from './sites';

/**
 * Values are changed all at once where that leaves the way of the build alone, in three rounds: `value` decides nothing, `key` may
 * be what list items are found by or what another object is called by, or is the name of an image, `name` is what an object is
 * called. `named` is what patches or replacements find something by: not changed. `loosened` sets nothing: it is changed in every
 * build, to let a changed value go the way that the value itself goes.
 */
export type Round = 'value' | 'key' | 'name' | 'named' | 'loosened';

/** What decides about the way of a build, besides names. */
export interface Guards {
  /** Labels, or annotations, choose what is patched. */
  readonly labels: boolean;
  readonly annotations: boolean;
  /** Words that occur in patches and the like: a list item that is called so may be found by it. */
  readonly names: ReadonlySet<string>;
  /** Words that occur in selectors. */
  readonly selected: ReadonlySet<string>;
  readonly changesKind: boolean;
  /** Parts of images are set on their own. */
  readonly images: boolean;
}

/** By which kustomize finds the items of a list (kyaml `AssociativeSequenceKeys`, and the keys of built-in lists). */
const ITEM_KEYS = /^(?:name|containerPort|hostPort|port|protocol|mountPath|devicePath|ip|hostIP|type|topologyKey|whenUnsatisfiable|key|uid)$/;
/** What another object may be called by. */
const REFERENCES = /^(?:name|namespace|kind|apiVersion|apiGroup|.*Name|.*Ref)$/;
const OWN_ANNOTATIONS = /^(?:config\.kubernetes\.io|kustomize\.config\.k8s\.io|internal\.config\.kubernetes\.io|config\.k8s\.io|kustomize\.toolkit\.fluxcd\.io)\//;

/** When to change what stands at a path of an object; `undefined`: never. */
export function roundOf(path: Steps, leaf: Json, guards: Guards): Round | undefined {
  const [first, second, third] = path;
  if (path.length === 1 && (first === 'apiVersion' || first === 'kind')) return undefined;
  if (first === 'metadata' && path.length === 2 && (second === 'name' || second === 'namespace' || second === 'generateName')) return guards.names.has(scalarText(leaf)) ? 'named' : 'name';
  if (first === 'metadata' && second === 'annotations' && typeof third === 'string' && OWN_ANNOTATIONS.test(third)) return undefined;
  if (first === 'metadata' && (second === 'labels' || second === 'annotations')) return guards[second] && guards.selected.has(scalarText(leaf)) ? 'named' : 'value';
  const last = path.at(-1);
  if (typeof last !== 'string' || first === 'data' || first === 'stringData') return 'value';
  if (ITEM_KEYS.test(last) && typeof path.at(-2) === 'number') return guards.names.has(scalarText(leaf)) ? 'named' : 'key';
  return REFERENCES.test(last) ? 'key' : 'value';
}
