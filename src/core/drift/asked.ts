import type { ObjectRef } from '../kube/identity';
import { isBelow, type Group } from './groups';

/** What a person asked for by hand, in place of what the engine finds by itself. */
export interface Asked {
  /** Absolute. Only what is written at or below one of these is judged; all of it is shown, also what is not in this cluster. */
  readonly paths: readonly string[];
  /** The paths lie in no repository: what else is in the folder around them is not even read. */
  readonly alone: boolean;
  readonly base: BaseChoice;
  readonly applier: ApplierChoice;
  /** Only what this application applies; its source is taken to be this repository, whatever its address says. */
  readonly application: Pick<ObjectRef, 'kind' | 'name'> & { readonly namespace: string } | undefined;
}

/** `auto`: what the applier recorded. A revision is a full commit hash. */
export type BaseChoice = { readonly kind: 'auto' } | { readonly kind: 'none' } | { readonly kind: 'revision'; readonly revision: string };

export const APPLIERS = ['auto', 'flux', 'argo', 'kubectl', 'kubectl-ssa', 'helm', 'none'] as const;
export type ApplierChoice = (typeof APPLIERS)[number];

/** Whether the path lies at or below what was asked for. Everything does where nothing was. */
export const covers = (asked: Asked | undefined, path: string): boolean => asked?.paths.some(root => root === path || isBelow(root, path)) ?? true;

/** Whether the group is part of the answer, as a whole or with some of its files. */
export function concerns(asked: Asked | undefined, { application, folder, files }: Group): boolean {
  if (asked?.application && !application) return false;
  return covers(asked, folder) || files.some(file => covers(asked, file));
}

export const isAsked = ({ application }: Asked, { kind, namespace, name }: ObjectRef): boolean =>
  application === undefined || (application.kind === kind && application.namespace === namespace && application.name === name);
