import { at, isObject, member, textAt } from '../base/json';
import type { Live } from '../kube/live';
import type { Pause } from './application';
import { ownersOf, pauseNotes } from './pause-notes';

/** The switch of automatic sync, since Argo CD 3.1. */
export const ENABLED = ['spec', 'syncPolicy', 'automated', 'enabled'] as const;
/** Keeps the controller from looking at an Application at all. */
export const SKIP = 'argocd.argoproj.io/skip-reconcile';
/** Asks for a fresh comparison; the controller takes it off once that is made. */
export const REFRESH = 'argocd.argoproj.io/refresh';

const skips = (object: Live): boolean => textAt(object, 'metadata', 'annotations', SKIP) === 'true';

/** Switched off although it was automatic, or not looked after at all. An Application that nobody made automatic is not paused. */
export const isSwitchedOff = (object: Live): boolean => skips(object) || at(object, ...ENABLED) === false;

/** Who switched it off, as far as it says so; `undefined` while it is on. */
export function argoPause(object: Live): Pause | undefined {
  if (!isSwitchedOff(object)) return undefined;
  return pauseNotes(object, ownersOf(object, skips(object) ? ['metadata', 'annotations', SKIP] : ENABLED));
}

const RUNNING: ReadonlySet<string> = new Set(['Running', 'Terminating']);

/** A sync waits or runs. */
export const isSyncing = (object: Live): boolean => isObject(member(object, 'operation')) || RUNNING.has(textAt(object, 'status', 'operationState', 'phase') ?? '');

/** The controller has compared since this was last asked of it, and no sync runs. */
export const isSettled = (object: Live): boolean => !isSyncing(object) && textAt(object, 'metadata', 'annotations', REFRESH) === undefined;
