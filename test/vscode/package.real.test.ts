import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from './host-suite';
import { KUSTOMIZE, KUSTOMIZE_LIMIT, makeVsix, namesInZip, REST_LIMIT } from './package';

/** Everything that may be published; vsce adds the first two and changes the case of the papers. */
const ALLOWED = [
  /^extension\.vsixmanifest$/,
  /^\[Content_Types\]\.xml$/,
  /^extension\/package(\.nls(\.[a-z-]+)?)?\.json$/,
  /^extension\/(readme\.md|changelog\.md|license(\.txt|\.md)?)$/i,
  /^extension\/dist\/[a-z-]+\.cjs(\.LEGAL\.txt)?$/,
  /^extension\/dist\/kustomize\.(js|wasm\.br)$/,
  /^extension\/media\/[a-z-]+\.(png|svg|gif|webp)$/,
];

describe('The VSIX', () => {
  let folder = '';
  let names: string[] = [];
  let bytes = 0;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'plumbline-vsix-'));
    const out = join(folder, 'plumbline.vsix');
    await makeVsix(out, line => console.log(line));
    const zip = await readFile(out);
    bytes = zip.length;
    names = namesInZip(zip);
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it('holds what the extension needs', () => {
    for (const name of ['package.json', 'package.nls.json', 'dist/extension.cjs', 'dist/cluster.cjs', 'dist/wire.cjs', 'dist/judge.cjs', 'dist/render.cjs', 'dist/texts.cjs', 'dist/kustomize-worker.cjs', 'dist/kustomize.js', KUSTOMIZE, 'media/icon.png', 'media/plumbline.svg']) {
      assert.ok(names.includes(`extension/${name}`), `${name} is not in ${names.join(', ')}`);
    }
  });

  it('holds nothing else: no source, no test, no source map', () => {
    assert.deepEqual(names.filter(name => !ALLOWED.some(pattern => pattern.test(name))), []);
  });

  it('is at most 7 MB of kustomize and 1 MB of everything else', async () => {
    const { size } = await stat(join(ROOT, KUSTOMIZE));
    console.log(`      VSIX: ${Math.round(bytes / 1000)} kB, ${Math.round(size / 1000)} kB of it kustomize`);
    assert.ok(size <= KUSTOMIZE_LIMIT, `${size} bytes of kustomize`);
    assert.ok(bytes - size <= REST_LIMIT, `${bytes - size} bytes of the rest`);
  });
});
