import assert from 'node:assert/strict';
import { isObject, textAt, type JsonObject } from '../../../src/core/base/json';
import { systemClock } from '../../../src/core/base/clock';
import { field, formatPath } from '../../../src/core/kube/path';
import { ChartRoots, type ChartRendering } from '../../../src/core/render/chart-root';
import { HelmTool } from '../../../src/core/render/helm-tool';
import { leaves } from '../../../src/core/render/sites';
import { pathOf } from '../../../src/core/render/spot-range';
import { program } from '../../bench/programs';
import { memoryTree } from './memory-tree';

export { mochaHooks } from '../../bench/hooks';

const FILES: Readonly<Record<string, string>> = {
  'web/Chart.yaml': 'apiVersion: v2\nname: web\nversion: 1.0.0\n',
  'web/values.yaml': 'replicas: 3\nlevel: info # of the chart\nimage: {name: nginx, tag: "1.27"}\nargs: [a, b]\nenabled: true\nmode: fast\ndb: {size: 5Gi}\n',
  'web/prod.yaml': 'level: warn\n',
  'web/templates/deployment.yaml': `apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}
  annotations: {mode: {{ .Values.mode }}}
spec:
  replicas: {{ .Values.replicas }}
  paused: {{ .Values.enabled }}
  template:
    spec:
      containers:
        - name: web
          image: "{{ .Values.image.name }}:{{ .Values.image.tag }}"
          args: {{ toYaml .Values.args | nindent 12 }}
          env: [{name: LEVEL, value: {{ .Values.level }}}, {name: GIVEN, value: {{ .Values.given }}}, {name: PARAM, value: {{ .Values.param | quote }}}]
`,
  'web/charts/db/Chart.yaml': 'apiVersion: v2\nname: db\nversion: 1.0.0\n',
  'web/charts/db/values.yaml': 'size: 1Gi\nname: db\n',
  'web/charts/db/templates/db.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: db}\ndata:\n  size: {{ .Values.size }}\n  name: {{ .Values.name }}\n',
};
/** With another mode one object more comes out: then values are changed one by one. */
const UNRULY = '{{- if ne .Values.mode "fast" }}\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: slow}\n{{- end }}\n';

describe('which value of a chart sets a field, proven by a real Helm', function () {
  this.timeout(240_000);
  let roots: ChartRoots;
  before(async function () {
    this.timeout(1_200_000);
    roots = new ChartRoots(new HelmTool({ path: await program('helm'), env: process.env, untrusted: [] }, systemClock));
  });

  const { signal } = new AbortController();
  const render = async (files: Readonly<Record<string, string>>): Promise<Extract<ChartRendering, { readonly kind: 'rendered' }>> => {
    const request = { folder: 'web', release: 'web', namespace: 'shop', values: [{ kind: 'file', path: 'web/prod.yaml' }, { kind: 'text', text: '{"given": "spec"}' }], set: [{ name: 'param', value: 'set', asText: true }], setFiles: [], crds: false, hooks: false, skipTests: false, skipSchema: false, upgrade: false, kubeVersion: undefined, apiVersions: [] } as const;
    const done = await roots.render(memoryTree(files), { request, ignoreMissing: false, defaults: [], paths: Object.keys(files), served: () => false, top: '/repo', given: steps => [field('values'), ...pathOf(steps)] }, signal);
    assert.ok(done.kind === 'rendered', JSON.stringify(done));
    return done;
  };
  /** `path: file text` of every field that is traced. */
  const traced = async (files: Readonly<Record<string, string>>): Promise<string[]> => {
    const done = await render(files);
    const traces = await done.trace?.(signal);
    return done.manifests.flatMap(manifest => [...(traces?.get(manifest)?.all() ?? [])].map(([path, { places }]) => `${manifest.ref.kind}${formatPath(path)}: ${places.map(place => (place.kind === 'file' ? `${place.file.slice('/repo/web/'.length)} ${place.text.slice(place.range.start, place.range.end)}` : place.kind === 'spec' ? `spec${formatPath(place.path)}` : '')).join(', ')}`));
  };
  const container = 'Deployment.spec.template.spec.containers[0]';
  const EXPECTED = [
    'ConfigMap.data.size: values.yaml 5Gi',
    'ConfigMap.data.name: charts/db/values.yaml db',
    'Deployment.metadata.annotations.mode: values.yaml fast',
    'Deployment.spec.replicas: values.yaml 3',
    `${container}.image: values.yaml "1.27", values.yaml nginx`,
    `${container}.args[0]: values.yaml a`,
    `${container}.args[1]: values.yaml b`,
    `${container}.env[0].value: prod.yaml warn`,
    `${container}.env[1].value: spec.values.given`,
    `${container}.env[2].value: spec.values.param`,
  ].sort();

  it('the last that gives it: the chart, a subchart or its parent, a value file, the controller’s object, a parameter; a truth is told at the template', async () => {
    assert.deepEqual((await traced(FILES)).sort(), EXPECTED);
  });

  it('where all of them changed at once render something else, one by one', async () => {
    assert.deepEqual((await traced({ ...FILES, 'web/templates/unruly.yaml': UNRULY })).sort(), EXPECTED.filter(line => !line.includes('annotations.mode')));
  });

  it('each place that is named does set it: changed in its file, that field and no unrelated one becomes another', async () => {
    const done = await render(FILES);
    const traces = await done.trace?.(signal);
    let proven = 0;
    for (const [i, manifest] of done.manifests.entries()) {
      for (const [path, { places }] of traces?.get(manifest)?.all() ?? []) {
        for (const place of places) {
          if (place.kind !== 'file') continue;
          const next = /^\d+$/.test(place.text.slice(place.range.start, place.range.end)) ? '41' : 'other';
          const changed = await render({ ...FILES, [place.file.slice('/repo/'.length)]: place.text.slice(0, place.range.start) + next + place.text.slice(place.range.end) });
          assert.deepEqual(changed.manifests.flatMap((other, k) => differing(other.object, done.manifests[k]?.object ?? {}).map(at => `${k} ${at}`)), [`${i} ${formatPath(path)}`]);
          proven++;
        }
      }
    }
    assert.equal(proven, 9);
  });
});

function differing(a: JsonObject, b: JsonObject): string[] {
  return [...leaves(a)].flatMap(([steps, leaf]) => {
    const other = steps.reduce<unknown>((here, step) => (here as Record<string | number, unknown> | undefined)?.[step], b);
    return other === leaf || (isObject(leaf) && textAt(leaf, 'x') === undefined) ? [] : [formatPath(pathOf(steps))];
  });
}
