import assert from 'node:assert/strict';
import type { JsonObject } from '../../../src/core/base/json';
import { rawChanges, shownChanges } from '../../../src/core/change/object-changes';
import { asLive } from '../../../src/core/kube/live';
import { formatPath } from '../../../src/core/kube/path';

const changed = (before: JsonObject | undefined, after: JsonObject): string[] => rawChanges(before, after).map(({ path }) => formatPath(path));

describe('what a write changes', () => {
  const table: readonly (readonly [string, JsonObject | undefined, JsonObject, readonly string[]])[] = [
    ['nothing', { a: 1 }, { a: 1n }, []],
    ['a value', { spec: { replicas: 5 } }, { spec: { replicas: 3 } }, ['.spec.replicas']],
    ['a field that comes, one that goes', { a: 1, b: 2 }, { a: 1, c: 3 }, ['.b', '.c']],
    ['a list item by its name', { c: [{ name: 'web', image: '1' }, { name: 'log', image: '1' }] }, { c: [{ name: 'log', image: '1' }, { name: 'web', image: '2' }] }, ['.c[name="web"].image']],
    ['a named item that comes', { c: [{ name: 'a' }] }, { c: [{ name: 'a' }, { name: 'b' }] }, ['.c[name="b"]']],
    ['a list without names, by position', { c: [1, 2] }, { c: [1, 3] }, ['.c[1]']],
    ['a list without names that grows is one change', { c: [1] }, { c: [1, 2] }, ['.c']],
    ['two items of one name go by position', { c: [{ name: 'a', p: 1 }, { name: 'a', p: 2 }] }, { c: [{ name: 'a', p: 1 }, { name: 'a', p: 3 }] }, ['.c[1].p']],
    ['another type', { a: { b: 1 } }, { a: [1] }, ['.a']],
    ['what the server keeps for itself is no change', { metadata: { name: 'x', resourceVersion: '1', generation: 1, managedFields: [] }, status: { a: 1 } }, { metadata: { name: 'x', resourceVersion: '2', generation: 2, managedFields: [{}] }, status: { a: 2 } }, []],
    ['labels are', { metadata: { labels: { a: '1' } } }, { metadata: { labels: { a: '2' } } }, ['.metadata.labels.a']],
    ['a field called like bookkeeping elsewhere is', { spec: { uid: '1', status: 'x' } }, { spec: { uid: '2', status: 'y' } }, ['.spec.uid', '.spec.status']],
    ['a new object is all change', undefined, { kind: 'ConfigMap', data: { a: '1' } }, ['.kind', '.data']],
    ['hostile keys are data', JSON.parse('{"data":{"__proto__":"1"}}') as JsonObject, JSON.parse('{"data":{"__proto__":"2","constructor":"3"}}') as JsonObject, ['.data.__proto__', '.data.constructor']],
  ];
  for (const [name, before, after, expected] of table) it(name, () => assert.deepEqual(changed(before, after), expected));

  it('a Secret shows sizes only, whatever changes in it', () => {
    const secret = (data: JsonObject, note: string): JsonObject => ({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 's', annotations: { 'kubectl.kubernetes.io/last-applied-configuration': note } }, data });
    const before = asLive(secret({ a: 'aHVudGVyMg==', b: 'aHVudGVyMg==' }, '{"data":{"a":"aHVudGVyMg=="}}'));
    const after = asLive(secret({ a: 'aHVudGVyMjM=', c: 'aHVudGVyMg==' }, '{"data":{"a":"aHVudGVyMjM="}}'));
    const shown = shownChanges(rawChanges(before, after), before, after);
    assert.deepEqual(shown.find(({ path }) => formatPath(path) === '.data.a'), { path: [{ kind: 'field', name: 'data' }, { kind: 'field', name: 'a' }], before: { kind: 'secret', bytes: 7 }, after: { kind: 'secret', bytes: 8 } });
    assert.equal(shown.length, 4);
    assert.doesNotMatch(JSON.stringify(shown), /aHVudGVy|hunter/);
  });
});
