import { isObject, type JsonObject } from '../base/json';
import { parseJson } from '../base/json-text';
import type { Application } from '../gitops/application';
import { refusedFolder } from '../gitops/match';
import { lastApplied } from './applier';
import type { Group } from './groups';
import type { JudgeInput } from './judge-input';

/** Why the manifests of a group are not what the applier sends; `undefined` when they are. */
export function undecidedReason({ application, files, folder }: Group): string | undefined {
  if (application?.remoteCluster) return 'its objects live in another cluster (spec.kubeConfig)';
  if (application && application.notComputed.length > 0) return `what the controller builds is not computed: ${application.notComputed.join(', ')}`;
  return refusedFolder(files, folder);
}

/** A newer revision that was tried may have been applied in part: what is live may come from either. */
export function baseDoubt({ appliedRevision, attemptedRevision, ready }: Application): string | undefined {
  if (ready?.status !== 'False' || attemptedRevision === undefined || attemptedRevision === appliedRevision) return undefined;
  return `revision ${attemptedRevision.slice(0, 8)} was tried and failed`;
}

/** What `kubectl apply` says it last applied. */
export function lastAppliedBase(live: JsonObject | undefined): JudgeInput['base'] {
  const text = live && lastApplied(live);
  if (text === undefined) return { kind: 'unknown', reason: 'no record of what was last applied' };
  try {
    const object = parseJson(text);
    if (isObject(object)) return { kind: 'known', object };
  } catch {
    // Anybody may write the annotation; what is no JSON is no record.
  }
  return { kind: 'unknown', reason: 'the record of what was last applied cannot be read' };
}
