import assert from 'node:assert/strict';
import { fromEntries, isObject, type Json, type JsonObject } from '../../../src/core/base/json';
import { stringifyJson } from '../../../src/core/base/json-text';
import type { DryRunAnswer } from '../../../src/core/drift/dry-run';
import { explain } from '../../../src/core/drift/explain';
import { judge } from '../../../src/core/drift/judge';
import type { Applier } from '../../../src/core/drift/judge-input';
import { projectLive } from '../../../src/core/drift/projection';
import { afterText, verdictTitle } from '../../../src/core/drift/words';
import { asLive } from '../../../src/core/kube/live';
import { FLUX, inputOf, judgeScene, liveOf, manifestOf, SCHEMAS } from './make';

/** A small generator of its own: the same numbers on every machine. */
function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const KEYS = ['spec', 'metadata', 'data', 'containers', 'env', 'name', 'value', 'labels', 'ports', 'managedFields', 'f:spec', '__proto__', 'constructor', 'toString', '.', 'k:{"name":"a"}', 'replicas', 'template', 'limits'];
const SCALARS: readonly Json[] = [null, true, false, 0, 1, -1.5, 9007199254740993n, '', 'a', '1000m', 'ENC[x]', '\ud800', '2024-01-01T00:00:00Z'];
const TOOLS: readonly Applier['tool'][] = ['flux', 'argo', 'argo-ssa', 'kubectl', 'kubectl-ssa', 'helm3', 'helm4', 'none'];

function anything(next: () => number, depth: number): Json {
  const pickKey = (): string => KEYS[Math.floor(next() * KEYS.length)] ?? '';
  const pickScalar = (): Json => SCALARS[Math.floor(next() * SCALARS.length)] ?? null;
  const kind = depth <= 0 ? 0 : Math.floor(next() * 3);
  if (kind === 0) return pickScalar();
  const size = Math.floor(next() * 4);
  if (kind === 1) return Array.from({ length: size }, () => anything(next, depth - 1));
  return fromEntries(Array.from({ length: size }, (): [string, Json] => [pickKey(), anything(next, depth - 1)]));
}

function answerTo(next: () => number, object: JsonObject): DryRunAnswer {
  if (next() < 0.5) return { kind: 'answered', conflicts: [], object: asLive(object), warnings: ['unknown field "spec.x"'] };
  const field = ['spec.containers[0].name', '.metadata.labels.__proto__', 'data', '', 'spec.ports[7]'][Math.floor(next() * 5)] ?? '';
  return { kind: 'refused', message: 'is invalid', causes: [{ field, message: 'Invalid value' }] };
}

