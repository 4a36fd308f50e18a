import { listAt, member, textAt, type Json } from '../base/json';
import type { Live } from '../kube/live';
import type { Pause } from './application';
import { PAUSED_AT, PAUSED_BY, PAUSED_REASON, SUSPENDED_BY, WEAVE_SUSPENDED_BY } from './pause-annotations';

/** What a paused object says about its pause; `owners` are the managedFields entries that own the field which stops it. */
export function pauseNotes(object: Live, owners: readonly Json[]): Pause {
  const note = (key: string): string | undefined => textAt(object, 'metadata', 'annotations', key) || undefined;
  const owner = [...owners].sort((a, b) => (textAt(b, 'time') ?? '').localeCompare(textAt(a, 'time') ?? ''))[0];
  return {
    reason: note(PAUSED_REASON),
    by: note(PAUSED_BY) ?? note(SUSPENDED_BY) ?? note(WEAVE_SUSPENDED_BY),
    since: timeOf(note(PAUSED_AT)) ?? timeOf(textAt(owner, 'time')),
    manager: textAt(owner, 'manager'),
  };
}

/** The managedFields entries that own this path of plain fields. */
export function ownersOf(object: Live, path: readonly string[]): Json[] {
  return listAt(object, 'metadata', 'managedFields').filter(entry => {
    const set = member(entry, 'fieldsV1');
    return path.reduce<Json | undefined>((node, name) => member(node, `f:${name}`), set) !== undefined;
  });
}

function timeOf(text: string | undefined): number | undefined {
  const time = Date.parse(text ?? '');
  return Number.isNaN(time) ? undefined : time;
}
