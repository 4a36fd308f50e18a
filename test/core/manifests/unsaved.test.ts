import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ManifestIndex } from '../../../src/core/manifests/folder-index';

const TEXT = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n';

describe('texts that are not on disk', () => {
  let root = '';
  let index = new ManifestIndex('');
  const file = (name: string): string => join(root, name);
  const unsaved = (): string[] => ['a.yaml', 'b.yaml', 'new.yaml'].filter(name => index.isUnsaved(file(name)));

  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'plumbline-unsaved-'));
  });
  beforeEach(async () => {
    for (const name of ['a.yaml', 'b.yaml']) await writeFile(file(name), TEXT);
    index = new ManifestIndex(root);
    await index.scan(new AbortController().signal);
  });
  after(() => rm(root, { recursive: true, force: true }));

  it('are those that differ, until they are saved, put back or closed', async () => {
    assert.deepEqual(unsaved(), []);
    index.setUnsaved(file('a.yaml'), `${TEXT}data: {}\n`);
    assert.deepEqual(unsaved(), ['a.yaml']);
    index.setUnsaved(file('b.yaml'), TEXT);
    assert.deepEqual(unsaved(), ['a.yaml'], 'an open one that says the same');
    await writeFile(file('a.yaml'), `${TEXT}data: {}\n`);
    await index.update([file('a.yaml')]);
    assert.deepEqual(unsaved(), []);
    await writeFile(file('b.yaml'), `${TEXT}data: {}\n`);
    await index.update([file('b.yaml')]);
    assert.deepEqual(unsaved(), ['b.yaml'], 'changed on disk below it');
    index.setUnsaved(file('b.yaml'), undefined);
    assert.deepEqual(unsaved(), []);
  });

  it('may have no file yet, or none any more', async () => {
    index.setUnsaved(file('new.yaml'), TEXT);
    assert.deepEqual(unsaved(), ['new.yaml']);
    index.setAllUnsaved(new Map());
    assert.deepEqual(unsaved(), [], 'closed without being saved');
    index.setUnsaved(file('a.yaml'), `${TEXT}data: {}\n`);
    await rm(file('a.yaml'));
    await index.scan(new AbortController().signal);
    assert.deepEqual(unsaved(), ['a.yaml']);
    index.setUnsaved(file('a.yaml'), undefined);
    assert.deepEqual(unsaved(), []);
  });
});
