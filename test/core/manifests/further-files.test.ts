import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ManifestIndex } from '../../../src/core/manifests/folder-index';

const { signal } = new AbortController();

describe('an index reads files outside its folder where it is told to', () => {
  const top = realpathSync(mkdtempSync(join(tmpdir(), 'plumbline-further-')));
  const at = (path: string): string => join(top, path);
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(at(path)), { recursive: true });
    writeFileSync(at(path), text);
  };
  const index = new ManifestIndex(at('open'));
  const names = (files: readonly string[]): string[] => files.map(file => file.slice(top.length + 1));

  before(async () => {
    for (const path of ['open/a.yaml', 'base/Kustomization', 'base/web.yaml', 'base/x/y.yaml', 'base/kustomization', 'other/z.yaml', 'secret/s.yaml']) write(path, `# ${path}\n`);
    symlinkSync(at('secret'), at('linked'));
    await index.scan(signal);
  });
  after(() => rmSync(top, { recursive: true }));

  it('folders whole, files alone, each once', async () => {
    assert.equal(await index.include([at('base'), at('base/x'), at('other/z.yaml')], top, signal), true);
    assert.deepEqual(names(index.files()), ['open/a.yaml']);
    assert.deepEqual(names(index.further()), ['base/Kustomization', 'base/web.yaml', 'base/x/y.yaml', 'other/z.yaml']);
    assert.equal(index.text(at('base/web.yaml')), '# base/web.yaml\n');
    assert.equal(await index.include([at('other/z.yaml'), at('base')], top, signal), false, 'the same again is no news');
  });

  it('what is new in such a folder is found, by a change and by a scan', async () => {
    write('base/new.yaml', '# new\n');
    await index.update([at('base/new.yaml')]);
    assert.ok(index.further().includes(at('base/new.yaml')));
    rmSync(at('base/x'), { recursive: true });
    await index.update([at('base/x')]);
    assert.ok(!index.further().includes(at('base/x/y.yaml')));
    write('base/later.yaml', '# later\n');
    await index.scan(signal);
    assert.deepEqual(names(index.further()), ['base/Kustomization', 'base/later.yaml', 'base/new.yaml', 'base/web.yaml', 'other/z.yaml']);
  });

  it('an unsaved text counts there, and nowhere else', () => {
    index.setAllUnsaved(new Map([[at('base/web.yaml'), '# typed\n'], [at('secret/s.yaml'), '# typed\n']]));
    assert.deepEqual([index.text(at('base/web.yaml')), index.text(at('secret/s.yaml'))], ['# typed\n', undefined]);
    index.setAllUnsaved(new Map());
  });

  it('what is asked for no more is let go of', async () => {
    await index.include([at('other/z.yaml')], top, signal);
    assert.deepEqual(names(index.further()), ['other/z.yaml']);
    assert.equal(index.text(at('base/web.yaml')), undefined);
  });

  it('nothing is read through a symbolic link', async () => {
    await index.include([at('linked'), at('linked/s.yaml')], top, signal);
    assert.deepEqual(index.further(), []);
    await index.scan(signal);
    assert.deepEqual(index.further(), []);
    await index.update([at('linked/s.yaml')]);
    assert.deepEqual(index.further(), []);
  });
});
