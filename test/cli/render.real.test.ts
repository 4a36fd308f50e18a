import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { at, listAt, textAt, type Json } from '../../src/core/base/json';
import { parseJson } from '../../src/core/base/json-text';
import { program } from '../bench/programs';
import { DEPLOYMENT, SERVICE } from '../core/render/features';
import { plumbline } from './program';

const FILES = {
  'base/kustomization.yaml': 'resources: [web.yaml, service.yaml]\n',
  'base/web.yaml': DEPLOYMENT,
  'base/service.yaml': SERVICE,
  'overlays/prod/kustomization.yaml': `resources: [../../base]
namePrefix: prod-
images:
  - name: nginx
    newTag: "1.28"
replicas:
  - {name: web, count: 6}
components: [../../extra]
configMapGenerator:
  - name: settings
    literals: [level=info]
`,
  'extra/kustomization.yaml': 'apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\npatches: [{path: p.yaml}]\n',
  'extra/p.yaml': 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  template:\n    spec:\n      containers:\n        - name: web\n          env: [{name: A, value: "2"}]\n',
  'broken/kustomization.yaml': 'resources: [absent.yaml]\n',
  'plain/a.yaml': SERVICE.replace('web', 'plain'),
} as const;

describe('plumbline render, against the real kustomize', function () {
  this.timeout(120_000);
  let folder: string;
  let kustomize: string;

  before(async function () {
    this.timeout(20 * 60_000);
    kustomize = await program('kustomize', 'optimised');
    folder = await realpath(await mkdtemp(join(tmpdir(), 'plumbline-cli-render-')));
    for (const [path, text] of Object.entries(FILES)) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), text);
    }
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it('a chart is printed as the real Helm prints it; where there is none, that is said, and it is no success', async () => {
    const chart = await realpath(await mkdtemp(join(tmpdir(), 'plumbline-cli-chart-')));
    try {
      await mkdir(join(chart, 'templates'));
      await writeFile(join(chart, 'Chart.yaml'), 'apiVersion: v2\nname: web\nversion: 1.0.0\n');
      await writeFile(join(chart, 'values.yaml'), 'level: info\n');
      await writeFile(join(chart, 'templates', 'a.yaml'), 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}\ndata:\n  level: {{ .Values.level }}\n');
      const helm = await program('helm');
      const { code, out } = await plumbline(['render', '.'], { cwd: chart, env: { PATH: dirname(helm) } });
      assert.deepEqual([code, out], [0, execFileSync(helm, ['template', chart], { encoding: 'utf8' })]);
      const json = await plumbline(['render', '.', '--output', 'json'], { cwd: chart, env: { PATH: dirname(helm) } });
      assert.deepEqual(at(JSON.parse(json.out) as Json, 'roots', 0, 'objects', 0, 'sources'), [{ path: '.data.level', by: 'values', certain: true, file: 'values.yaml', line: 1, column: 8 }]);
      const without = await plumbline(['render', '.'], { cwd: chart, env: { PATH: '' } });
      assert.deepEqual([without.code, without.out], [2, '']);
      assert.match(without.err, /no helm was found on PATH/);
    } finally {
      await rm(chart, { recursive: true, force: true });
    }
  });

  const build = (root: string): string => execFileSync(kustomize, ['build', join(folder, root)], { encoding: 'utf8' });

  it('one root is what kustomize prints, byte for byte', async () => {
    const { code, out, err } = await plumbline(['render', 'overlays/prod'], { cwd: folder });
    assert.deepEqual([code, err], [0, '']);
    assert.equal(out, build('overlays/prod'));
  });

  it('of several each is named, and is what kustomize prints; a component is none; what no kustomization names stands as it is written', async () => {
    await rm(join(folder, 'broken'), { recursive: true });
    const { code, out } = await plumbline(['render'], { cwd: folder });
    await mkdir(join(folder, 'broken'));
    await writeFile(join(folder, 'broken/kustomization.yaml'), FILES['broken/kustomization.yaml']);
    assert.equal(code, 0);
    assert.equal(out, [`# root: base\n${build('base')}`, `# root: overlays/prod\n${build('overlays/prod')}`, `# root: .\n${FILES['plain/a.yaml']}`].join('---\n'));
  });

  it('as JSON with where every value is set', async () => {
    const { code, out } = await plumbline(['render', 'overlays/prod', '-o', 'json'], { cwd: folder });
    assert.equal(code, 0);
    const report = parseJson(out);
    assert.equal(textAt(report, 'schema'), 'plumbline/render/v1');
    const objects = listAt(report, 'roots', 0, 'objects');
    const deployment = objects.find(object => textAt(object, 'object', 'kind') === 'Deployment');
    const where = (path: string): Json[] => listAt(deployment, 'sources').filter(source => textAt(source, 'path') === path).map(source => [textAt(source, 'file') ?? '', Number(at(source, 'line')), Number(at(source, 'column')), textAt(source, 'by') ?? '', at(source, 'certain') === true].join(' '));
    assert.deepEqual(where('.spec.replicas'), ['overlays/prod/kustomization.yaml 7 24 replicas true']);
    assert.deepEqual(where('.spec.template.spec.containers[0].image'), ['overlays/prod/kustomization.yaml 5 13 images true', 'base/web.yaml 14 18 document true']);
    assert.deepEqual(where('.spec.template.spec.containers[0].env[0].value'), ['extra/p.yaml 9 34 patch true']);
    assert.deepEqual(where('.metadata.labels.app'), ['base/web.yaml 5 17 document true']);
    const settings = objects.find(object => textAt(object, 'object', 'kind') === 'ConfigMap');
    assert.deepEqual(listAt(settings, 'sources').filter(source => textAt(source, 'path') === '.data.level').map(source => [at(source, 'line'), at(source, 'by')]), [[11, 'generator']]);
  });

  it('a root that cannot be built is named with its place; the others are printed, and it ends with 2', async () => {
    const { code, out, err } = await plumbline(['render', 'broken', 'base'], { cwd: folder });
    assert.equal(code, 2);
    assert.equal(out, build('base'));
    assert.match(err, /^plumbline: broken: broken\/kustomization\.yaml:1:13: kustomize: .*absent\.yaml/);
  });

  it('wrong usage ends with 3', async () => {
    assert.equal((await plumbline(['render', 'nowhere'], { cwd: folder })).code, 3);
    const { code, err } = await plumbline(['render', '-o', 'sarif'], { cwd: folder });
    assert.deepEqual([code, err.split('\n')[0]], [3, 'plumbline: render has the outputs text and json, not sarif']);
  });

  it('needs no cluster, and an application needs one', async () => {
    assert.equal((await plumbline(['render', '--application', 'Kustomization/flux-system/apps'], { cwd: folder })).code, 4);
  });
});
