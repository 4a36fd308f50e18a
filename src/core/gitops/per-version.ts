import { madeOf } from '../base/made-of';
import type { PresentState } from '../cluster/api';
import type { Live } from '../kube/live';

/**
 * What is read off one version of a live object, read once. Controllers' objects are asked for in each run, and there may be a
 * thousand of them: to make them of their texts takes longer than all that is read off them. `read` must not keep the object.
 */
export const perVersion = <T>(read: (object: Live) => T): ((state: PresentState) => T) => madeOf(({ object }: PresentState) => read(object));
