import { at, listAt, member, textAt, type Json } from '../base/json';
import type { Live } from '../kube/live';
import type { Pause } from './application';
import { PAUSED_AT, PAUSED_BY, PAUSED_REASON, SUSPENDED_BY, WEAVE_SUSPENDED_BY } from './pause-annotations';

/** Who suspended a Flux object, as far as it says so; `undefined` while it is not suspended. */
export function pauseOf(object: Live): Pause | undefined {
  if (at(object, 'spec', 'suspend') !== true) return undefined;
  const note = (key: string): string | undefined => textAt(object, 'metadata', 'annotations', key) || undefined;
  const owner = suspendOwners(object).sort((a, b) => (textAt(b, 'time') ?? '').localeCompare(textAt(a, 'time') ?? ''))[0];
  return {
    reason: note(PAUSED_REASON),
    by: note(PAUSED_BY) ?? note(SUSPENDED_BY) ?? note(WEAVE_SUSPENDED_BY),
    since: timeOf(note(PAUSED_AT)) ?? timeOf(textAt(owner, 'time')),
    manager: textAt(owner, 'manager'),
  };
}

/** The managedFields entries that own `spec.suspend`. */
export function suspendOwners(object: Live): Json[] {
  return listAt(object, 'metadata', 'managedFields').filter(entry => member(at(entry, 'fieldsV1', 'f:spec'), 'f:suspend') !== undefined);
}

function timeOf(text: string | undefined): number | undefined {
  const time = Date.parse(text ?? '');
  return Number.isNaN(time) ? undefined : time;
}
