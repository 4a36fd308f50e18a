/** Written by us on a paused application, and taken off on resume. */
export const PAUSED_REASON = 'plumbline.dev/paused-reason';
export const PAUSED_BY = 'plumbline.dev/paused-by';
/** RFC 3339. */
export const PAUSED_AT = 'plumbline.dev/paused-at';
export const PAUSED_TICKET = 'plumbline.dev/paused-ticket';

/** Flux Operator's web UI shows it, and clears it. We write it too, so that a colleague without us still learns who. */
export const SUSPENDED_BY = 'fluxcd.controlplane.io/suspendedBy';

/** Weave GitOps wrote this one. */
export const WEAVE_SUSPENDED_BY = 'metadata.weave.works/suspended-by';

/** A new value asks the controller to reconcile now; it answers in `status.lastHandledReconcileAt`. */
export const REQUESTED_AT = 'reconcile.fluxcd.io/requestedAt';
