import { at, type Json } from '../base/json';
import type { Live } from '../kube/live';
import type { Pause } from './application';
import { ownersOf, pauseNotes } from './pause-notes';

/** Who suspended a Flux object, as far as it says so; `undefined` while it is not suspended. */
export const pauseOf = (object: Live): Pause | undefined => (at(object, 'spec', 'suspend') === true ? pauseNotes(object, suspendOwners(object)) : undefined);

/** The managedFields entries that own `spec.suspend`. */
export const suspendOwners = (object: Live): Json[] => ownersOf(object, ['spec', 'suspend']);
