import assert from 'node:assert/strict';
import { standInFor } from '../../../src/core/drift/stand-in';
import { parseManifests } from '../../../src/core/manifests/parse';

const WRITTEN = ['Service web', 'ConfigMap web', 'ConfigMap web-extra', 'ConfigMap other'];
const text = WRITTEN.map(line => line.split(' ')).map(([kind = '', name = '']) => `apiVersion: v1\nkind: ${kind}\nmetadata: {name: ${name}}\n`).join('---\n');

describe('what is shown of an application while it is rendered', () => {
  const table: readonly (readonly [name: string, inventory: readonly string[], besides: readonly string[]])[] = [
    ['nothing twice that is called as in its file', WRITTEN, []],
    ['nor with a prefix', WRITTEN.map(line => line.replace(' ', ' a-')), []],
    ['nor with a suffix and a hash', WRITTEN.map(line => `${line}-prod-5mf2h7t8kk`), []],
    ['what the inventory has besides', [...WRITTEN, 'ConfigMap gone', 'Secret web'], ['ConfigMap gone', 'Secret web']],
    ['of two that are called alike the one that is called so', ['ConfigMap web', 'ConfigMap a-web', 'Service web'], ['ConfigMap a-web']],
  ];
  for (const [name, inventory, besides] of table) {
    it(name, () => {
      const refs = inventory.map(line => line.split(' ')).map(([kind = '', called = '']) => ({ apiVersion: 'v1', kind, namespace: 'shop', name: called }));
      const { manifests, problems } = parseManifests('/r/a.yaml', text, 'K3');
      const source = { index: { text: () => text, parsed: () => ({ manifests, problems }) } };
      const order = { id: 'x', group: { application: { tool: 'flux', inventory: refs }, folder: '/r', files: [], evidence: [], doubt: undefined }, source, plan: undefined };
      const { standIn = [] } = standInFor(order as unknown as Parameters<typeof standInFor>[0], { files: new Set(['/r/a.yaml']), seen: new Set(), templates: false }, undefined);
      assert.deepEqual(standIn.map(({ ref, manifest }) => `${ref.kind} ${ref.name}${manifest ? '' : ' besides'}`), [...WRITTEN, ...besides.map(line => `${line} besides`)]);
    });
  }
});
