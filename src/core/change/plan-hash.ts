import { createHash } from 'node:crypto';
import type { Json, JsonObject } from '../base/json';
import { stringifyJson } from '../base/json-text';
import type { Plan } from './plan';

/** SHA-256, hex, of JSON text. For comparing within the process: of a short secret it would not be a secret itself. */
export const hashOf = (value: Json): string => createHash('sha256').update(stringifyJson(value)).digest('hex');

/** Of everything that a confirmation stands for: where, what is sent, under which conditions, and what was shown. */
export function planHash(plan: Plan): string {
  const { step } = plan;
  const { request, foreseen } = step.write.open();
  const summary: JsonObject = {
    id: plan.id,
    kind: plan.kind,
    createdAt: plan.createdAt,
    cluster: [plan.pin.identity, plan.pin.server, plan.pin.context],
    environment: [plan.environment.id, plan.environment.production],
    ref: [request.ref.apiVersion, request.ref.kind, request.ref.namespace ?? null, request.ref.name],
    shownRef: [step.ref.apiVersion, step.ref.kind, step.ref.namespace ?? null, step.ref.name],
    request: [request.type, request.fieldManager, request.force === true, request.subresource ?? null, request.body],
    shownAs: [step.action, step.manager, step.force],
    expects: step.expects ? [step.expects.uid, step.expects.resourceVersion] : null,
    conflicts: step.conflicts.map(({ field, manager }) => [field, manager]),
    foreseen,
    preview: [step.preview.live ?? null, step.preview.predicted],
    warnings: plan.warnings,
  };
  return hashOf(summary);
}
