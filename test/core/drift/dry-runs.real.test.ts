import assert from 'node:assert/strict';
import { systemClock } from '../../../src/core/base/clock';
import { textAt, type JsonObject } from '../../../src/core/base/json';
import { stringifyJson } from '../../../src/core/base/json-text';
import type { Cluster } from '../../../src/core/cluster/api';
import { DryRuns } from '../../../src/core/drift/dry-runs';
import { explain } from '../../../src/core/drift/explain';
import { judge } from '../../../src/core/drift/judge';
import type { JudgeInput } from '../../../src/core/drift/judge-input';
import type { ObjectVerdict } from '../../../src/core/drift/verdict';
import { refOf } from '../../../src/core/kube/identity';
import { asLive } from '../../../src/core/kube/live';
import { formatPath } from '../../../src/core/kube/path';
import type { BenchCluster, User } from '../../bench/cluster';
import { sharedCluster } from '../../bench/hooks';
import { until } from '../../bench/process';
import { startProxy, type FaultProxy } from '../../bench/proxy';
import { startWebhooks, type BenchWebhooks } from '../../bench/webhook';
import { deployment } from '../../cases/case';
import { ServerKinds } from '../../cases/server-kinds';
import { openSession } from '../cluster/open';
import { manifestOf } from './make';

export { mochaHooks } from '../../bench/hooks';

const MANAGER = 'kustomize-controller';

