import assert from 'node:assert/strict';
import { systemClock } from '../../../src/core/base/clock';
import { stringifyJson } from '../../../src/core/base/json-text';
import type { Cluster } from '../../../src/core/cluster/api';
import { DryRuns } from '../../../src/core/drift/dry-runs';
import { explain } from '../../../src/core/drift/explain';
import { judge } from '../../../src/core/drift/judge';
import type { JudgeInput } from '../../../src/core/drift/judge-input';
import type { ObjectVerdict } from '../../../src/core/drift/verdict';
import { refOf } from '../../../src/core/kube/identity';
import { asLive } from '../../../src/core/kube/live';
import type { BenchCluster, User } from '../../bench/cluster';
import { sharedCluster } from '../../bench/hooks';
import { startProxy, type FaultProxy } from '../../bench/proxy';
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
  let namespace = '';
  const sessions: Cluster[] = [];

  before(async () => {
    bench = await sharedCluster();
    kinds = new ServerKinds(bench);
    proxy = await startProxy(bench);
  });
  beforeEach(async () => {
    proxy.clear();
    namespace = await bench.namespace('dryrun');
  });
  after(async () => {
    for (const session of sessions) session.dispose();
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

  const refusals: readonly (readonly [what: string, before: string, edit: readonly string[] | undefined, git: string, words: RegExp])[] = [
    ['an immutable field', 'apiVersion: batch/v1\nkind: Job\nmetadata: {name: web, namespace: NS}\nspec:\n  template:\n    spec:\n      restartPolicy: Never\n      containers: [{name: web, image: "a:1"}]\n', undefined, 'apiVersion: batch/v1\nkind: Job\nmetadata: {name: web, namespace: NS}\nspec:\n  template:\n    spec:\n      restartPolicy: Never\n      containers: [{name: web, image: "a:2"}]\n', /field is immutable/],
    ['two members of a union', deployment({ container: 'env: [{name: A, value: "1"}]' }), ['patch', 'deployment/web', '--type=json', '-p', '[{"op":"replace","path":"/spec/template/spec/containers/0/env/0","value":{"name":"A","valueFrom":{"fieldRef":{"fieldPath":"metadata.name"}}}}]'], deployment({ container: 'env: [{name: A, value: "1"}]' }), /may not be specified when/],
  ];
  for (const [what, before, edit, git, words] of refusals) {
    it(`${what}: blocked, with the server’s words`, async () => {
      await applied(before);
      if (edit) await bench.kubectl([...edit, '-n', namespace]);
      const { verdict, input } = await verified(await inputOf(git), await runs());
      const blocked = verdict.fields.filter(field => field.verdict === 'blocked');
      assert.ok(blocked.length > 0, JSON.stringify(lines(verdict)));
      assert.match(blocked.map(({ reason }) => reason).join('\n'), words);
      assert.match(explain(verdict, input), /Asked: the API server refuses the apply/);
    });
  }

  it('a manifest the server would not accept is invalid at its line, although nothing differs yet', async () => {
    const { verdict } = await verified(await inputOf('apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web, namespace: NS}\ndata: {"a/b": x}\n'), await runs());
    assert.equal(verdict.verdict, 'invalid');
    assert.match(verdict.reason, /the API server refuses it: .*a\/b/);
  });

  it('without the right to patch nothing is sent, and that is said', async () => {
    await applied(deployment());
    const before = patches();
    const { verdict } = await verified(await inputOf(deployment({ spec: 'revisionHistoryLimit: 5' })), await runs({ user: 'viewer' }));
    assert.deepEqual([verdict.verdict, verdict.notes.includes('local comparison, no patch permission'), patches() - before], ['undecided', true, 0]);
  });

  it('a webhook that knows no dry-run leaves the local verdict', async () => {
    await applied(deployment());
    const message = 'admission webhook "x.example" does not support dry run';
    proxy.add({ when: ({ method, path }) => method === 'PATCH' && path.includes('dryRun=All'), fault: { kind: 'answer', status: 400, body: JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', message, reason: 'BadRequest', code: 400 }) } });
    const { verdict } = await verified(await inputOf(deployment({ spec: 'revisionHistoryLimit: 5' })), await runs());
    assert.equal(verdict.verdict, 'undecided');
    assert.match(verdict.notes.join('\n'), /a webhook does not support dry-run/);
  });

  it('a field that the server does not know is named by its warning', async () => {
    await applied(deployment());
    const { verdict } = await verified(await inputOf(deployment({ spec: 'replicsa: 5' })), await runs());
    assert.match([...verdict.notes, verdict.reason].join('\n'), /replicsa/);
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
