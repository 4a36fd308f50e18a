import { NOWHERE } from './reach';
import type { RootObjects } from './root-objects';

/** As `Recipe.trouble`, of charts. */
export const CHART_TROUBLE = 'its chart is not rendered';

/** A chart that Helm was not asked to render, said at the top of `file`; `cause` as in `RootObjects`. */
export const notRendered = (file: string, cause: string): Extract<RootObjects, { readonly kind: 'failed' }> => ({ kind: 'failed', problems: [{ file, range: NOWHERE, message: `This chart is not rendered: ${cause}.` }], cause });
