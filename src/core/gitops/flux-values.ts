import { posix } from 'node:path';
import type { ObjectRef } from '../kube/identity';

/**
 * The commit in a Flux revision: `main@sha1:<hex>`, `refs/tags/v1@sha1:<hex>`, `sha256:<hex>`, and before Flux 0.40 `main/<hex>`.
 * `undefined` for anything else. Only for a Git source: an OCI digest looks the same.
 */
export function commitOf(revision: string | undefined): string | undefined {
  const found = /(?:^|@)sha1:([0-9a-f]{40})$|(?:^|@)sha256:([0-9a-f]{64})$|(?:^|\/)([0-9a-f]{40}|[0-9a-f]{64})$/.exec(revision ?? '');
  return found?.[1] ?? found?.[2] ?? found?.[3];
}

/** `<namespace>_<name>_<group>_<kind>` as in `status.inventory`; `__` in the name stands for `:`. */
export function inventoryRef(id: string, version: string): ObjectRef | undefined {
  const first = id.indexOf('_');
  const last = id.lastIndexOf('_');
  const middle = last > 0 ? id.lastIndexOf('_', last - 1) : -1;
  if (first < 0 || middle <= first) return undefined;
  const name = id.slice(first + 1, middle).replaceAll('__', ':');
  const group = id.slice(middle + 1, last);
  const kind = id.slice(last + 1);
  if (name === '' || kind === '' || version === '') return undefined;
  return { apiVersion: group === '' ? version : `${group}/${version}`, kind, namespace: id.slice(0, first) || undefined, name };
}

const UNIT_MS: ReadonlyMap<string, number> = new Map([['ns', 1e-6], ['us', 1e-3], ['µs', 1e-3], ['ms', 1], ['s', 1_000], ['m', 60_000], ['h', 3_600_000]]);

/** Go's duration text (`1h30m`, `10m0s`) in milliseconds. */
export function durationMs(text: string | undefined): number | undefined {
  if (text === undefined || !/^(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h))+$/.test(text)) return undefined;
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g)) total += Number(amount) * (UNIT_MS.get(unit ?? '') ?? 0);
  return total;
}

/** `spec.path` as a folder inside the source. `..` does not lead out of it, as in the controller. */
export const cleanPath = (path: string): string => posix.normalize(`/${path}`).replace(/^\/|\/$/g, '');
