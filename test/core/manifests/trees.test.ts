import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { field } from '../../../src/core/kube/path';
import { ManifestIndex } from '../../../src/core/manifests/folder-index';
import { locate } from '../../../src/core/manifests/locate';
import { parseManifests } from '../../../src/core/manifests/parse';
import { Trees } from '../../../src/core/manifests/trees';

const textOf = (i: number): string => `# ${i}\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: c${i}}\ndata:\n  key: "${i}"\n---\napiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Secret, metadata: {name: s${i}}}\n`;

describe('parse trees are kept for few files and made again for the others', () => {
  it('every manifest finds the same tree as at first, in any order, however little is kept', () => {
    const trees = new Trees(1);
    const files = Array.from({ length: 4 }, (_, i) => trees.read(`/${i}.yaml`, textOf(i), 'K2').manifests);
    for (const i of [3, 0, 1, 0, 2, 3]) {
      const whole = parseManifests(`/${i}.yaml`, textOf(i), 'K2').manifests;
      assert.equal(files[i]?.length, 2);
      for (const [k, { ref, object, range, named, root }] of (files[i] ?? []).entries()) assert.deepEqual({ ref, object, range, named, root }, { ref: whole[k]?.ref, object: whole[k]?.object, range: whole[k]?.root.range, named: whole[k]?.named, root: whole[k]?.root });
    }
  });

  it('what is kept is used again, what was used longest ago goes', () => {
    const room = textOf(0).length * 2;
    const trees = new Trees(room);
    const [a, b] = [0, 1].map(i => trees.read(`/${i}.yaml`, textOf(i), 'K2').manifests[0]);
    const [rootA, rootB] = [a?.root, b?.root];
    assert.equal(a?.root, rootA);
    trees.read('/2.yaml', textOf(2), 'K2');
    assert.equal(a?.root, rootA);
    assert.notEqual(b?.root, rootB);
  });

  it('an object says where it is named without its tree', () => {
    const [manifest] = parseManifests('/a.yaml', textOf(7), 'K3').manifests;
    assert.equal(textOf(7).slice(manifest?.named.start, manifest?.named.end), 'c7');
    assert.ok(manifest && locate(manifest.root, [field('metadata'), field('name')]).exact);
  });
});

describe('an index lets go of what nobody asks for', () => {
  const folder = mkdtempSync(join(tmpdir(), 'plumbline-sweep-'));
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('a result that is asked for between two sweeps stays, another is made anew', async () => {
    const file = join(folder, 'a.yaml');
    writeFileSync(file, textOf(1));
    const index = new ManifestIndex(folder);
    await index.scan(new AbortController().signal);
    const [kubectl, flux] = [index.parsed(file, 'K2'), index.parsed(file, 'K3')];
    index.sweep();
    assert.equal(index.parsed(file, 'K3'), flux);
    index.sweep();
    assert.equal(index.parsed(file, 'K3'), flux);
    assert.notEqual(index.parsed(file, 'K2'), kubectl);
  });
});
