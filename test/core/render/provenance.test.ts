import assert from 'node:assert/strict';
import { parseManifests } from '../../../src/core/manifests/parse';
import type { ObjectOrigin } from '../../../src/core/render/origins';
import { toldSource } from '../../../src/core/render/provenance';
import { reach } from '../../../src/core/render/reach';
import { Sources } from '../../../src/core/render/sources';
import { memoryTree } from './memory-tree';

const service = (name: string, kind = 'Service'): string => `apiVersion: v1\nkind: ${kind}\nmetadata: {name: ${name}}\n`;

/** Where each of the rendered objects is said to come from: file and document. */
async function placesOf(files: Readonly<Record<string, string>>, rendered: readonly string[], origins: readonly ObjectOrigin[]): Promise<readonly string[]> {
  const reached = await reach(memoryTree(files), 'prod', [], new AbortController().signal);
  const sources = new Sources(reached);
  return parseManifests('', rendered.join('---\n'), 'K2').manifests.map((manifest, i) => {
    const source = toldSource(sources, origins[i], manifest, 'prod');
    return source ? `${source.file}:${source.document}` : '';
  });
}

describe('Where a rendered object comes from', () => {
  const base = { 'base/kustomization.yaml': 'resources: [all.yaml]\n', 'base/all.yaml': `${service('web')}---\n${service('web-admin')}` };
  const overlay = (more: string): string => `resources: [../base]\nconfigMapGenerator: [{name: settings, literals: [a=b]}]\n${more}`;

  it('is found again where kustomize lost it: the one document among the resources with its kind and name', async () => {
    const files = { ...base, 'prod/kustomization.yaml': overlay('namePrefix: x-\n') };
    assert.deepEqual(await placesOf(files, [service('x-web'), service('x-web-admin')], [{ kind: 'unknown' }, { kind: 'unknown' }]), ['base/all.yaml:1', 'base/all.yaml:2']);
  });

  it('is no generator that cannot make its kind', async () => {
    const files = { ...base, 'prod/kustomization.yaml': overlay('') };
    assert.deepEqual(await placesOf(files, [service('web')], [{ kind: 'generator', kustomization: 'prod/kustomization.yaml' }]), ['base/all.yaml:1']);
  });

  it('is the kustomization where two documents could have become it, or none', async () => {
    const files = { 'prod/a.yaml': service('web'), 'prod/b.yaml': service('web'), 'prod/kustomization.yaml': 'resources: [a.yaml, b.yaml]\n' };
    assert.deepEqual(await placesOf(files, [service('web'), service('web', 'Secret')], [{ kind: 'unknown' }, { kind: 'unknown' }]), ['prod/kustomization.yaml:1', 'prod/kustomization.yaml:1']);
  });
});
