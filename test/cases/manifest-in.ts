import assert from 'node:assert/strict';
import type { Manifest } from '../../src/core/manifests/document';
import { parseManifests } from '../../src/core/manifests/parse';

/** The last manifest of a text, as Flux reads it or as all others do. */
export function manifestIn(yaml: string, flux: boolean): Manifest {
  const { manifests, problems } = parseManifests('/repo/case.yaml', yaml, flux ? 'K3' : 'K2');
  const found = manifests.at(-1);
  assert.ok(found, problems.map(({ message }) => message).join('; '));
  return found;
}
