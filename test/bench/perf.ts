import { load } from 'js-yaml';
import type { JsonObject } from '../../src/core/base/json';
import { judge } from '../../src/core/drift/judge';
import { parseManifests } from '../../src/core/manifests/parse';
import { fieldsOf, inputOf, liveOf, manifestOf, type Manager } from '../core/drift/make';

/** Measurements of the engine alone, each as a ratio to plain work on the same data in the same run: machines differ, ratios less. */

const OBJECTS = 10_000;
const ROUNDS = 5;

const deployment = (i: number, containers: number): string => `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web-${i}
  namespace: shop
  labels: {app: web, team: shop}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
${Array.from({ length: containers }, (_, c) => `        - name: c${c}
          image: registry.example/web:1.${c}
          ports: [{name: p${c}, containerPort: ${8000 + c}}]
          env: [{name: A, value: "1"}, {name: B, value: "2"}, {name: C, value: "3"}]
          resources: {requests: {cpu: 100m, memory: 128Mi}, limits: {memory: 1Gi}}
`).join('')}`;
const configMap = (i: number): string => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: config-${i}, namespace: shop}\ndata:\n${Array.from({ length: 20 }, (_, k) => `  key-${k}: value ${k} of ${i}, which is not short\n`).join('')}`;

function median(work: () => void): number {
  const times = Array.from({ length: ROUNDS }, () => {
    const began = performance.now();
    work();
    return performance.now() - began;
  });
  return times.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)] ?? 0;
}

function report(what: string, ms: number, plain: string, plainMs: number): void {
  console.log(`${what}: ${ms.toFixed(0)} ms; ${(ms / plainMs).toFixed(2)} x ${plain} (${plainMs.toFixed(0)} ms)`);
}

const texts = Array.from({ length: OBJECTS }, (_, i) => (i % 2 === 0 ? deployment(i, 6) : configMap(i)));
const inputs = texts.map(text => {
  const object = manifestOf(text).object;
  const own: Manager = { manager: 'kustomize-controller', operation: 'Apply', time: '2026-11-24T10:00:00Z', fields: fieldsOf(object) };
  return inputOf({ git: text, base: text, live: liveOf(object, [own]) });
});
const live = inputs.map(({ live: state }) => JSON.stringify(state.kind === 'present' ? (state.object as JsonObject) : null));
console.log(`${OBJECTS} objects, half of them Deployments of ${((live[0] ?? '').length / 1000).toFixed(1)} kB with managedFields`);
report('judging all', median(() => inputs.forEach(judge)), 'JSON.parse of the live objects', median(() => live.forEach(text => JSON.parse(text) as unknown)));
const one = inputs[0];
if (one) console.log(`judging one again: ${(median(() => Array.from({ length: 1000 }, () => judge(one))) / 1000).toFixed(3)} ms`);

const sample = texts.slice(0, 2000);
report(
  `parsing ${sample.length} documents with ranges`,
  median(() => sample.forEach((text, i) => parseManifests(`/${i}.yaml`, text, 'K3'))),
  'js-yaml load of the same',
  median(() => sample.forEach(text => load(text))),
);
