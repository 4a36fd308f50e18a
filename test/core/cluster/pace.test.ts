import assert from 'node:assert/strict';
import { Backoff } from '../../../src/core/cluster/backoff';
import { Coalescer } from '../../../src/core/cluster/coalescer';
import { ObtainedCredentials, type Login } from '../../../src/core/cluster/credentials';
import { warningsOf } from '../../../src/core/cluster/rest';
import { Slots } from '../../../src/core/base/slots';
import { FakeClock } from '../../fake/clock';

describe('pace', () => {
  it('waits twice as long each time, up to 30 s, and starts again after success', () => {
    const waits = new Backoff(() => 0);
    assert.deepEqual(Array.from({ length: 8 }, () => waits.next()), [800, 1600, 3200, 6400, 12800, 25600, 30000, 30000]);
    waits.reset();
    assert.equal(waits.next(), 800);
    assert.equal(new Backoff(() => 0.5).next(), 1200, 'stretched at random');
  });

  it('tells the first change at once and the others at most every 100 ms', () => {
    const clock = new FakeClock();
    const told: (readonly [number, readonly string[] | 'all'])[] = [];
    const coalescer = new Coalescer(clock, changed => told.push([clock.now(), changed === 'all' ? 'all' : [...changed]]));
    coalescer.touch('a');
    clock.advance(10);
    coalescer.touch('b');
    coalescer.touch('c');
    coalescer.touch('b');
    clock.advance(50);
    coalescer.touchAll();
    coalescer.touch('d');
    clock.advance(500);
    coalescer.touch('e');
    clock.advance(0);
    assert.deepEqual(told, [[0, ['a']], [100, 'all'], [560, ['e']]]);
    coalescer.touch('f');
    coalescer.dispose();
    assert.equal(clock.pending, 0);
  });

  it('gives a slot to who waited longest, and none to who went away', async () => {
    const slots = new Slots(1);
    const order: string[] = [];
    const first = await slots.take(new AbortController().signal);
    const gone = new AbortController();
    const waits = [slots.take(new AbortController().signal).then(slot => (order.push('second'), slot)), slots.take(gone.signal).then(slot => (order.push('gone'), slot)), slots.take(new AbortController().signal).then(slot => (order.push('third'), slot))] as const;
    gone.abort(new Error('went away'));
    await assert.rejects(waits[1], /went away/);
    first.dispose();
    first.dispose();
    (await waits[0]).dispose();
    (await waits[2]).dispose();
    assert.deepEqual(order, ['second', 'third']);
  });

  it('asks a login source once, however many wait, and again only when the login was refused', async () => {
    const asked: boolean[] = [];
    const logins: Login[] = [];
    const credentials = new ObtainedCredentials({
      obtain: force => {
        asked.push(force);
        const last = logins.at(-1);
        const login: Login = !force && last ? last : { authorization: `Bearer ${logins.length}`, certificate: undefined };
        if (login !== last) logins.push(login);
        return Promise.resolve(login);
      },
    }, new AbortController().signal);
    const all = await Promise.all(Array.from({ length: 20 }, () => credentials.login()));
    assert.deepEqual([asked, new Set(all).size], [[false], 1]);
    const [old] = all;
    assert.ok(old);
    assert.equal(credentials.renew(old), true);
    const renewed = await credentials.login();
    assert.deepEqual([asked, renewed.authorization], [[false, true], 'Bearer 1']);
    credentials.renew(old);
    await credentials.login();
    assert.deepEqual(asked, [false, true, false], 'an old login that was refused late asks nobody anew');
  });

  const warnings: readonly (readonly [string, string | string[] | undefined, readonly string[]])[] = [
    ['none', undefined, []],
    ['one', '299 - "policy/v1beta1 is deprecated"', ['policy/v1beta1 is deprecated']],
    ['two in a line, with quotes and commas', '299 - "a, \\"b\\"", 299 kube "c"', ['a, "b"', 'c']],
    ['two lines', ['299 - "a"', '299 - "b"'], ['a', 'b']],
    ['not a warning', 'hello', []],
  ];
  for (const [name, header, expected] of warnings) it(`reads Warning headers: ${name}`, () => assert.deepEqual(warningsOf(header), expected));
});
