import type { PresentState } from '../cluster/api';
import type { Live } from '../kube/live';

/**
 * What is read off one version of a live object, read once. Controllers' objects are asked for in each run, and there may be a
 * thousand of them: to make them of their texts takes longer than all that is read off them. `read` must not keep the object.
 */
export function perVersion<T>(read: (object: Live) => T): (state: PresentState) => T {
  const known = new WeakMap<PresentState, { readonly of: T }>();
  return state => {
    const kept = known.get(state) ?? { of: read(state.object) };
    known.set(state, kept);
    return kept.of;
  };
}
