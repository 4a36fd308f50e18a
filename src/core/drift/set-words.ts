import { sep } from 'node:path';
import type { SetBy } from '../render/sites';
import type { PlaceOfValue, SetAt } from './verdict';
import { clean } from './words';

const BY: Readonly<Record<SetBy, string>> = {
  document: 'the manifest',
  patch: 'a patch',
  images: 'images',
  replicas: 'replicas',
  generator: 'a generator',
  replacement: 'a replacement',
  transformer: 'the kustomization',
  substitute: 'a variable',
  values: 'a value of the chart',
};

/** Files named at most where it cannot be told which one it is. */
const MAX_FILES = 3;

/** What sets a value, seen from a file: `set by images in overlays/prod/kustomization.yaml`. */
export function setText(set: SetAt, from: string): string {
  if (!set.certain) return set.oneOf.length === 0 ? 'where it is set could not be told' : `set by one of ${filesText(set.oneOf, from)}`;
  const parts = [set, ...set.others].filter(({ file }) => file !== from);
  return parts.length === 0 ? '' : `set by ${parts.slice(0, MAX_FILES).map(part => placeText(part, from)).join(', ')}`;
}

export const placeText = ({ by, file, outside }: PlaceOfValue, from: string): string => (file === undefined ? clean(outside ?? BY[by]) : `${BY[by]} in ${nearPath(file, from)}`);

/** A path without what it has in common with another: `overlays/prod/kustomization.yaml`. */
export function nearPath(file: string, from: string): string {
  const [own, other] = [file.split(sep), from.split(sep)];
  const common = own.findIndex((segment, i) => segment !== other[i]);
  return clean(own.slice(Math.max(0, Math.min(common, own.length - 1))).join('/'), 120);
}

function filesText(files: readonly string[], from: string): string {
  const shown = files.slice(0, MAX_FILES).map(file => nearPath(file, from));
  return files.length > MAX_FILES ? `${shown.join(', ')} and ${files.length - MAX_FILES} more` : shown.join(', ');
}
