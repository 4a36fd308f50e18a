import { objectId, type ObjectRef } from '../kube/identity';
import type { Application } from './application';

/** Longer chains are cut; real ones have three links. */
const MAX_LINKS = 20;

export type Owned = Pick<Application, 'ref' | 'parent'>;

/**
 * Tells who applies an application, who applies that, and so on up to the root, nearest first: applications, and ApplicationSets
 * where those may be read. Empty where people apply it; one that applies itself, as Flux's own does, is its own root.
 */
export function ownerChains(applications: readonly Owned[], applicationSets: readonly Owned[]): (application: Owned) => readonly ObjectRef[] {
  const above = new Map([...applications, ...applicationSets].map(one => [objectId(one.ref), one.parent]));
  return application => chainOf(application, above);
}

function chainOf({ ref, parent }: Owned, above: ReadonlyMap<string, ObjectRef | undefined>): readonly ObjectRef[] {
  const chain: ObjectRef[] = [];
  const seen = new Set([objectId(ref)]);
  for (let next = parent; next && chain.length < MAX_LINKS && !seen.has(objectId(next)); next = above.get(objectId(next))) {
    seen.add(objectId(next));
    chain.push(next);
  }
  return chain;
}
