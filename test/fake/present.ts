import type { JsonObject } from '../../src/core/base/json';
import type { PresentState } from '../../src/core/cluster/api';
import { asLive } from '../../src/core/kube/live';

/** As a store has an object that is there. */
export const present = (object: JsonObject): PresentState => ({ kind: 'present', object: asLive(object), seen: [] });
