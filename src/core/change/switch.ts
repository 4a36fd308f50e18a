import type { JsonObject } from '../base/json';
import type { Cluster } from '../cluster/api';
import type { Application } from '../gitops/application';
import type { Live } from '../kube/live';
import type { Refusal } from './plan';

/** How one kind of application is stopped, and started again. All bodies are merge patches. */
export interface Switch {
  /** `annotations` say why, who and when. */
  pause(annotations: JsonObject): JsonObject;
  /** `gone` takes these annotations off; `requestedAt` is a wish to run at once. */
  resume(gone: JsonObject, requestedAt: string): JsonObject;
  isPaused(live: Live): boolean;
  /** Why it cannot be paused, beside being paused already. */
  cannotPause(live: Live): Refusal | undefined;
  /** Why the pause would not be one, by what the server foretells of it. */
  hasNoEffect(predicted: JsonObject): Refusal | undefined;
  /** Who above it would undo the pause: a refusal where that is at once, else what to know. Reads only. */
  willItStick(cluster: Cluster, application: Application, live: Live, signal: AbortSignal | undefined): Promise<Refusal | string[]>;
  /** What to know before a resume. */
  resumeWarnings(application: Application, live: Live): string[];
}
