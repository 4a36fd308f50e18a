import assert from 'node:assert/strict';
import type { JsonObject } from '../../../src/core/base/json';
import type { LiveState } from '../../../src/core/cluster/api';
import { judge, judgeUnread } from '../../../src/core/drift/judge';
import type { Applier, JudgeInput } from '../../../src/core/drift/judge-input';
import { fieldsOf, FLUX, inputOf, judgeScene, liveOf, manifestOf, summary, type Manager, type Scene } from './make';

const DEPLOYMENT = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: shop
  labels:
    app: web
spec:
  replicas: 3
  selector:
    matchLabels: {app: web}
  template:
    metadata:
      labels: {app: web}
    spec:
      containers:
        - name: web
          image: nginx:1.27
          args: [a, b]
          env:
            - name: A
              value: "1"
          resources:
            limits: {cpu: 1000m}
`;
const applied = (yaml: string): JsonObject => manifestOf(yaml).object;
const OWN = (yaml: string, time = '2026-11-24T10:00:00Z'): Manager => ({ manager: 'kustomize-controller', operation: 'Apply', time, fields: fieldsOf(applied(yaml)) });

/** A live Deployment: what Git has, changed by `edit`, with the path of the change taken from the applier. */
function without(fields: JsonObject, path: readonly string[]): JsonObject {
  const [key, ...rest] = path;
  if (key === undefined) return fields;
  if (rest.length === 0) return Object.fromEntries(Object.entries(fields).filter(([name]) => name !== key));
  const below = fields[key];
  return below === undefined ? fields : { ...fields, [key]: without(below as JsonObject, rest) };
}
const only = (path: readonly string[], leaf: JsonObject = {}): JsonObject => path.reduceRight<JsonObject>((inner, key) => ({ [key]: inner }), leaf);
const WEB = ['f:spec', 'f:template', 'f:spec', 'f:containers', 'k:{"name":"web"}'];

function scene(change: { readonly git?: (yaml: string) => string; readonly base?: Scene['base']; readonly live: (yaml: string) => string; readonly own?: readonly (readonly string[])[]; readonly others?: readonly Manager[]; readonly applier?: Scene['applier']; readonly stages?: Scene['stages']; readonly more?: Scene['more'] }): Scene {
  const own = OWN(DEPLOYMENT);
  const fields = (change.own ?? []).reduce((set, path) => without(set, path), own.fields);
  return {
    git: change.git?.(DEPLOYMENT) ?? DEPLOYMENT,
    base: change.base ?? DEPLOYMENT,
    live: liveOf(applied(change.live(DEPLOYMENT)), [{ ...own, fields }, ...(change.others ?? [])]),
    ...(change.applier && { applier: change.applier }),
    ...(change.stages && { stages: change.stages }),
    ...(change.more && { more: change.more }),
  };
}

const same = (yaml: string): string => yaml;
const scaled = (yaml: string): string => yaml.replace('replicas: 3', 'replicas: 5');
const SCALE: Manager = { manager: 'kubectl', subresource: 'scale', fields: only(['f:spec', 'f:replicas']) };
const EDIT = (path: readonly string[], leaf: JsonObject = {}): Manager => ({ manager: 'kubectl-edit', time: '2026-11-24T14:02:00Z', fields: only(path, leaf) });
const OPERATOR = (path: readonly string[], leaf: JsonObject = {}): Manager => ({ manager: 'my-operator', time: '2026-11-24T14:03:00Z', fields: only(path, leaf) });
const REPLICAS = ['f:spec', 'f:replicas'];
const ENV_B = [...WEB, 'f:env', 'k:{"name":"B"}'];
const B_FIELDS = { '.': {}, 'f:name': {}, 'f:value': {} };
const withB = (yaml: string): string => yaml.replace('          resources:', '            - {name: B, value: "2"}\n          resources:');

describe('judge: the table of ownership, base and value', () => {
  const rows: readonly (readonly [name: string, scene: Scene, verdict: string, fields: readonly string[], kept?: readonly string[]])[] = [
    ['all as applied', scene({ live: same }), 'in-sync', []],
    ['another owner, base equals Git', scene({ live: scaled, own: [REPLICAS], others: [SCALE] }), 'drift', ['.spec.replicas drift:changed overwritten']],
    ['another owner, base unknown', scene({ live: scaled, own: [REPLICAS], others: [SCALE], base: 'unknown' }), 'drift', ['.spec.replicas drift:changed overwritten']],
    ['Git ahead, live still the base', scene({ git: yaml => yaml.replace('replicas: 3', 'replicas: 4'), live: same }), 'pending', ['.spec.replicas pending:changed (unreconciled) overwritten']],
    ['Git ahead and live changed', scene({ git: yaml => yaml.replace('replicas: 3', 'replicas: 4'), live: scaled, own: [REPLICAS], others: [SCALE] }), 'conflict', ['.spec.replicas conflict:changed (unreconciled) overwritten']],
    ['Git ahead, somebody set the base value again', scene({ git: yaml => yaml.replace('replicas: 3', 'replicas: 4'), live: same, own: [REPLICAS], others: [SCALE] }), 'pending', ['.spec.replicas pending:changed (unreconciled) overwritten']],
    ['the server rewrote what the applier still owns', scene({ live: yaml => yaml.replace('nginx:1.27', 'mirror/nginx:1.27') }), 'in-sync', ['.spec.template.spec.containers[name="web"].image equivalent:changed none']],
    ['somebody may have applied under the name of the applier while it ran', scene({ live: yaml => yaml.replace('nginx:1.27', 'mirror/nginx:1.27'), more: { impersonated: 'during' } }), 'undecided', ['.spec.template.spec.containers[name="web"].image undecided:changed unknown ?']],
    ['the same with a base that may be out of date', scene({ live: yaml => yaml.replace('nginx:1.27', 'mirror/nginx:1.27'), more: { baseInDoubt: 'a newer revision was tried' } }), 'undecided', ['.spec.template.spec.containers[name="web"].image undecided:changed unknown ?']],
    ['the applier owns a value that differs, base unknown', scene({ live: yaml => yaml.replace('nginx:1.27', 'mirror/nginx:1.27'), base: 'unknown' }), 'undecided', ['.spec.template.spec.containers[name="web"].image undecided:changed unknown ?']],
    ['nobody owns a value that differs, base equals Git', scene({ live: scaled, own: [REPLICAS] }), 'undecided', ['.spec.replicas undecided:changed unknown ?']],
    ['Git adds a field that has a default', scene({ git: yaml => yaml.replace('  selector:', '  revisionHistoryLimit: 5\n  selector:'), live: yaml => yaml.replace('  selector:', '  revisionHistoryLimit: 10\n  selector:') }), 'pending', ['.spec.revisionHistoryLimit pending:changed (unreconciled) overwritten']],
    ['Git adds a field equal to its default', scene({ git: yaml => yaml.replace('  selector:', '  revisionHistoryLimit: 10\n  selector:'), live: yaml => yaml.replace('  selector:', '  revisionHistoryLimit: 10\n  selector:') }), 'in-sync', []],
    ['quantities that mean the same', scene({ live: yaml => yaml.replace('1000m', '"1"') }), 'in-sync', ['.spec.template.spec.containers[name="web"].resources.limits.cpu equivalent none']],
    ['a label removed by hand', scene({ live: yaml => yaml.replace('  labels:\n    app: web\n', ''), own: [['f:metadata', 'f:labels']] }), 'drift', ['.metadata.labels.app drift:removed overwritten']],
    ['a label removed by hand, base unknown', scene({ live: yaml => yaml.replace('  labels:\n    app: web\n', ''), own: [['f:metadata', 'f:labels']], base: 'unknown' }), 'undecided', ['.metadata.labels.app undecided:removed unknown ?']],
    ['a label removed by hand and changed in Git', scene({ git: yaml => yaml.replace('    app: web\nspec', '    app: shop\nspec'), live: yaml => yaml.replace('  labels:\n    app: web\n', ''), own: [['f:metadata', 'f:labels']] }), 'conflict', ['.metadata.labels.app conflict:removed (unreconciled) overwritten']],
    ['a field added in Git', scene({ git: yaml => yaml.replace('    app: web\nspec', '    app: web\n    tier: front\nspec'), live: same }), 'pending', ['.metadata.labels.tier pending (unreconciled) overwritten']],
    ['an item removed by hand is one field', scene({ live: yaml => yaml.replace('          env:\n            - name: A\n              value: "1"\n', ''), own: [[...WEB, 'f:env']] }), 'drift', ['.spec.template.spec.containers[name="web"].env[name="A"] drift:removed overwritten']],
    ['an item added by kubectl edit: Flux takes it over', scene({ live: withB, others: [EDIT(ENV_B, B_FIELDS)] }), 'drift', ['.spec.template.spec.containers[name="web"].env[name="B"] drift:extra deleted']],
    [
      'the same with ssa: Merge is left alone',
      scene({ git: yaml => yaml.replace('  labels:\n    app', '  annotations: {kustomize.toolkit.fluxcd.io/ssa: merge}\n  labels:\n    app'), base: DEPLOYMENT, live: yaml => withB(yaml).replace('  labels:\n    app', '  annotations: {kustomize.toolkit.fluxcd.io/ssa: merge}\n  labels:\n    app'), others: [EDIT(ENV_B, B_FIELDS)] }),
      'in-sync',
      [],
      ['.spec.template.spec.containers[name="web"].env[name="B"] extra:extra kept'],
    ],
    ['an item added by another tool stays', scene({ live: withB, others: [OPERATOR(ENV_B, B_FIELDS)] }), 'in-sync', [], ['.spec.template.spec.containers[name="web"].env[name="B"] extra:extra kept']],
    ['an item that goes although another tool owns a part', scene({ live: withB, others: [EDIT(ENV_B, { '.': {}, 'f:name': {} }), OPERATOR([...ENV_B, 'f:value'])] }), 'drift', ['.spec.template.spec.containers[name="web"].env[name="B"] drift:extra deleted']],
    ['an item nobody owns is the server’s', scene({ live: withB }), 'in-sync', []],
    ['Git dropped an item', scene({ git: same, base: withB(DEPLOYMENT), live: withB, others: [{ manager: 'kustomize-controller', operation: 'Apply', fields: only(ENV_B, B_FIELDS) }] }), 'pending', ['.spec.template.spec.containers[name="web"].env[name="B"] pending:extra (unreconciled) deleted']],
    ['a field the applier still owns and nobody has in Git', scene({ live: withB, others: [{ manager: 'kustomize-controller', operation: 'Apply', fields: only(ENV_B, B_FIELDS) }] }), 'drift', ['.spec.template.spec.containers[name="web"].env[name="B"] drift:extra deleted']],
    ['the same co-owned by another tool', scene({ live: withB, others: [{ manager: 'kustomize-controller', operation: 'Apply', fields: only(ENV_B, B_FIELDS) }, OPERATOR(ENV_B, B_FIELDS)] }), 'in-sync', [], ['.spec.template.spec.containers[name="web"].env[name="B"] extra:extra kept']],
    ['an atomic list is one field', scene({ live: yaml => yaml.replace('[a, b]', '[b, a]'), own: [[...WEB, 'f:args']], others: [EDIT([...WEB, 'f:args'])] }), 'drift', ['.spec.template.spec.containers[name="web"].args drift:changed overwritten']],
    ['edited and put back', scene({ live: same, own: [REPLICAS], others: [EDIT(REPLICAS)] }), 'in-sync', []],
    ['a zero value the server does not keep', scene({ git: yaml => yaml.replace('      containers:', '      hostNetwork: false\n      containers:'), base: DEPLOYMENT.replace('      containers:', '      hostNetwork: false\n      containers:'), live: same }), 'in-sync', ['.spec.template.spec.hostNetwork equivalent:removed none']],
    ['a zero value that means something, removed by hand', scene({ git: yaml => yaml.replace('      containers:', '      automountServiceAccountToken: false\n      containers:'), base: DEPLOYMENT.replace('      containers:', '      automountServiceAccountToken: false\n      containers:'), live: same }), 'drift', ['.spec.template.spec.automountServiceAccountToken drift:removed overwritten']],
    ['replicas: 0 is a value', scene({ git: yaml => yaml.replace('replicas: 3', 'replicas: 0'), base: DEPLOYMENT.replace('replicas: 3', 'replicas: 0'), live: same, own: [REPLICAS], others: [SCALE] }), 'drift', ['.spec.replicas drift:changed overwritten']],
    ['replicas: null, which Flux does not send', scene({ git: yaml => yaml.replace('replicas: 3', 'replicas: null'), base: DEPLOYMENT.replace('replicas: 3', 'replicas: null'), live: scaled, own: [REPLICAS], others: [SCALE] }), 'in-sync', [], ['.spec.replicas extra:extra kept']],
    ['replicas: null sent as it is', scene({ git: yaml => yaml.replace('replicas: 3', 'replicas: null'), base: DEPLOYMENT.replace('replicas: 3', 'replicas: null'), live: scaled, own: [REPLICAS], others: [SCALE], applier: { tool: 'argo-ssa', manager: 'kustomize-controller', active: true } }), 'drift', ['.spec.replicas drift:changed overwritten']],
    ['a default the creator of the object owns is not drift', scene({ live: yaml => yaml.replace('      containers:', '      dnsPolicy: ClusterFirst\n      containers:'), others: [{ manager: 'kubectl-client-side-apply', fields: only(['f:spec', 'f:template', 'f:spec', 'f:dnsPolicy']) }] }), 'in-sync', []],
    ['a label the creator of the object owns is', scene({ live: yaml => yaml.replace('    app: web\nspec', '    app: web\n    old: x\nspec'), others: [{ manager: 'kubectl-client-side-apply', fields: only(['f:metadata', 'f:labels', 'f:old']) }] }), 'drift', ['.metadata.labels.old drift:extra deleted']],
    ['text where a number belongs', scene({ git: yaml => yaml.replace('replicas: 3', 'replicas: "3"'), live: same }), 'invalid', ['.spec.replicas invalid unknown']],
    ['a number where text belongs', scene({ git: yaml => yaml.replace('value: "1"', 'value: 1'), live: same }), 'invalid', ['.spec.template.spec.containers[name="web"].env[name="A"].value invalid unknown']],
    ['one key twice', scene({ git: yaml => yaml.replace('          resources:', '            - {name: A, value: "2"}\n          resources:'), live: same }), 'invalid', ['.spec.template.spec.containers[name="web"].env[name="A"] invalid unknown']],
    ['value where somebody set valueFrom is refused', scene({ live: yaml => yaml.replace('value: "1"', 'valueFrom: {fieldRef: {fieldPath: metadata.name}}'), own: [[...WEB, 'f:env', 'k:{"name":"A"}', 'f:value']], others: [EDIT([...WEB, 'f:env', 'k:{"name":"A"}', 'f:valueFrom', 'f:fieldRef'])] }), 'drift', ['.spec.template.spec.containers[name="web"].env[name="A"].valueFrom.fieldRef drift:extra deleted', '.spec.template.spec.containers[name="web"].env[name="A"].value blocked:removed unknown ?']],
  ];
  for (const [name, given, verdict, fields, kept = []] of rows) {
    it(name, () => {
      const result = judgeScene(given);
      assert.deepEqual([result.verdict, summary(result.fields), summary(result.kept)], [verdict, fields, kept]);
    });
  }
});

describe('judge: an item whose key was edited', () => {
  const ENV_A = [...WEB, 'f:env', 'k:{"name":"A"}'];
  const edited = (value: string): Scene =>
    scene({ live: yaml => yaml.replace('- name: A\n              value: "1"', `- name: B\n              value: "${value}"`), own: [ENV_A], others: [EDIT(ENV_B, B_FIELDS)] });
  const said = (given: Scene): readonly boolean[] => judgeScene(given).fields.map(({ reason }) => reason.endsWith('it looks like one item whose key was edited: name "A", live "B"'));

  it('is one item less and one more, and both say that they look like one', () => assert.deepEqual(said(edited('1')), [true, true]));

  it('with another value it may be any other item', () => assert.deepEqual(said(edited('2')), [false, false]));

  it('beside a further new one it may be either', () => {
    const given = edited('1');
    const two = withB(DEPLOYMENT).replace('name: B', 'name: C').replace('- name: A', '- name: B').replace('"2"', '"1"');
    assert.deepEqual(said({ ...given, live: liveOf(applied(two), [{ ...OWN(DEPLOYMENT), fields: without(OWN(DEPLOYMENT).fields, ENV_A) }, EDIT(ENV_B, B_FIELDS), EDIT([...WEB, 'f:env', 'k:{"name":"C"}'], B_FIELDS)]) }), [false, false, false]);
  });
});

describe('judge: objects as a whole', () => {
  const present = scene({ live: same });
  const other = (more: Partial<ReturnType<typeof inputOf>>, given: Scene = present): readonly [string, string] => {
    const { verdict, reason } = judge({ ...inputOf(given), ...more });
    return [verdict, reason];
  };
  const rows: readonly (readonly [string, readonly [string, string], readonly [string, string]])[] = [
    ['not in the cluster, applied before', other({ live: { kind: 'absent' } }), ['missing', 'it was applied and is not in the cluster any more']],
    ['not in the cluster, not in the applied revision', other({ live: { kind: 'absent' }, base: { kind: 'absent' } }), ['pending', 'it is not in the cluster yet: Git has added it since the last apply']],
    ['not in the cluster, not committed', other({ live: { kind: 'absent' }, base: { kind: 'absent' }, stages: { head: null } }), ['pending', 'it is not in the cluster yet: not committed']],
    ['not in the cluster, base unknown', other({ live: { kind: 'absent' }, base: { kind: 'unknown', reason: 'r' } }), ['missing', 'it is not in the cluster']],
    ['may not be read', other({ live: { kind: 'unknown', status: { kind: 'denied', reason: 'deployments is forbidden' } } }), ['unknown', 'forbidden: deployments is forbidden']],
    ['offline', other({ live: { kind: 'unknown', status: { kind: 'offline', since: 5, reason: 'connection refused' } } }), ['unknown', 'offline: connection refused']],
    ['still loading', other({ live: { kind: 'unknown', status: { kind: 'loading' } } }), ['unknown', 'being read']],
    ['kind not installed', other({ live: { kind: 'unknown', status: { kind: 'notInstalled' } } }), ['unknown', 'this kind is not installed in the cluster']],
    ['not computed', other({ undecided: 'needs cluster variables' }), ['undecided', 'needs cluster variables']],
    ['not computed and not in the cluster is not missing', other({ undecided: 'needs cluster variables', live: { kind: 'absent' } }), ['undecided', 'needs cluster variables']],
    ['refused as a whole', other({ invalid: 'namespace not specified' }), ['invalid', 'namespace not specified']],
    ['being deleted', other({ live: liveOf({ ...applied(DEPLOYMENT), metadata: { name: 'web', namespace: 'shop', deletionTimestamp: '2026-11-24T10:00:00Z' } }, []) }), ['undecided', 'it is being deleted']],
    ['Flux told to leave it, in Git', other({}, scene({ git: yaml => yaml.replace('  labels:\n', '  labels:\n    kustomize.toolkit.fluxcd.io/reconcile: Disabled\n'), live: scaled })), ['skipped', 'Git says kustomize.toolkit.fluxcd.io/reconcile: disabled']],
    ['Flux told to leave it, live', other({}, scene({ live: yaml => scaled(yaml).replace('  labels:\n', '  annotations: {kustomize.toolkit.fluxcd.io/ssa: ignore}\n  labels:\n') })), ['skipped', 'the live object says kustomize.toolkit.fluxcd.io/ssa: Ignore']],
    ['IfNotPresent counts in Git only', other({}, scene({ live: yaml => yaml.replace('  labels:\n', '  annotations: {kustomize.toolkit.fluxcd.io/ssa: IfNotPresent}\n  labels:\n') })), ['in-sync', 'every field that Git sets has the value Git gives it']],
  ];
  for (const [name, actual, expected] of rows) it(name, () => assert.deepEqual(actual, expected));

  it('a suspended applier will not correct it', () => assert.deepEqual(judgeScene(scene({ live: scaled, own: [REPLICAS], others: [SCALE], applier: { ...FLUX, active: false } })).notes, ['will not be corrected: suspended']));

  it('a conflict behind drift is said', () => {
    const yaml = (image: string, replicas: number): ((text: string) => string) => text => text.replace('nginx:1.27', image).replace('replicas: 3', `replicas: ${replicas}`);
    const { verdict, notes } = judgeScene(scene({ git: yaml('nginx:1.27', 4), live: yaml('nginx:9', 5), own: [REPLICAS], others: [SCALE, OPERATOR([...WEB, 'f:image'])] }));
    assert.deepEqual([verdict, notes], ['drift', ['1 of the 2 fields that differ changed in Git as well']]);
  });

  it('owners stand newest first, and without a time last', () => {
    const { fields } = judgeScene(scene({ live: scaled, own: [REPLICAS], others: [SCALE, OPERATOR(REPLICAS), EDIT(REPLICAS)] }));
    assert.deepEqual(fields[0]?.owners.map(({ manager }) => manager), ['my-operator', 'kubectl-edit', 'kubectl']);
  });
});

describe('judge: stages of a pending change', () => {
  const four = DEPLOYMENT.replace('replicas: 3', 'replicas: 4');
  const rows: readonly (readonly [string, Scene['stages'], boolean, string])[] = [
    ['typed and not saved', { saved: DEPLOYMENT }, false, 'unsaved'],
    ['saved and not committed', { saved: four, head: DEPLOYMENT }, false, 'uncommitted'],
    ['committed and not pushed', { head: four, upstream: DEPLOYMENT }, false, 'unpushed'],
    ['pushed and not applied', { head: four, upstream: four }, false, 'unreconciled'],
    ['an old checkout', { head: four, upstream: four }, true, 'behind'],
    ['typed into an old checkout', { saved: DEPLOYMENT }, true, 'unsaved'],
  ];
  for (const [name, stages, behind, expected] of rows) {
    it(name, () => {
      const [field] = judgeScene(scene({ git: () => four, live: same, stages, more: { behind } })).fields;
      assert.deepEqual([field?.verdict, field?.stage, field?.afterResume], ['pending', expected, expected === 'unreconciled' ? 'overwritten' : 'none']);
    });
  }
  it('without a base, live equal to the last commit is a change on its way', () => {
    const [field] = judgeScene(scene({ git: () => four, live: same, base: 'unknown', stages: { saved: DEPLOYMENT } })).fields;
    assert.deepEqual([field?.verdict, field?.stage], ['pending', 'unsaved']);
  });
});

describe('judge: without field ownership', () => {
  const bare = (yaml: string): Scene['live'] => liveOf(applied(yaml), undefined);
  const rows: readonly (readonly [string, Scene, string, readonly string[]])[] = [
    ['equal values are in sync', { git: DEPLOYMENT, live: bare(DEPLOYMENT) }, 'in-sync', []],
    ['a difference against the base is drift, not certain', { git: DEPLOYMENT, live: bare(scaled(DEPLOYMENT)) }, 'drift', ['.spec.replicas drift:changed overwritten ?']],
    ['a difference without a base is not decided', { git: DEPLOYMENT, base: 'unknown', live: bare(scaled(DEPLOYMENT)) }, 'undecided', ['.spec.replicas undecided:changed unknown ?']],
    ['Git ahead', { git: DEPLOYMENT, base: scaled(DEPLOYMENT), live: bare(scaled(DEPLOYMENT)) }, 'pending', ['.spec.replicas pending:changed (unreconciled) overwritten']],
    ['extras are never drift', { git: DEPLOYMENT, live: bare(withB(DEPLOYMENT)) }, 'in-sync', []],
    ['a lost label', { git: DEPLOYMENT, live: bare(DEPLOYMENT.replace('  labels:\n    app: web\n', '')) }, 'drift', ['.metadata.labels.app drift:removed overwritten ?']],
  ];
  for (const [name, given, verdict, fields] of rows) {
    it(name, () => {
      const result = judgeScene(given);
      assert.deepEqual([result.verdict, summary(result.fields)], [verdict, fields]);
      assert.match(result.notes.join(), /managedFields/);
    });
  }
  it('an entry that speaks of another version says nothing', () => {
    const own: Manager = { ...OWN(DEPLOYMENT), apiVersion: 'apps/v1beta1' };
    const { verdict, fields } = judgeScene({ git: DEPLOYMENT, live: liveOf(applied(DEPLOYMENT.replace('nginx:1.27', 'x:1')), [own]), base: 'unknown' });
    assert.deepEqual([verdict, summary(fields)], ['undecided', ['.spec.template.spec.containers[name="web"].image undecided:changed unknown ?']]);
  });
});

describe('what cannot be read is told without a look at its manifest', () => {
  const statuses: readonly (LiveState & { readonly kind: 'unknown' })['status'][] = [{ kind: 'loading' }, { kind: 'denied', reason: 'no' }, { kind: 'offline', since: 7, reason: 'gone' }, { kind: 'notInstalled' }, { kind: 'elsewhere', reason: 'far away' }];
  const tools: readonly (readonly [Applier['tool'], boolean])[] = [['none', true], ['kubectl', true], ['kubectl-ssa', true], ['flux', false], ['argo', false], ['argo-ssa', false], ['helm3', false], ['helm4', false]];
  const hook = DEPLOYMENT.replace('  labels:', '  annotations: {helm.sh/hook: pre-install, kustomize.toolkit.fluxcd.io/reconcile: disabled}\n  labels:');
  for (const [tool, expected] of tools) {
    it(`${tool}: ${expected ? 'as with one' : 'there is one, for what its marks say'}`, () => {
      for (const status of statuses) {
        for (const git of [DEPLOYMENT, hook]) {
          const input = inputOf({ git, live: { kind: 'unknown', status }, applier: { ...FLUX, tool } });
          const unread: JudgeInput = { ...input, alsoClaimedBy: ['Kustomization shop/other'] };
          const told = judgeUnread(unread, input.manifest.ref);
          assert.equal(told !== undefined, expected);
          if (told) assert.deepEqual(told, judge(unread));
        }
      }
    });
  }

  it('nor where the manifest is refused, or may be too long, or where somebody leaves it alone, or where the object is known', () => {
    const input = inputOf({ git: DEPLOYMENT, live: { kind: 'unknown', status: { kind: 'loading' } }, applier: { ...FLUX, tool: 'kubectl' } });
    const { manifest } = input;
    const long = { ...manifest, ref: manifest.ref, object: manifest.object, root: manifest.root, range: { start: 0, end: 100_000 } };
    const others: readonly JudgeInput[] = [{ ...input, invalid: 'no' }, { ...input, manifest: long }, { ...input, applier: { ...input.applier, leaves: 'it is excluded' } }, { ...input, live: { kind: 'absent' } }, { ...input, live: liveOf(applied(DEPLOYMENT), []) }];
    for (const other of others) assert.equal(judgeUnread(other, manifest.ref), undefined);
  });
});
