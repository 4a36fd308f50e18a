import assert from 'node:assert/strict';
import type { JsonObject } from '../../../src/core/base/json';
import { judge } from '../../../src/core/drift/judge';
import { projectLive, type Projected } from '../../../src/core/drift/projection';
import { parseManifests } from '../../../src/core/manifests/parse';
import { inputOf, liveOf, manifestOf, type Manager } from './make';

/** Judges every document of a text against a live one (or none), and projects. */
function projection(text: string, lives: readonly (string | undefined | { readonly yaml: string; readonly managers: readonly Manager[] })[]): string {
  const objects = parseManifests('/repo/a.yaml', text, 'K3').manifests.map((manifest, i): Projected => {
    const given = lives[i];
    const live = given === undefined ? ({ kind: 'absent' } as const) : typeof given === 'string' ? liveOf(manifestOf(given).object, undefined) : liveOf(manifestOf(given.yaml).object, given.managers);
    const git = text.slice(0, 0) + JSON.stringify(manifest.object);
    const verdict = judge({ ...inputOf({ git, live }), manifest });
    return { manifest, verdict, live };
  });
  return projectLive(text, objects);
}

const CONFIG = `# the shop
apiVersion: v1
kind: ConfigMap
metadata: {name: a, namespace: shop}
data:
  # how loud
  level: "info" # or debug
  x.conf: |
    one
    two
`;
const SECRET = 'apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData:\n  a: hunter2 # rotate\n  b: same\n';

describe('projection: the file as the cluster has it', () => {
  const rows: readonly (readonly [string, string, readonly (string | undefined)[], string])[] = [
    ['nothing differs', CONFIG, [CONFIG], CONFIG],
    ['one value, with comment and quotes', CONFIG, [CONFIG.replace('"info"', 'debug')], CONFIG.replace('"info"', '"debug"')],
    ['one line of a block', CONFIG, [CONFIG.replace('    two', '    2')], CONFIG.replace('    two', '    2')],
    ['a key that is lost', CONFIG, [CONFIG.replace('  level: "info" # or debug\n', '')], CONFIG.replace('  level: "info" # or debug\n', '')],
    ['an object that is gone', `${CONFIG}---\n${CONFIG.replace('name: a', 'name: b')}`, [CONFIG, undefined], `${CONFIG}---\n`],
    ['the first of two that is gone', `${CONFIG}---\n${CONFIG.replace('name: a', 'name: b')}`, [undefined, CONFIG.replace('name: a', 'name: b')], CONFIG.replace('name: a', 'name: b')],
    ['both changed', `${CONFIG}---\n${CONFIG.replace('name: a', 'name: b')}`, [CONFIG.replace('"info"', 'x'), CONFIG.replace('name: a', 'name: b').replace('"info"', 'y')], `${CONFIG.replace('"info"', '"x"')}---\n${CONFIG.replace('name: a', 'name: b').replace('"info"', '"y"')}`],
    ['a Secret shows a mask where it differs', SECRET, ['apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata: {a: c2VjcmV0LWxpdmU=, b: c2FtZQ==}\n'], SECRET.replace('hunter2', '••• 11 bytes')],
    ['quantities keep Git’s spelling', 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  replicas: 1\n  template: {spec: {containers: [{name: web, resources: {limits: {cpu: 1000m}}}]}}\n', ['apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  replicas: 2\n  template: {spec: {containers: [{name: web, resources: {limits: {cpu: "1"}}}]}}\n'], 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  replicas: 2\n  template: {spec: {containers: [{name: web, resources: {limits: {cpu: 1000m}}}]}}\n'],
  ];
  for (const [name, text, lives, expected] of rows) it(name, () => assert.equal(projection(text, lives), expected));

  it('what was built of a text is named above it: the text is not what differs', () => {
    const [written] = parseManifests('/repo/a.yaml', CONFIG, 'K3').manifests;
    assert.ok(written);
    const manifest = { ...written, object: manifestOf(CONFIG.replace('"info"', 'warn')).object };
    const live = liveOf(manifestOf(CONFIG.replace('"info"', 'debug')).object, undefined);
    const verdict = judge({ ...inputOf({ git: CONFIG.replace('"info"', 'warn'), live }), manifest });
    assert.equal(projectLive(CONFIG, [{ manifest, verdict, live }]), CONFIG.replace('apiVersion', '# differs, and cannot be shown in this text: .data.level\napiVersion'));
  });

  it('what the applier will delete is shown, what it leaves and what the server set is not', () => {
    const git = 'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  template:\n    spec:\n      containers:\n        - name: web\n          image: x\n';
    const live = git.replace('          image: x\n', '          image: x\n          terminationMessagePath: /dev/t\n        - name: side\n          image: y\n          terminationMessagePath: /dev/t\n  revisionHistoryLimit: 10\n');
    const inPod = (fields: JsonObject): JsonObject => ({ 'f:spec': { 'f:template': { 'f:spec': { 'f:containers': fields } } } });
    const managers: Manager[] = [
      { manager: 'kubectl-edit', fields: inPod({ 'k:{"name":"side"}': { '.': {}, 'f:name': {}, 'f:image': {} } }) },
      { manager: 'k9s', fields: { 'f:metadata': { 'f:labels': { 'f:k': {} } } } },
    ];
    const out = projection(git, [{ yaml: live.replace('  name: web\n', '  name: web\n  labels: {k: v}\n'), managers }]);
    assert.equal(out, `${git}        - name: side\n          image: "y"\n`);
  });
});
