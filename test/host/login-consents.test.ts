import assert from 'node:assert/strict';
import type { ExecPlugin } from '../../src/core/cluster/kubeconfig';
import { describeExec } from '../../src/core/cluster/exec-words';
import { LoginConsents } from '../../src/host/login-consents';

const PLUGIN: ExecPlugin = { command: '/repo/bin/login', args: ['--client-secret', 'hunter2'], env: [['PATH', '/repo/bin']], apiVersion: 'v1', provideClusterInfo: false, interactiveMode: undefined, installHint: undefined, source: '/repo/kubeconfig' };

function consents(trusted = true): { consents: LoginConsents; kept: Map<string, unknown> } {
  const kept = new Map<string, unknown>();
  const memory = { get: (key: string) => kept.get(key), set: (key: string, value: unknown) => Promise.resolve(void kept.set(key, structuredClone(value))) };
  return { consents: new LoginConsents(memory, () => trusted), kept };
}

describe('programs that kubeconfigs may start to log in (threat 3)', () => {
  it('none is allowed before a person said so; then that one is, until it is forgotten', async () => {
    const { consents: logins } = consents();
    const refused = await logins.answer(PLUGIN);
    assert.deepEqual([refused.kind, logins.refused], ['refused', PLUGIN]);
    await logins.allow(PLUGIN);
    assert.deepEqual([await logins.answer({ ...PLUGIN }), logins.refused], [{ kind: 'allowed' }, undefined]);
    const [one] = logins.list();
    await logins.forget(one?.hash ?? '');
    assert.equal((await logins.answer(PLUGIN)).kind, 'refused');
  });

  const others: readonly (readonly [string, Partial<ExecPlugin>])[] = [
    ['another kubeconfig', { source: '/other/kubeconfig' }],
    ['another command', { command: '/repo/bin/other' }],
    ['other arguments', { args: ['--client-secret', 'hunter3'] }],
    ['an argument more', { args: [...PLUGIN.args, '-x'] }],
    ['arguments cut elsewhere', { args: ['--client-secret hunter2'] }],
    ['other variables', { env: [['PATH', '/elsewhere']] }],
  ];
  for (const [name, change] of others) {
    it(`${name} is asked about anew`, async () => {
      const { consents: logins } = consents();
      await logins.allow(PLUGIN);
      assert.equal((await logins.answer({ ...PLUGIN, ...change })).kind, 'refused');
    });
  }

  it('nothing is allowed, and nothing waits to be asked about, in a folder that is not trusted', async () => {
    const { consents: logins } = consents(false);
    await logins.allow(PLUGIN);
    assert.deepEqual([(await logins.answer(PLUGIN)).kind, logins.refused], ['refused', undefined]);
  });

  it('no argument and no variable is kept', async () => {
    const { consents: logins, kept } = consents();
    await logins.allow(PLUGIN);
    assert.ok(!JSON.stringify([...kept]).includes('hunter2'));
  });

  it('whatever else stands in the memory counts for nothing', async () => {
    const { consents: logins, kept } = consents();
    for (const value of [undefined, 'x', {}, [null, 1, { source: 's' }, { source: 1, command: 2, hash: 3 }]]) {
      kept.set('loginPrograms', value);
      assert.deepEqual(logins.list(), []);
      assert.equal((await logins.answer(PLUGIN)).kind, 'refused');
    }
  });

  it('what is asked about shows the whole command as one would type it, and no secret variable', () => {
    const plugin = { ...PLUGIN, args: ['get', '', "it's two words", '; rm -rf'], env: [['PATH', '/repo bin'], ['AWS_SECRET_ACCESS_KEY', 'hunter2']] as const };
    assert.deepEqual(describeExec(plugin), [`/repo/bin/login get '' 'it'\\''s two words' '; rm -rf'`, `with PATH='/repo bin'`, 'with AWS_SECRET_ACCESS_KEY=•••', 'named by /repo/kubeconfig']);
  });
});