describe('what the API server says to a dry-run, as verdicts', function () {
  this.timeout(120_000);
  let bench: BenchCluster;
  let kinds: ServerKinds;
  let proxy: FaultProxy;
  let webhooks: BenchWebhooks;
  let namespace = '';
  const sessions: Cluster[] = [];

  before(async () => {
    bench = await sharedCluster();
    kinds = new ServerKinds(bench);
    proxy = await startProxy(bench);
    webhooks = await startWebhooks(bench);
  });
  beforeEach(async () => {
    proxy.clear();
    namespace = await bench.namespace('dryrun');
  });
  after(async () => {
    for (const session of sessions) session.dispose();
    await webhooks.stop();
    await proxy.stop();
  });

  async function runs(options: { readonly user?: User; readonly secrets?: boolean } = {}): Promise<DryRuns> {
    const { cluster } = await openSession(bench, { server: proxy.url, ...(options.user && { user: options.user }) });
    sessions.push(cluster);
    return new DryRuns({ cluster, clock: systemClock, sendsSecrets: () => options.secrets === true });
  }

  const text = (yaml: string): string => yaml.replaceAll('NS', namespace);
  /** Applied as the controller does. */
  const applied = (yaml: string): Promise<unknown> => bench.apply(manifestOf(text(yaml)).object, MANAGER);

  async function inputOf(yaml: string, base: 'same' | 'unknown' = 'unknown'): Promise<JudgeInput> {
    const manifest = manifestOf(text(yaml));
    const ref = refOf(manifest.object) ?? manifest.ref;
    const live = await kinds.get(ref);
    return {
      manifest,
      desired: manifest.object,
      live: live ? { kind: 'present', object: asLive(live), seen: [] } : { kind: 'absent' },
      base: base === 'same' ? { kind: 'known', object: manifest.object } : { kind: 'unknown', reason: 'not read' },
      stages: {},
      behind: false,
      schema: await kinds.schema(ref),
      applier: { tool: 'flux', manager: MANAGER, active: true },
      undecided: undefined,
    };
  }

  async function verified(input: JudgeInput, by: DryRuns): Promise<{ readonly verdict: ObjectVerdict; readonly input: JudgeInput }> {
    await by.ask([input], new AbortController().signal);
    const dryRun = by.known(input);
    assert.ok(dryRun);
    const asked = { ...input, dryRun };
    return { verdict: judge(asked), input: asked };
  }

  /** Waits until the webhook stands before what has this label. */
  const admits = (label: string, pointer: string): Promise<void> =>
    until('the webhook', async () => {
      const probe = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'probe', labels: { [label]: 'yes' } }, data: { image: 'x' } };
      const { body } = await bench.request('POST', `/api/v1/namespaces/${namespace}/configmaps?dryRun=All`, probe);
      return textAt(body, 'data', pointer.replace('/data/', '')) !== (pointer === '/data/image' ? 'x' : undefined);
    }, 30_000);

  const patches = (): number => proxy.seen.filter(({ method }) => method === 'PATCH').length;
  const lines = ({ verdict, fields }: ObjectVerdict): string[] => [verdict, ...fields.map(field => `${field.verdict} ${field.reason}`)];

  it('a default that the server chose and Git now states otherwise is undecided before, and pending or drift after', async () => {
    await applied(deployment());
    const input = await inputOf(deployment({ spec: 'revisionHistoryLimit: 5' }));
    assert.equal(judge(input).verdict, 'undecided');
    const { verdict, input: asked } = await verified(input, await runs());
    assert.deepEqual(lines(verdict), ['drift', 'drift the server was asked, and an apply would change it; who set it is not recorded']);
    assert.ok(verdict.notes.includes('verified with the API server'));
    assert.match(explain(verdict, asked), /Asked: the API server accepts the apply/);
  });

  it('what an apply leaves as it is means the same', async () => {
    const custom = deployment({ container: 'args: [a]' });
    await applied(custom);
    const input = await inputOf(custom);
    // What the server keeps of it, as an input that could not tell.
    const doubted = { ...input, baseInDoubt: 'revision 1 was tried and failed' };
    const { verdict } = await verified(doubted, await runs());
    assert.equal(verdict.verdict, 'in-sync');
  });

  interface Refusal {
    readonly what: string;
    /** Applied before, by the controller; nothing when left out. */
    readonly before?: string;
    readonly edit?: readonly string[];
    readonly git: string;
    readonly verdict: 'blocked' | 'invalid';
    /** The first of the refused fields, and its line in Git. */
    readonly at: string;
    readonly words: RegExp;
  }
  const job = (image: string): string => `apiVersion: batch/v1\nkind: Job\nmetadata: {name: web, namespace: NS}\nspec:\n  template:\n    spec:\n      restartPolicy: Never\n      containers: [{name: web, image: "${image}"}]\n`;
  const env = deployment({ container: 'env: [{name: A, value: "1"}]' });
  const port = deployment({ container: 'ports:\n  - {name: http, containerPort: 80}' });
  const limit = deployment({ container: 'resources:\n  limits: {memory: 200Mi}\n  requests: {memory: 100Mi}' });
  const change = (...operations: readonly object[]): readonly string[] => ['patch', 'deployment/web', '--type=json', '-p', JSON.stringify(operations)];
  const inside = '/spec/template/spec/containers/0';
  const refusals: readonly Refusal[] = [
    { what: 'an immutable field', before: job('a:1'), git: job('a:2'), verdict: 'blocked', at: '.spec.template.spec.containers[name="web"].image @8', words: /^the server was asked, and refuses an apply: spec\.template: Invalid value: ….*: field is immutable$/ },
    { what: 'two members of a union', before: env, edit: change({ op: 'replace', path: `${inside}/env/0`, value: { name: 'A', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } } }), git: env, verdict: 'blocked', at: '.spec.template.spec.containers[name="web"].env[name="A"].valueFrom.fieldRef @16', words: /may not be specified when `value` is not empty/ },
    { what: 'a port renumbered by hand', before: port, edit: change({ op: 'replace', path: `${inside}/ports/0/containerPort`, value: 8080 }), git: port, verdict: 'blocked', at: '.spec.template.spec.containers[name="web"].ports[containerPort=8080,protocol="TCP"] @16', words: /ports\[1\]\.name: Duplicate value: "http"/ },
    { what: 'two ports of one name', git: deployment({ container: 'ports:\n  - {name: http, containerPort: 80}\n  - {name: http, containerPort: 81}' }), verdict: 'invalid', at: '.spec.template.spec.containers[0].ports[1].name @18', words: /Duplicate value: "http"/ },
    { what: 'the same beside a live object', before: port, git: deployment({ container: 'ports:\n  - {name: http, containerPort: 80}\n  - {name: http, containerPort: 81}' }), verdict: 'blocked', at: '.spec.template.spec.containers[name="web"].ports[containerPort=81,protocol="TCP"] @18', words: /Duplicate value: "http"/ },
    { what: 'one variable twice, which the server calls its own error', before: env, git: deployment({ container: 'env:\n  - {name: A, value: "1"}\n  - {name: A, value: "2"}' }), verdict: 'invalid', at: '.spec.template.spec.containers[name="web"].env @16', words: /duplicate entries for key \[name="A"\]/ },
    { what: 'a field that the kind does not have', git: 'apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: web, namespace: NS}\nrules: []\nmetadata2:\n  a: b\n', verdict: 'invalid', at: '.metadata2 @5', words: /field not declared in schema/ },
    { what: 'a quantity that is none', before: limit, git: limit.replace('200Mi', 'a lot'), verdict: 'blocked', at: '.spec.template.spec.containers[name="web"].resources.limits.memory @17', words: /quantities must match the regular expression/ },
    { what: 'what a value made by hand makes impossible', before: deployment({ container: 'resources:\n  limits: {memory: 800Mi}' }), edit: change({ op: 'add', path: `${inside}/resources/requests`, value: { memory: '500Mi' } }), git: deployment({ container: 'resources:\n  limits: {memory: 200Mi}' }), verdict: 'blocked', at: '.spec.template.spec.containers[name="web"].resources.requests.memory @16', words: /must be less than or equal to memory limit of 200Mi/ },
    { what: 'pod security, by 403', git: 'apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: NS}\nspec:\n  containers: [{name: web, image: "a:1"}]\n', verdict: 'invalid', at: ' @1', words: /is forbidden: violates PodSecurity/ },
    { what: 'a webhook, by 400', git: 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web, namespace: NS}\ndata:\n  a: x\n  words: too many\n', verdict: 'invalid', at: '.data.words @6', words: /admission webhook ".*" denied the request: data\.words are too many$/ },
    { what: 'a key that is none', git: 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web, namespace: NS}\ndata:\n  a: x\n  a/b: x\n', verdict: 'invalid', at: '.data.a/b @6', words: /a valid config key must consist of/ },
  ];
  for (const { what, before, edit, git, verdict: expected, at, words } of refusals) {
    it(`${what}: ${expected} at its line, with the server’s words`, async () => {
      await bench.kubectl(['label', 'namespace', namespace, 'pod-security.kubernetes.io/enforce=restricted']);
      if (what.startsWith('a webhook')) await webhooks.validate(namespace, { kind: 'deny', message: 'data.words are too many' });
      if (before !== undefined) await applied(before);
      if (edit) await bench.kubectl([...edit, '-n', namespace]);
      const { verdict, input } = await verified(await inputOf(git), await runs());
      const refused = verdict.fields.find(field => field.verdict === expected && words.test(field.reason));
      assert.ok(refused, `${JSON.stringify(input.dryRun)}\n${lines(verdict).join('\n')}`);
      assert.equal(`${formatPath(refused.path)} @${text(git).slice(0, refused.at.start).split('\n').length}`, at);
      assert.equal(verdict.verdict, expected, lines(verdict).join('\n'));
      assert.match(explain(verdict, input), /Asked: the API server refuses the apply/);
    });
  }

  it('who applies without force is refused over a field of somebody else, and the rest is answered all the same', async () => {
    const git = deployment({ spec: 'replicas: 2\nrevisionHistoryLimit: 5' });
    await bench.kubectl(['apply', '--server-side', '-n', namespace, '-f', '-'], { stdin: text(deployment({ spec: 'replicas: 2' })) });
    await bench.kubectl(['scale', 'deployment/web', '--replicas=3', '-n', namespace]);
    const { verdict, input } = await verified({ ...(await inputOf(git)), applier: { tool: 'kubectl-ssa', manager: 'kubectl', active: false } }, await runs());
    assert.deepEqual(lines(verdict), [
      'drift',
      'blocked the server was asked, and refuses an apply without force: conflict with "kubectl" with subresource "scale" using apps/v1',
      'drift the server was asked, and an apply would change it; who set it is not recorded',
    ]);
    assert.match(explain(verdict, input), /Asked: the API server refuses the apply without force: \.spec\.replicas: conflict with/);
  });

  it('an object whose namespace is not there is missing, and why it cannot come yet is said', async () => {
    const { verdict } = await verified(await inputOf('apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web, namespace: NS-not}\n'), await runs());
    assert.deepEqual([verdict.verdict, verdict.notes], ['missing', ['will not be corrected until somebody applies it again', `an apply would fail now: namespaces "${namespace}-not" not found`].slice(1)]);
  });

  it('a kind whose definition has just gone is said to be missing, not refused', async () => {
    const group = `${namespace}.example`;
    const crd = `customresourcedefinition/things.${group}`;
    await bench.kubectl(['apply', '-f', '-'], { stdin: stringifyJson(definition(group)) });
    await bench.kubectl(['wait', '--for=condition=Established', crd]);
    const git = `apiVersion: ${group}/v1\nkind: Thing\nmetadata: {name: web, namespace: NS}\nspec: {a: 1}\n`;
    const by = await runs();
    await applied(git);
    const input = await inputOf(git.replace('a: 1', 'a: 2'));
    await bench.kubectl(['delete', crd]);
    const { verdict } = await verified(input, by);
    assert.match(verdict.notes.join('\n'), /an apply would fail now: .*(?:could not find the requested resource|404|not found)/);
    assert.notEqual(verdict.verdict, 'in-sync');
  });

  it('what a mutating webhook changes again on every apply is no drift', async () => {
    const label = `${namespace}.example/mirror`;
    await webhooks.mutate(label, object => [{ op: 'replace', path: '/data/image', value: `mirror/${(textAt(object, 'data', 'image') ?? '').replace('mirror/', '')}` }]);
    const git = `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: web\n  namespace: NS\n  labels: {${label}: "yes"}\ndata:\n  image: nginx\n`;
    await admits(label, '/data/image');
    await applied(git);
    const input = await inputOf(git);
    assert.equal(judge(input).verdict, 'undecided');
    const { verdict } = await verified(input, await runs());
    assert.deepEqual(lines(verdict), ['in-sync', 'equivalent the server was asked: changed by admission on every apply, to the value that is live']);
    const { verdict: based } = await verified(await inputOf(git, 'same'), await runs());
    assert.deepEqual(lines(based), ['in-sync', 'equivalent the server was asked: changed by admission on every apply, to the value that is live']);
  });

  it('what a webhook writes otherwise each time is listed apart, and is no drift', async () => {
    const label = `${namespace}.example/stamp`;
    let count = 0;
    await webhooks.mutate(label, () => [{ op: 'add', path: '/data/stamp', value: `number ${++count}` }]);
    const git = `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: web\n  namespace: NS\n  labels: {${label}: "yes"}\ndata:\n  a: x\n`;
    await admits(label, '/data/stamp');
    await applied(git);
    const { verdict } = await verified(await inputOf(git, 'same'), await runs());
    assert.equal(verdict.verdict, 'in-sync');
    assert.deepEqual(verdict.kept.map(({ path, reason, afterResume }) => `${formatPath(path)} ${reason} ${afterResume}`), ['.data.stamp changed by admission on every apply; not drift overwritten']);
  });

  it('a warning of the server stands at the field that it names', async () => {
    const git = deployment({ pod: 'nodeSelector:\n  beta.kubernetes.io/arch: amd64' });
    await applied(deployment());
    const { verdict } = await verified(await inputOf(git), await runs());
    assert.deepEqual(
      verdict.fields.map(({ path, reason, at }) => `${formatPath(path)} @${text(git).slice(0, at.start).split('\n').length} ${reason}`),
      [
        '.spec.template.spec.nodeSelector @13 the server was asked, and an apply would change it; who set it is not recorded',
        '.spec.template.spec.nodeSelector.beta.kubernetes.io/arch @14 the API server warns: spec.template.spec.nodeSelector[beta.kubernetes.io/arch]: deprecated since v1.14; use "kubernetes.io/arch" instead',
      ],
    );
  });

  it('too many requests are waited out as long as the server says, and not for ever', async () => {
    await applied(deployment());
    const busy = (times: number): void => proxy.add({ when: ({ method }) => method === 'PATCH', times, fault: { kind: 'answer', status: 429, headers: { 'retry-after': '0' }, body: JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', message: 'too many requests, please try again later', reason: 'TooManyRequests', code: 429 }) } });
    busy(2);
    let before = patches();
    const git = deployment({ spec: 'revisionHistoryLimit: 5' });
    assert.equal((await verified(await inputOf(git), await runs())).verdict.verdict, 'drift');
    assert.equal(patches() - before, 3);
    busy(100);
    before = patches();
    const by = await runs();
    const { verdict } = await verified(await inputOf(git), by);
    assert.deepEqual([verdict.verdict, patches() - before], ['undecided', 4]);
    assert.match(verdict.notes.join('\n'), /not verified: .*too many requests/);
    proxy.clear();
    assert.equal((await verified(await inputOf(git), by)).verdict.verdict, 'drift', 'asked again when somebody asks again');
  });

  it('without the right to patch nothing is sent, and that is said', async () => {
    await applied(deployment());
    const before = patches();
    const { verdict } = await verified(await inputOf(deployment({ spec: 'revisionHistoryLimit: 5' })), await runs({ user: 'viewer' }));
    assert.deepEqual([verdict.verdict, verdict.notes.includes('local comparison, no patch permission'), patches() - before], ['undecided', true, 0]);
  });

  it('a webhook that knows no dry-run leaves the local verdict', async () => {
    await applied(deployment());
    await webhooks.refuseDryRuns(namespace);
    const { verdict } = await verified(await inputOf(deployment({ spec: 'revisionHistoryLimit: 5' })), await runs());
    assert.equal(verdict.verdict, 'undecided');
    assert.match(verdict.notes.join('\n'), /a webhook does not support dry-run \(admission webhook ".*" does not support dry run\)/);
  });

  it('a Secret is never sent unless it is allowed, and its value is in nothing that is said', async () => {
    const secret = (value: string): string => `apiVersion: v1\nkind: Secret\nmetadata: {name: web, namespace: NS}\ndata: {a: ${value}}\n`;
    await applied(secret('eA=='));
    const canary = 'canary-7d21!';
    const before = patches();
    const { verdict } = await verified(await inputOf(secret('eQ==')), await runs());
    assert.equal(patches(), before);
    assert.match(verdict.notes.join('\n'), /a Secret is not sent/);
    const { verdict: allowed, input } = await verified(await inputOf(secret(canary)), await runs({ secrets: true }));
    assert.equal(patches(), before + 1);
    for (const out of [stringifyJson({ ...allowed } as never), explain(allowed, input)]) assert.ok(!out.includes(canary), out);
  });

  it('asks again only when either side changed, and four at once', async () => {
    const yaml = (i: number, value: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c${i}, namespace: NS}\ndata: {a: "${value}"}\n`;
    const all = Array.from({ length: 9 }, (_, i) => i);
    for (const i of all) await applied(yaml(i, 'x'));
    const inputs = await Promise.all(all.map(i => inputOf(yaml(i, 'y'))));
    let most = 0;
    let open = 0;
    const { cluster } = await openSession(bench, { server: proxy.url });
    sessions.push(cluster);
    const counted: Pick<Cluster, 'patch' | 'allowed' | 'masked'> = {
      masked: false,
      allowed: (verb, ref, signal) => cluster.allowed(verb, ref, signal),
      patch: async (request, signal) => {
        most = Math.max(most, ++open);
        try {
          return await cluster.patch(request, signal);
        } finally {
          open--;
        }
      },
    };
    proxy.add({ when: ({ method }) => method === 'PATCH', fault: { kind: 'delay', ms: 50 } });
    const by = new DryRuns({ cluster: counted, clock: systemClock, sendsSecrets: () => false });
    const ask = (of: readonly JudgeInput[]): Promise<void> => by.ask(of, new AbortController().signal);
    const before = patches();
    await ask(inputs);
    assert.deepEqual([patches() - before, most], [9, 4]);
    await ask(await Promise.all(all.map(i => inputOf(yaml(i, 'y')))));
    assert.equal(patches() - before, 9, 'read anew, and the same');
    await bench.kubectl(['patch', 'configmap/c0', '-n', namespace, '--type=merge', '-p', '{"data":{"b":"z"}}']);
    await ask(await Promise.all(all.map(i => inputOf(yaml(i, 'y')))));
    assert.equal(patches() - before, 10, 'one changed');
  });
});

/** A definition of a kind with one field of any make. */
function definition(group: string): JsonObject {
  const schema = { openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } } } };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `things.${group}` },
    spec: { group, scope: 'Namespaced', names: { plural: 'things', singular: 'thing', kind: 'Thing', listKind: 'ThingList' }, versions: [{ name: 'v1', served: true, storage: true, schema }] },
  };
}
