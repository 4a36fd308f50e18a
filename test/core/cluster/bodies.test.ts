import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { stringifyJson } from '../../../src/core/base/json-text';
import { at, type Json } from '../../../src/core/base/json';
import { Bodies, type Body } from '../../../src/core/cluster/bodies';
import { LiveTexts } from '../../../src/core/cluster/live-texts';
import { FakeClock } from '../../fake/clock';
import { heapAfterCollection } from '../../fake/collect';

const TYPE = { apiVersion: 'v1', kind: 'ConfigMap' };
const FACTS = { uid: 'u', version: '1', seen: [] };

const value = (i: number): Json => ({ metadata: { name: `größe-${i}` }, id: 9007199254740993n + BigInt(i), data: { text: `${i} `.repeat(1 + (i % 700)), ['__proto__x']: '漢字 🚀' } });

function kept(bodies: Bodies, count: number): readonly (readonly [Body, Json])[] {
  return Array.from({ length: count }, (_, i) => [bodies.keep(Buffer.from(stringifyJson(value(i))), TYPE, FACTS), { ...TYPE, ...(value(i) as object) }] as const);
}

/** Packing happens on other threads: the clock alone does not finish it. */
async function packed(bodies: Bodies): Promise<void> {
  for (let i = 0; i < 500 && bodies.unpackedBytes > 0; i++) await wait(10);
  assert.equal(bodies.unpackedBytes, 0);
}

describe('the texts of live objects', () => {
  it('give the same objects before and after they are packed, in any order, with the type that lists leave out', async () => {
    const clock = new FakeClock();
    const bodies = new Bodies(clock, new LiveTexts(), () => []);
    const all = kept(bodies, 2_000);
    assert.ok(bodies.unpackedBytes > 1_000_000);
    for (const [body, expected] of all) assert.deepEqual(body.object, expected);
    clock.advance(1_000);
    clock.advance(1_000);
    await packed(bodies);
    for (const [body, expected] of [...all].reverse()) assert.deepEqual(body.object, expected);
    const late = kept(bodies, 3);
    for (const [body, expected] of [...late, ...all.slice(0, 50)]) assert.deepEqual(body.object, expected);
    bodies.dispose();
    assert.equal(clock.pending, 0);
  });

  it('are not packed while somebody looks at them, but not for ever', async () => {
    const clock = new FakeClock();
    const bodies = new Bodies(clock, new LiveTexts(), () => []);
    const all = kept(bodies, 2_000);
    const before = bodies.unpackedBytes;
    const look = async (second: number): Promise<void> => {
      assert.ok(all[second]?.[0].object);
      clock.advance(1_000);
      // Outside this thread: it would have begun by then.
      await wait(10);
    };
    for (let second = 0; second < 7; second++) {
      await look(second);
      assert.equal(bodies.unpackedBytes, before, `after ${second + 1} s`);
    }
    for (let second = 7; second < 500 && bodies.unpackedBytes === before; second++) await look(second);
    assert.ok(bodies.unpackedBytes < before);
    bodies.dispose();
  });

  it('of watches that never end take little more room than what is needed of them', async function () {
    this.timeout(60_000);
    const clock = new FakeClock();
    const live = new Map<number, Body>();
    const bodies = new Bodies(clock, new LiveTexts(), () => live.values());
    const texts = new Map<number, string>();
    let version = 0;
    const change = (n: number): void => {
      // Zlib makes little of it.
      const text = randomBytes(1_000).toString('base64');
      texts.set(n, `${text} ${++version}`);
      live.set(n, bodies.keep(Buffer.from(JSON.stringify({ data: { text: `${text} ${version}` } })), TYPE, { uid: `u${n}`, version: String(version), seen: [] }));
    };
    /** What is put together meanwhile is packed in its turn. */
    const quiet = async (): Promise<void> => {
      for (let second = 0; second < 2_000 && bodies.unpackedBytes > 0; second++) {
        clock.advance(1_000);
        await wait(5);
      }
      assert.equal(bodies.unpackedBytes, 0);
    };
    const buffers = async (): Promise<number> => (await heapAfterCollection(), process.memoryUsage().arrayBuffers);
    const before = await buffers();
    // A few change all the time, and each of the others once in between: one of them in every block.
    for (let n = 20; n < 1_000; n++) {
      for (let hot = 0; hot < 60; hot++) change(hot % 20);
      change(n);
      if (n % 50 === 0) await quiet();
    }
    const needed = [...texts.values()].reduce((sum, text) => sum + text.length, 0);
    let held = Number.POSITIVE_INFINITY;
    // Memory outside the heap goes a little later than what held it.
    for (let look = 0; look < 100 && held > needed * 12; look++) {
      await quiet();
      held = (await buffers()) - before;
      await wait(20);
    }
    assert.ok(held <= needed * 12, `${held} bytes are held for ${needed}`);
    for (const [n, body] of live) {
      const text = texts.get(n) ?? '';
      assert.deepEqual([body.uid, body.version, at(body.object, 'data', 'text')], [`u${n}`, text.split(' ')[1], text]);
    }
    bodies.dispose();
  });

  it('hold an object larger than a block', async () => {
    const clock = new FakeClock();
    const bodies = new Bodies(clock, new LiveTexts(), () => []);
    const big = { data: { a: 'x'.repeat(1_500_000) } };
    const body = bodies.keep(Buffer.from(JSON.stringify(big)), TYPE, FACTS);
    const [[small, expected] = []] = [kept(bodies, 1)[0]];
    clock.advance(2_000);
    clock.advance(2_000);
    await packed(bodies);
    assert.deepEqual([body.object, small?.object], [{ ...TYPE, ...big }, expected]);
    bodies.dispose();
  });

  it('say so when the server sent what is not JSON, each time and only for that one', () => {
    const bodies = new Bodies(new FakeClock(), new LiveTexts(), () => []);
    const broken = bodies.keep(Buffer.from('{"metadata":{"name":"a"},}'), TYPE, FACTS);
    const list = bodies.keep(Buffer.from('[1]'), TYPE, FACTS);
    const [[whole, expected] = []] = [kept(bodies, 1)[0]];
    for (let i = 0; i < 2; i++) {
      assert.throws(() => broken.object, SyntaxError);
      assert.throws(() => list.object, SyntaxError);
    }
    assert.deepEqual(whole?.object, expected);
    bodies.dispose();
  });
});
