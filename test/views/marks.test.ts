import assert from 'node:assert/strict';
import { marksOf, stops } from '../../src/views/marks';
import type { ObjectVerdict, PlaceOfValue, SetAt } from '../../src/core/drift/verdict';
import { assembleFiles } from '../../src/core/drift/assemble';
import { drained } from '../fake/drained';
import type { FileState } from '../../src/core/drift/snapshot';
import type { Manifest, MapNode } from '../../src/core/manifests/document';
import { changed, FILE, objectsOf, snapshotOf } from './make';

const TEXT = `apiVersion: v1
kind: ConfigMap
metadata:
  name: settings
data:
  level: info
  app.conf: |
    a=1
    b=2
    c=3
---
apiVersion: v1
kind: Service
metadata: {name: web}
`;

const BLOCK = '|\n    a=1\n    b=2\n    c=3\n';
const block = (live: string): Partial<ObjectVerdict> => ({
  verdict: 'drift',
  fields: [changed(TEXT, BLOCK, 'data.app.conf', live, { git: { kind: 'value', value: 'a=1\nb=2\nc=3\n' } })],
});

function marks(verdicts: Readonly<Record<string, Partial<ObjectVerdict>>>): { line: number; on: string; says: string; stop: boolean }[] {
  const file = snapshotOf(TEXT, objectsOf(TEXT, verdicts)).files.get(FILE);
  assert.ok(file);
  const all = marksOf(file);
  return all.map(mark => ({ line: TEXT.slice(0, mark.range.start).split('\n').length, on: TEXT.slice(mark.range.start, mark.range.end), says: mark.text, stop: stops(all).includes(mark) }));
}

