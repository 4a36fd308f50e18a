import assert from 'node:assert/strict';
import { concerns, placeIn, placeInText, plainWords } from '../../../src/core/drift/server-words';
import { formatPath } from '../../../src/core/kube/path';

const OBJECT = {
  metadata: { labels: { a: 'x', 'a.b/c': 'y' } },
  spec: { ports: [{ name: 'http', port: 80 }, { name: 'web', port: 81 }], replicas: 2, args: ['a]', 'b'] },
  data: { 'a/b': 'x', 'tls.crt': 'y' },
};

describe('the API server’s words for a place', () => {
  const places: readonly (readonly [field: string, path: string, rest: string])[] = [
    ['spec.ports[1].name', '.spec.ports[1].name', ''],
    ['.spec.ports[name="web"].port', '.spec.ports[name="web"].port', ''],
    ['.spec.ports[name="web",port=81].port', '.spec.ports[name="web",port=81].port', ''],
    ['.spec.args[="a]"]', '.spec.args[="a]"]', ''],
    ['metadata.labels[a.b/c]', '.metadata.labels.a.b/c', ''],
    ['.metadata.labels.a.b/c', '.metadata.labels.a.b/c', ''],
    ['data[a/b]', '.data.a/b', ''],
    ['data["tls.crt"]', '.data.tls.crt', ''],
    ['spec.ports[7].name', '.spec.ports', '[7].name'],
    ['spec.template.spec', '.spec', '.template.spec'],
    ['spec.replicasWanted', '.spec', '.replicasWanted'],
  ];
  for (const [field, path, rest] of places) {
    it(field, () => {
      const named = placeIn(OBJECT, field);
      assert.deepEqual([named && formatPath(named.path), named?.rest], [path, rest]);
    });
  }
  it('nothing of the object', () => assert.deepEqual(['status.x', '', '[0]', '__proto__', 'constructor.name'].map(field => placeIn(OBJECT, field)), Array<undefined>(5).fill(undefined)));

  const sentences: readonly (readonly [text: string, path: string | undefined])[] = [
    ['failed to create typed patch object (a/b; v1, Kind=X): .spec.ports[name="web"].port: expected string, got 81', '.spec.ports[name="web"].port'],
    ['failed to create typed patch object (a/b; v1, Kind=X): .data: field not declared in schema', '.data'],
    ['denied the request: spec.replicas must be at least 3', '.spec.replicas'],
    ['the data and spec of this object are wrong', undefined],
    ['data.tls.crt. Ask the platform team', '.data.tls.crt'],
  ];
  for (const [text, path] of sentences) {
    it(text, () => {
      const named = placeInText(OBJECT, text);
      assert.equal(named && formatPath(named.path), path);
    });
  }

  it('one list item, named by its key and by its number, is one', () => {
    const path = [{ kind: 'field', name: 'spec' }, { kind: 'field', name: 'ports' }, { kind: 'key', fields: [['name', 'web']] }, { kind: 'field', name: 'port' }] as const;
    assert.deepEqual(['spec.ports[1].port', 'spec.ports[1]', '.spec.ports[name="web"].port', 'spec.ports[0].port', 'spec.replicas'].map(field => concerns(OBJECT, field, path)), [true, true, true, false, false]);
  });

  it('a value that is dumped whole does not bury what matters', () => {
    assert.equal(plainWords(`spec.template: Invalid value: ${'core.PodTemplateSpec{X: y} '.repeat(20)}: field is immutable`), 'spec.template: Invalid value: …: field is immutable');
    assert.equal(plainWords('Duplicate value: "http"'), 'Duplicate value: "http"');
    assert.equal(plainWords('.value: expected string, got &value.valueUnstructured{Value:8080}'), '.value: expected string, got 8080');
  });
});
