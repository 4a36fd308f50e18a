import { at, fromEntries, isObject, listAt, member, textAt, type Json, type JsonObject } from '../base/json';

/** What a Kustomization adds to its folder before kustomize builds it, and replaces afterwards. */
export interface FluxBuildSpec {
  /** Fields of `spec`, as written; empty when it adds nothing. `targetNamespace` alone does not count: it needs no kustomize. */
  readonly added: JsonObject;
  /** `spec.targetNamespace`, with the above. */
  readonly fields: JsonObject;
  readonly substitution: Substitution | undefined;
}

/** `spec.postBuild`. */
export interface Substitution {
  /** Written in the Kustomization itself; these win. */
  readonly values: JsonObject;
  /** In the Kustomization's own namespace; later ones win. */
  readonly from: readonly { readonly kind: 'ConfigMap' | 'Secret'; readonly name: string; readonly optional: boolean }[];
  /** Also where there is no variable at all. */
  readonly always: boolean;
}

const ADDED = ['namePrefix', 'nameSuffix', 'components', 'ignoreMissingComponents', 'patches', 'images', 'buildMetadata'];

export function fluxBuildOf(spec: Json | undefined): FluxBuildSpec {
  const pick = (names: readonly string[]): JsonObject => fromEntries(names.flatMap(name => {
    const value = member(spec, name);
    return value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0) ? [] : [[name, value] as const];
  }));
  return { added: pick(ADDED), fields: pick([...ADDED, 'targetNamespace']), substitution: substitutionOf(member(spec, 'postBuild')) };
}

function substitutionOf(postBuild: Json | undefined): Substitution | undefined {
  if (!isObject(postBuild)) return undefined;
  const values = at(postBuild, 'substitute');
  const from = listAt(postBuild, 'substituteFrom').flatMap(entry => {
    const kind = textAt(entry, 'kind');
    const name = textAt(entry, 'name');
    return (kind === 'ConfigMap' || kind === 'Secret') && name ? [{ kind, name, optional: member(entry, 'optional') === true } as const] : [];
  });
  return { values: isObject(values) ? values : {}, from, always: textAt(postBuild, 'substituteStrategy') === 'Always' };
}