describe('Marks in a file', () => {
  it('stand on the value that drifted', () => {
    const verdict = { verdict: 'drift' as const, fields: [changed(TEXT, 'info', 'data.level', 'debug')] };
    assert.deepEqual(marks({ ConfigMap: verdict }), [{ line: 6, on: 'info', says: 'live: debug · kubectl edit', stop: true }]);
  });

  it('say the line of a block that the verdict points at', () => {
    const fields = [changed(TEXT, 'b=2', 'data.app.conf', 'a=1\nb=9\nc=3\n', { git: { kind: 'value', value: 'a=1\nb=2\nc=3\n' } })];
    assert.deepEqual(marks({ ConfigMap: { verdict: 'drift', fields } }), [{ line: 9, on: 'b=2', says: 'live: b=9 · kubectl edit', stop: true }]);
  });

  it('stay inside the block when the live text is longer', () => {
    const [mark] = marks({ ConfigMap: block('a=1\nb=2\nc=3\nd=4\n') });
    assert.ok(mark && mark.line >= 7 && mark.line <= 10, String(mark?.line));
  });

  it('never open the values of a Secret', () => {
    const verdict = { verdict: 'drift' as const, fields: [changed(TEXT, BLOCK, 'data.app.conf', '', { git: { kind: 'secret', bytes: 12 }, live: { kind: 'secret', bytes: 14 } })] };
    assert.deepEqual(marks({ ConfigMap: verdict }).map(({ line, says }) => [line, says]), [[7, 'live: ••• 14 bytes · kubectl edit']]);
  });

  it('stand on the name of an object that is missing', () => {
    assert.deepEqual(marks({ Service: { verdict: 'missing' } }), [{ line: 14, on: 'web', says: 'Missing in the cluster', stop: true }]);
  });

  it('are no stop for what only waits', () => {
    const verdict = { verdict: 'pending' as const, fields: [changed(TEXT, 'info', 'data.level', 'debug', { verdict: 'pending', stage: 'unsaved' })] };
    assert.deepEqual(marks({ ConfigMap: verdict }), [{ line: 6, on: 'info', says: 'live: debug · not saved', stop: false }]);
  });

  it('are absent where all is well, and where nothing could be told', () => {
    assert.deepEqual(marks({ Service: { verdict: 'unknown', reason: 'offline' } }), []);
  });

  describe('of a rendered object', () => {
    const OVERLAY = '/repo/overlays/prod/kustomization.yaml';
    const overlayText = 'resources: [../../apps]\nconfigMaps:\n  level: info\n';
    const start = overlayText.indexOf('info');
    const place: PlaceOfValue = { by: 'patch', file: OVERLAY, range: { start, end: start + 4 }, text: overlayText, outside: undefined };
    const SET: SetAt = { ...place, others: [], certain: true, whole: true, oneOf: [] };
    const filesOf = (set: SetAt, at = 'info', path = 'data.level'): ReadonlyMap<string, FileState> =>
      drained(assembleFiles({ groups: [{ objects: objectsOf(TEXT, { ConfigMap: { verdict: 'drift', fields: [changed(TEXT, at, path, 'debug', { set })] } }) }], problems: new Map(), versionOf: file => (file === FILE ? TEXT : undefined), before: new Map() }));
    const said = (files: ReadonlyMap<string, FileState>, path: string): (readonly [string, string, boolean])[] => {
      const file = files.get(path);
      return file ? marksOf(file).map(mark => [file.textVersion.slice(mark.range.start, mark.range.end), mark.text, stops([mark]).length > 0] as const) : [];
    };

    it('stand at the line that sets the value; where it is written first they say so, and are no stop', () => {
      const files = filesOf(SET);
      assert.deepEqual(said(files, OVERLAY), [['info', 'live: debug · kubectl edit', true]]);
      assert.deepEqual(said(files, FILE), [['info', 'overridden in overlays/prod/kustomization.yaml', false]]);
      assert.equal(files.get(OVERLAY)?.verdict, 'drift');
    });

    it('call nothing overridden that only refers to the value: a template of a chart, a variable', () => {
      for (const by of ['values', 'substitute'] as const) assert.deepEqual(said(filesOf({ ...SET, by }), FILE), [['info', 'set in overlays/prod/kustomization.yaml', false]]);
    });

    it('name the object where a chart\'s values set it: the line does not say which one it is', () => {
      const about = (by: SetAt['by']): string[] => marksOf(filesOf({ ...SET, by }).get(OVERLAY) ?? assert.fail('no file')).map(mark => mark.about);
      assert.deepEqual([about('values'), about('patch')], [['ConfigMap settings'], ['']]);
    });

    it('are left out of a document that does not have the value at all', () => {
      assert.deepEqual(said(filesOf(SET, 'settings', 'data.absent'), FILE), []);
    });

    it('stay at the origin where it cannot be told, or where no file sets it, and say what may', () => {
      assert.deepEqual(said(filesOf({ ...SET, file: FILE, range: { start: TEXT.indexOf('info'), end: TEXT.indexOf('info') + 4 }, text: TEXT, certain: false, oneOf: [OVERLAY, '/repo/overlays/prod/p.yaml'] }), FILE), [['info', 'live: debug · kubectl edit · set by one of overlays/prod/kustomization.yaml, overlays/prod/p.yaml', true]]);
      assert.deepEqual(said(filesOf({ ...SET, file: undefined, range: undefined, text: undefined, outside: 'spec.images[0].newTag of Kustomization shop/web' }), FILE), [['info', 'live: debug · kubectl edit · set by spec.images[0].newTag of Kustomization shop/web', true]]);
    });

    it('name the field where the origin does not have the value, and the object too where no document has it', () => {
      const one = objectsOf(TEXT, { ConfigMap: { verdict: 'drift', fields: [changed(TEXT, 'settings', 'data.other', 'debug', { git: { kind: 'value', value: 'info' } })] } })[0];
      assert.ok(one?.manifest);
      const abouts = (manifest: Manifest): string[] => {
        const object = { ...one, manifest };
        const file = drained(assembleFiles({ groups: [{ objects: [object] }], problems: new Map(), versionOf: () => TEXT, before: new Map() })).get(FILE);
        return file ? marksOf(file).map(({ about }) => about) : [];
      };
      const range = { start: 0, end: 3 };
      const values: MapNode = { kind: 'map', flow: true, pairs: [{ key: '', keyRange: range, node: { kind: 'scalar', style: 'plain', range, value: '' } }], range, value: {} };
      assert.deepEqual(abouts(one.manifest), ['']);
      assert.deepEqual(abouts({ ...one.manifest, rendered: true }), ['data.other']);
      assert.deepEqual(abouts({ ...one.manifest, rendered: true, root: values }), ['ConfigMap settings data.other']);
    });

    it('name everything that has a part in the value', () => {
      const set: SetAt = { ...SET, by: 'substitute', others: [{ by: 'substitute', file: undefined, range: undefined, text: undefined, outside: 'the variable level of Kustomization shop/web' }] };
      assert.deepEqual(said(filesOf(set), OVERLAY), [['info', 'live: debug · kubectl edit · set by the variable level of Kustomization shop/web', true]]);
    });
  });
});
