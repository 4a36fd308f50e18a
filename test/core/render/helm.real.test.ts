import assert from 'node:assert/strict';
import { mkdtemp, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../../src/core/base/clock';
import { findProgram } from '../../../src/core/git/program';
import { chartFiles, filesOnDisk, isChart } from '../../../src/core/render/chart-files';
import { DiskTree } from '../../../src/core/render/disk-tree';
import { ChartRenderer, type ChartObjects, type ChartRequest } from '../../../src/core/render/helm-chart';
import { HelmProcess } from '../../../src/core/render/helm-process';
import { locate } from '../../../src/core/manifests/locate';
import { program } from '../../bench/programs';

export { mochaHooks } from '../../bench/hooks';

const CHART = { 'Chart.yaml': 'apiVersion: v2\nname: web\nversion: 1.0.0\n', 'values.yaml': 'replicas: 3\nimage: nginx\n' };
const DEPLOYMENT = `{{- if .Values.enabled | default true }}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}-web
  namespace: {{ .Release.Namespace }}
  {{- with .Values.labels }}
  labels:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  replicas: {{ .Values.replicas }}
  template:
    spec:
      containers:
        - name: web
          image: "{{ .Values.image }}:{{ .Values.tag | default "1" }}"
{{- end }}
`;

describe('charts rendered by the real Helm', function () {
  this.timeout(60_000);
  let top: string;
  let helm: string;
  let renderer: ChartRenderer;

  before(async function () {
    this.timeout(1_200_000);
    helm = await program('helm');
    renderer = new ChartRenderer(new HelmProcess(helm, systemClock));
  });
  beforeEach(async () => {
    top = await mkdtemp(join(tmpdir(), 'plumbline-charts-'));
  });
  afterEach(() => rm(top, { recursive: true, force: true }));

  const write = async (files: Readonly<Record<string, string>>): Promise<void> => {
    for (const [path, text] of Object.entries(files)) {
      await mkdir(join(top, 'charts/web', path, '..'), { recursive: true });
      await writeFile(join(top, 'charts/web', path), text);
    }
  };
  const request = (more: Partial<ChartRequest> = {}): ChartRequest => ({ folder: 'charts/web', release: 'shop', namespace: 'prod', values: [], set: [], setFiles: [], crds: true, skipTests: false, skipSchema: false, hooks: true, upgrade: false, kubeVersion: undefined, apiVersions: [], ...more });
  const render = async (files: Readonly<Record<string, string>>, more: Partial<ChartRequest> = {}): Promise<ChartObjects> => {
    await write({ ...CHART, ...files });
    const read = await chartFiles(new DiskTree(top, () => undefined), await filesOnDisk(top, 'charts/web'), new AbortController().signal);
    assert.ok(read.kind === 'files');
    return renderer.render(request(more), read.files, top, new AbortController().signal);
  };

  it('gives the objects, each at its template, and each of its fields at the line that prints it', async () => {
    const objects = await render({ 'templates/web.yaml': DEPLOYMENT });
    assert.ok(objects.kind === 'rendered', JSON.stringify(objects));
    const [web] = objects.manifests;
    assert.deepEqual(web?.ref, { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'prod', name: 'shop-web' });
    assert.equal(web.file, join(top, 'charts/web/templates/web.yaml'));
    assert.equal(web.rendered, true);
    const lineOf = (...path: readonly string[]): string => {
      const { start } = locate(web.root, path.map(name => (name === '0' ? { kind: 'index', index: 0 } as const : { kind: 'field', name } as const))).range;
      return DEPLOYMENT.slice(DEPLOYMENT.lastIndexOf('\n', start) + 1).split('\n')[0]?.trim() ?? '';
    };
    assert.equal(lineOf('spec', 'replicas'), 'replicas: {{ .Values.replicas }}');
    assert.equal(lineOf('spec', 'template', 'spec', 'containers', '0', 'image'), 'image: "{{ .Values.image }}:{{ .Values.tag | default "1" }}"');
  });

  it('values win in their order: the chart’s, files, texts, single ones', async () => {
    const texts = { 'templates/a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: "{{ .Values.a }}", b: "{{ .Values.b }}", c: "{{ .Values.c }}", d: "{{ .Values.d }}", e: {{ .Values.e | quote }}}\n', 'values.yaml': 'a: 0\nb: 0\nc: 0\nd: 0\n', 'prod.yaml': 'b: 1\nc: 1\nd: 1\n', 'motd': 'hello' };
    const objects = await render(texts, { values: [{ kind: 'file', path: 'charts/web/prod.yaml' }, { kind: 'text', text: 'c: 2\nd: 2\n' }], set: [{ name: 'd', value: '3', asText: true }], setFiles: [{ name: 'e', path: 'charts/web/motd' }] });
    assert.ok(objects.kind === 'rendered', JSON.stringify(objects));
    assert.deepEqual(objects.manifests[0]?.object['data'], { a: '0', b: '1', c: '2', d: '3', e: 'hello' });
  });

  it('definitions, subcharts and hooks are part of it; the same chart is rendered once', async () => {
    const texts = { 'crds/a.yaml': 'apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: as.shop.example}\n', 'charts/db/Chart.yaml': 'apiVersion: v2\nname: db\nversion: 1.0.0\n', 'charts/db/templates/db.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: db}\n' };
    const objects = await render(texts);
    assert.ok(objects.kind === 'rendered', JSON.stringify(objects));
    assert.deepEqual(objects.manifests.map(({ ref, file }) => `${ref.kind} ${file.slice(top.length)}`).sort(), ['ConfigMap /charts/web/charts/db/templates/db.yaml', 'CustomResourceDefinition /charts/web/crds/a.yaml']);
    assert.equal(await render(texts), objects);
  });

  const broken: readonly (readonly [name: string, files: Readonly<Record<string, string>>, file: string, at: string, says: RegExp])[] = [
    ['a value that is missing', { 'templates/a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Values.a.b.c }}\n' }, 'templates/a.yaml', '.a.b.c }}', /nil pointer evaluating/],
    ['an action that does not end', { 'templates/a.yaml': 'a: b\nc: {{ if true }}\n' }, 'templates/a.yaml', '', /unexpected EOF/],
    ['a function that is none', { 'templates/a.yaml': 'a: b\nc: {{ nothing }}\n' }, 'templates/a.yaml', 'c: {{ nothing }}', /function "nothing" not defined/],
    ['a demand of the chart', { 'templates/a.yaml': '\n\n{{ fail "say which" }}\n' }, 'templates/a.yaml', 'fail "say which" }}', /say which/],
    ['in a subchart', { 'charts/db/Chart.yaml': 'apiVersion: v2\nname: db\nversion: 1.0.0\n', 'charts/db/templates/b.yaml': 'a: {{ required "b is needed" .Values.b }}\n' }, 'charts/db/templates/b.yaml', 'required "b is needed" .Values.b }}', /b is needed/],
    ['what is printed is no YAML', { 'templates/a.yaml': 'a: [\n' }, 'templates/a.yaml', 'a: [', /YAML parse error/],
    ['values that are no YAML', { 'values.yaml': 'a: b\nc: [\n' }, 'values.yaml', '', /yaml/],
    ['a dependency that is not there, and is not fetched', { 'Chart.yaml': `${CHART['Chart.yaml']}dependencies:\n  - name: redis\n    version: 1.0.0\n    repository: https://charts.example\n` }, 'Chart.yaml', 'dependencies', /missing in charts\/ directory: redis/],
    ['no version', { 'Chart.yaml': 'apiVersion: v2\nname: web\n' }, 'Chart.yaml', 'apiVersion: v2', /version/],
  ];
  for (const [name, files, file, at, says] of broken) {
    it(`is wrong at its place: ${name}`, async () => {
      const objects = await render(files);
      assert.ok(objects.kind === 'failed', JSON.stringify(objects));
      const [problem] = objects.problems;
      assert.match(problem?.message ?? '', says);
      assert.ok(problem && !problem.message.includes('/tmp/'), problem?.message);
      assert.equal(problem.file, `charts/web/${file}`, problem.message);
      const text = { ...CHART, ...files }[file] ?? '';
      if (at !== '') assert.equal(text.slice(problem.range.start, problem.range.end), at, problem.message);
    });
  }

  it('is given nothing of the person who runs it, and leaves nothing behind', async () => {
    const before = process.env['TMPDIR'];
    process.env['TMPDIR'] = await mkdtemp(join(top, 'tmp-'));
    const objects = await render({ 'templates/a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  live: {{ lookup "v1" "Namespace" "" "" | toJson | quote }}\n  dns: {{ getHostByName "localhost" | quote }}\n  file: {{ .Files.Get "../../outside" | quote }}\n' });
    assert.ok(objects.kind === 'rendered', JSON.stringify(objects));
    assert.deepEqual(objects.manifests[0]?.object['data'], { live: '{}', dns: '', file: '' });
    const left = await readdir(tmpdir());
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
    assert.deepEqual(left, []);
  });

  it('opens no connection, whatever the chart names', async () => {
    let connections = 0;
    const server: Server = createServer().on('connection', () => {
      connections++;
    });
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    try {
      await render({ 'Chart.yaml': `${CHART['Chart.yaml']}icon: http://127.0.0.1:${port}/i.png\ndependencies:\n  - {name: a, version: 1.0.0, repository: "http://127.0.0.1:${port}"}\n  - {name: b, version: 1.0.0, repository: "oci://127.0.0.1:${port}/b"}\n`, 'values.schema.json': `{"$ref": "http://127.0.0.1:${port}/schema.json"}` });
    } finally {
      await new Promise(resolve => server.close(resolve));
    }
    assert.equal(connections, 0);
  });

  it('a name that Helm could take for a flag is not handed to it', async () => {
    const objects = await render({}, { release: '--post-renderer=x' });
    assert.match(objects.kind === 'failed' ? (objects.problems[0]?.message ?? '') : '', /name of the release/);
  });

  it('a program that does not answer is ended, one that is no Helm is told', async () => {
    const sleeper = join(top, 'sleeper');
    await writeFile(sleeper, '#!/bin/sh\nexec /bin/sleep 600\n', { mode: 0o755 });
    const limit: { run?: () => void } = {};
    const clock = { now: () => 0, after: (_: number, then: () => void) => ((limit.run = then), { dispose: () => undefined }) };
    const answer = new HelmProcess(sleeper, clock).run(['template'], new Map(), new AbortController().signal);
    while (limit.run === undefined) await new Promise(resolve => setTimeout(resolve, 5));
    limit.run();
    assert.deepEqual(await answer, { kind: 'failed', message: 'helm did not end within 30 s' });
    const gone = await new HelmProcess(join(top, 'gone'), systemClock).run([], new Map(), new AbortController().signal);
    assert.match(gone.kind === 'failed' ? gone.message : '', /^helm could not be run/);
  });

  it('a chart is known by its Chart.yaml, and the program is never taken from the workspace', async () => {
    await write(CHART);
    assert.deepEqual([await isChart(top, 'charts/web'), await isChart(top, 'charts')], [true, false]);
    await writeFile(join(top, 'helm'), '#!/bin/sh\n', { mode: 0o755 });
    assert.equal(await findProgram('helm', { env: { PATH: top }, untrusted: [top] }), undefined);
    assert.equal(await findProgram('helm', { env: { PATH: top }, untrusted: [] }), join(top, 'helm'));
  });
});
