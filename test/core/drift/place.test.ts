import assert from 'node:assert/strict';
import { judge } from '../../../src/core/drift/judge';
import { formatPath } from '../../../src/core/kube/path';
import { inputOf, liveOf, manifestOf } from './make';

/** Where each differing field shows, as the text that stands there. */
function places(git: string, live: string): string[] {
  const input = { ...inputOf({ git, base: 'unknown', live: liveOf(manifestOf(live).object, undefined) }), text: git };
  return judge(input).fields.map(({ path, at }) => `${formatPath(path)} at ${git.slice(at.start, at.end)}`);
}

const head = (name: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n`;

describe('place: where a field shows', () => {
  const rows: readonly (readonly [string, string, string, readonly string[]])[] = [
    ['a value', `${head('a')}data:\n  level: info # how loud\n`, `${head('a')}data:\n  level: debug\n`, ['.data.level at info']],
    ['flow style', `${head('a')}data: {level: info, b: c}\n`, `${head('a')}data: {level: debug, b: c}\n`, ['.data.level at info']],
    ['JSON', '{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"level": "info"}}', `${head('a')}data: {level: debug}\n`, ['.data.level at "info"']],
    ['the first line of a literal block that differs', `${head('a')}data:\n  x.conf: |\n    one\n    two\n    three\n`, `${head('a')}data:\n  x.conf: |\n    one\n    2\n    three\n`, ['.data.x.conf at two']],
    ['a folded block as a whole', `${head('a')}data:\n  x: >-\n    one\n    two\n`, `${head('a')}data:\n  x: one 2\n`, ['.data.x at >-\n    one\n    two']],
    ['an alias at the alias', `${head('a')}data:\n  a: &x info\n  b: *x\n`, `${head('a')}data:\n  a: info\n  b: debug\n`, ['.data.b at *x']],
    ['what is lost at its value', `${head('a')}data:\n  level: info\n  b: c\n`, `${head('a')}data:\n  b: c\n`, ['.data.level at info']],
  ];
  for (const [name, git, live, expected] of rows) it(name, () => assert.deepEqual(places(git, live), expected));

  it('and the text is read again once somebody asks, and only once', () => {
    const git = `${head('a')}data:\n  level: info\n`;
    const manifest = manifestOf(git);
    let read = 0;
    const asked = {
      ...manifest,
      get root() {
        read++;
        return manifest.root;
      },
    };
    const { fields } = judge({ ...inputOf({ git, base: 'unknown', live: liveOf(manifestOf(git.replace('info', 'debug')).object, undefined) }), manifest: asked, text: git });
    assert.equal(read, 0);
    assert.deepEqual(fields.map(({ at }) => git.slice(at.start, at.end)), ['info']);
    assert.deepEqual(fields[0]?.at, fields[0]?.at);
    assert.equal(read, 1);
  });

  it('a Secret’s value at the key that the file has it under', () => {
    const git = 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\nstringData:\n  password: one\n';
    assert.deepEqual(places(git, 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\ndata:\n  password: dHdv\n'), ['.data.password at one']);
  });

  it('what exists only live at the key of the nearest ancestor, in a list at the item’s name', () => {
    const git = 'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  template:\n    spec:\n      containers:\n        - image: x\n          name: web\n';
    const live = manifestOf(git.replace('image: x', 'image: x\n          env: [{name: B, value: "2"}]')).object;
    const fields = { 'f:spec': { 'f:template': { 'f:spec': { 'f:containers': { 'k:{"name":"web"}': { 'f:env': { 'k:{"name":"B"}': { '.': {}, 'f:name': {}, 'f:value': {} } } } } } } } };
    const { fields: [field] } = judge(inputOf({ git, live: liveOf(live, [{ manager: 'kubectl-edit', fields }]) }));
    assert.equal(field && `${formatPath(field.path)} at ${git.slice(field.at.start, field.at.end)}, line ${git.slice(0, field.at.start).split('\n').length}`, '.spec.template.spec.containers[name="web"].env[name="B"] at name, line 10');
  });
});
