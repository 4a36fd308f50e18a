import type { JsonObject } from '../base/json';

declare const live: unique symbol;
declare const shown: unique symbol;

/** An object as the API server gave it, Secrets in clear. May be compared and sent to the API; may never become text for a person, a log or a file. */
export type Live = JsonObject & { readonly [live]: true };

/** An object fit for eyes: every secret value is masked. May never be sent to the API. Made only by `redact`. */
export type Shown = JsonObject & { readonly [shown]: true };

export const asLive = (object: JsonObject): Live => object as Live;
