import assert from 'node:assert/strict';
import type { PlaceOfValue, SetAt } from '../../src/core/drift/verdict';
import { distinctNames } from '../../src/views/distinct-names';
import { fileRows } from '../../src/views/file-rows';
import { changed, FILE, objectsOf } from './make';

const TEXT = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {level: info, size: "1"}\n';
const place = (file: string): PlaceOfValue => ({ by: 'patch', file, range: { start: 0, end: 1 }, text: '', outside: undefined });
const set = (file: string, certain = true): SetAt => ({ ...place(file), others: [], certain, whole: true, oneOf: [] });

const said = (sets: readonly [path: string, set: SetAt | undefined][]): (readonly [string, string, unknown])[] => {
  const fields = sets.map(([path, by]) => changed(TEXT, 'info', path, 'debug', by ? { set: by } : {}));
  const [object] = objectsOf(TEXT, { ConfigMap: { verdict: 'drift', fields } });
  assert.ok(object);
  return fileRows(object, '/repo/overlays/prod').map(({ label, description, node }) => [label, description, node.kind === 'field' ? node.field : node.kind]);
};

describe('The files below an object', () => {
  it('are the one it is written in, then those that set what differs, each once', () => {
    assert.deepEqual(said([['data.level', set('/repo/overlays/prod/patch.yaml')], ['data.size', set('/repo/overlays/prod/patch.yaml')], ['data.other', set('/repo/components/c/x.yaml')]]), [
      ['web.yaml', 'apps', 'object'],
      ['patch.yaml', 'sets data.level, data.size', 0],
      ['x.yaml', 'sets data.other · components/c', 2],
    ]);
  });

  it('are its own alone where it sets its values itself, and where it cannot be told which one does', () => {
    assert.deepEqual(said([['data.level', undefined], ['data.size', set(FILE)], ['data.other', set('/repo/x.yaml', false)]]).map(([label]) => label), ['web.yaml']);
  });

  it('are none of an orphan', () => {
    const [object] = objectsOf(TEXT, {});
    assert.ok(object);
    assert.deepEqual(fileRows({ ...object, manifest: undefined }, '/repo'), []);
  });
});

describe('Names of folders', () => {
  it('have as much of the path as tells them apart', () => {
    const names = distinctNames(['/repo/apps/staging', '/repo/apps/catalog/overlays/staging', '/repo/ops', '/repo/ops']);
    assert.deepEqual([...names], [['/repo/apps/staging', 'apps/staging'], ['/repo/apps/catalog/overlays/staging', 'overlays/staging'], ['/repo/ops', 'ops']]);
  });

  it('are whole paths where one ends in the other', () => {
    assert.deepEqual([...distinctNames(['/a', '/b/a']).values()], ['/a', 'b/a']);
  });
});
