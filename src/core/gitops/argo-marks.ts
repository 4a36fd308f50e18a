import { at, fromEntries, isObject, type Json, type JsonObject } from '../base/json';

const ARGO = 'argocd.argoproj.io/';
/** The annotation that says of which application the object is: another on each. */
export const TRACKING_ID = `${ARGO}tracking-id`;

/** The annotations by which an object, as it is written or as it is live, tells Argo CD what to do; `undefined` where there are none. */
export function argoAnnotations(object: Json | undefined): JsonObject | undefined {
  const annotations = at(object, 'metadata', 'annotations');
  const told = isObject(annotations) ? Object.entries(annotations).filter(([key]) => key.startsWith(ARGO) && key !== TRACKING_ID) : [];
  return told.length === 0 ? undefined : fromEntries(told);
}