describe('properties of the judge', () => {
  it('no JSON makes it throw, and one input has one verdict', function () {
    this.timeout(20_000);
    const seen = new Set<string>();
    for (let seed = 1; seed <= 2_000; seed++) {
      const next = random(seed);
      const object = (): JsonObject => {
        const value = anything(next, 6);
        const kind = ['Deployment', 'Secret', 'ConfigMap', 'Service'][Math.floor(next() * 4)] ?? '';
        return { ...(isObject(value) ? value : {}), apiVersion: kind === 'Deployment' ? 'apps/v1' : 'v1', kind };
      };
      const [git, live, base] = [object(), object(), object()];
      const input = {
        ...inputOf({ git: 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n', live: { kind: 'absent' } }),
        desired: git,
        live: { kind: 'present', object: asLive(live), seen: [] } as const,
        base: next() < 0.5 ? ({ kind: 'known', object: base } as const) : ({ kind: 'unknown', reason: 'r' } as const),
        schema: next() < 0.8 ? SCHEMAS[git['kind'] as string] : undefined,
        applier: { ...FLUX, tool: TOOLS[seed % TOOLS.length] ?? 'flux' },
        behind: next() < 0.1,
        stages: next() < 0.3 ? { upstream: next() < 0.3 ? null : object() } : {},
        ...(next() < 0.4 && { dryRun: answerTo(next, object()) }),
      };
      const verdict = judge(input);
      seen.add(verdict.verdict);
      assert.notEqual(verdict.reason, 'the object could not be judged', `seed ${seed}`);
      assert.deepEqual(judge(input), verdict, `seed ${seed}`);
      explain(verdict, input);
      for (const field of [...verdict.fields, ...verdict.kept]) afterText(field);
    }
    assert.deepEqual(Object.keys(Object.prototype), []);
    assert.ok(seen.size >= 4, `too few kinds of verdicts to mean anything: ${[...seen].join()}`);
  });

  it('what is nested beyond all sense ends in words', () => {
    let deep: Json = 'x';
    for (let i = 0; i < 20_000; i++) deep = { a: deep };
    const { verdict } = judge({ ...inputOf({ git: 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n', live: { kind: 'absent' } }), desired: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, x: deep }, live: { kind: 'present', object: asLive({ apiVersion: 'v1', kind: 'ConfigMap', x: deep }), seen: [] }, schema: undefined });
    assert.equal(verdict === 'in-sync', false);
  });

  it('a Secret’s values are in nothing that is made of it', () => {
    const canary = 'canary-9f31';
    const encoded = Buffer.from(canary).toString('base64');
    const rows: readonly (readonly [git: string, live: JsonObject])[] = [
      [`data: {a: ${encoded}}`, { data: { a: 'eA==' } }],
      ['data: {a: eA==}', { data: { a: encoded } }],
      [`stringData: {a: ${canary}}`, { data: { a: 'eA==' } }],
      [`stringData: {a: ${canary}}`, {}],
      ['data: {}', { data: { b: encoded } }],
      [`stringData: {a: [${canary}]}`, { data: { a: 'eA==' } }],
      ['type: Opaque', { metadata: { name: 's', annotations: { 'kubectl.kubernetes.io/last-applied-configuration': stringifyJson({ data: { a: encoded } }) } } }],
    ];
    for (const [text, more] of rows) {
      const git = `apiVersion: v1\nkind: Secret\nmetadata: {name: s}\n${text}\n`;
      const object: JsonObject = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, ...more };
      const managers = [{ manager: 'kubectl-edit', fields: { 'f:data': { 'f:a': {}, 'f:b': {} } } }];
      const input = inputOf({ git, live: liveOf(object, managers) });
      const verdict = judge(input);
      const said = [stringifyJson({ ...verdict, ref: null } as unknown as Json), explain(verdict, input), verdictTitle(verdict), ...[...verdict.fields, ...verdict.kept].map(field => afterText(field) ?? '')];
      for (const out of said) assert.ok(!out.includes(canary) && !out.includes(encoded), `${text}: ${out}`);
      // The left side of a comparison may repeat the file's own text, never the live value.
      const clean = git.includes(canary) || git.includes(encoded);
      const left = projectLive(git, [{ manifest: input.manifest, verdict, live: input.live }]);
      if (!clean) assert.ok(!left.includes(canary) && !left.includes(encoded), left);
    }
  });

  it('explains with the facts it used', () => {
    const git = 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop}\nspec:\n  replicas: 3\n';
    const live = liveOf(manifestOf(git.replace('3', '5')).object, [{ manager: 'kubectl', subresource: 'scale', fields: { 'f:spec': { 'f:replicas': {} } } }]);
    const input = inputOf({ git, live, applier: { ...FLUX, active: false } });
    assert.equal(
      explain(judgeScene({ git, live, applier: { ...FLUX, active: false } }), input),
      [
        'Deployment shop/web',
        'Verdict: drifted, because 1 field differs from what was applied',
        'Note: will not be corrected: suspended',
        '',
        'What it rests on:',
        'Applied by Flux, by server-side apply (field manager kustomize-controller); it is suspended',
        'Live: present, resourceVersion 7',
        'Base (what was applied last): known',
        'Ownership: the applier has no entry; other managers: kubectl scale',
        '',
        'Fields:',
        '.spec.replicas: drifted, changed',
        '  Git 3 | live 5 | base 3',
        '  Git has not changed since it was applied; another manager owns the field',
        '  owner: kubectl (Update, scale)',
        '  the next apply sets it to what Git has',
      ].join('\n'),
    );
  });
});
