import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { Transport } from '../../../src/core/cluster/transport';
import { Wire, type Parts } from '../../../src/core/cluster/wire';
import type { Part, Reading } from '../../../src/core/cluster/wire-messages';
import { wireThread } from '../../bench/wire';
import { eventually, failureOf } from './open';

const TYPE = { apiVersion: 'v1', kind: 'ConfigMap' };
const LIST: Reading = { kind: 'list', type: TYPE, what: 'reading' };
const WATCH: Reading = { kind: 'watch', what: 'watching' };
const none = (): undefined => undefined;
const all = (part: Part): string[] => part.ends.map((end, i) => Buffer.from(part.block).toString('utf8', part.ends[i - 1] ?? 0, end));

const taking = (take: (part: Part) => unknown) => (part: Part): Promise<void> => {
  take(part);
  return Promise.resolve();
};

/** The real thread, over real sockets: what the server does is the fault. */
describe('the thread that reads from the network', function () {
  this.timeout(60_000);
  let server: Server;
  let answer: (response: ServerResponse, path: string) => void = response => void response.end('{}');
  let open = 0;
  let url = '';
  const wires: (Wire | Transport)[] = [];

  before(async () => {
    server = createServer(({ url: path = '' }, response) => answer(response, path)).listen(0, '127.0.0.1');
    server.on('connection', socket => {
      open++;
      socket.on('close', () => open--);
    });
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(async () => {
    for (const wire of wires.splice(0)) wire.dispose();
    await eventually('no connection is left', () => open === 0, 30_000);
  });
  after(() => void server.close());

  /** A failure of the server shows as a connection that breaks off. */
  function serve(how: (response: ServerResponse) => Promise<void>): void {
    answer = response => void how(response).catch(() => response.destroy());
  }
  async function transport(file?: string): Promise<Transport> {
    const entry = { name: 'c', server: url, ca: undefined, insecure: false, tlsServerName: undefined, proxyUrl: undefined, execConfig: undefined };
    const made = new Transport(entry, {}, new Wire(file ?? (await wireThread())));
    wires.push(made);
    return made;
  }
  async function parts(of: Transport, reading: Reading, signal?: AbortSignal): Promise<Parts> {
    const { parts: found } = await of.send({ method: 'GET', path: '/', headers: {}, reading }, undefined, signal);
    assert.ok(found);
    return found;
  }

  it('gives the texts of a list and the events of a watch, in order, however their bytes come', async () => {
    const items = Array.from({ length: 300 }, (_, i) => `{"metadata":{"name":"größe-${i}","uid":"u${i}","resourceVersion":"${i}"},"data":{"a":"${'x'.repeat((i * 331) % 2_000)}"}}`);
    serve(async response => {
      const bytes = Buffer.from(`{"kind":"ConfigMapList","metadata":{"resourceVersion":"5","continue":"more"},"items":[${items.join()}]}`);
      for (let at = 0; at < bytes.length; at += 1_777) {
        response.write(bytes.subarray(at, at + 1_777));
        if (at % 20 === 0) await wait(1);
      }
      response.end();
    });
    const own = await transport();
    const listed: string[] = [];
    const ids: string[] = [];
    const end = await (await parts(own, LIST)).each(taking(part => {
      listed.push(...all(part));
      ids.push(...part.ids);
    }), none);
    assert.deepEqual(listed, items);
    assert.deepEqual([ids[3], ids.length, end], ['/ConfigMap//größe-3', 300, { version: '5', next: 'more' }]);
    answer = response => void response.end(items.map(item => `{"type":"MODIFIED","object":{"apiVersion":"v1","kind":"ConfigMap",${item.slice(1)}}\n`).join(''));
    const events: string[] = [];
    await (await parts(own, WATCH)).each(taking(part => events.push(...all(part))), none);
    assert.deepEqual(events, items.map(item => `{"apiVersion":"v1","kind":"ConfigMap",${item.slice(1)}`));
  });

  it('unpacks what comes compressed, and takes what breaks off, or is none, for a failure', async () => {
    const items = Array.from({ length: 200 }, (_, i) => `{"metadata":{"name":"n${i}","uid":"u${i}","resourceVersion":"${i}"},"data":{"a":"${'x'.repeat(i * 7)}"}}`);
    const whole = gzipSync(`{"metadata":{"resourceVersion":"5"},"items":[${items.join()}]}`);
    const own = await transport();
    const texts = async (bytes: Buffer): Promise<string[]> => {
      serve(async response => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
        for (let at = 0; at < bytes.length; at += 333) {
          response.write(bytes.subarray(at, at + 333));
          await wait(1);
        }
        response.end();
      });
      const listed: string[] = [];
      await (await parts(own, LIST)).each(taking(part => listed.push(...all(part))), none);
      return listed;
    };
    assert.deepEqual(await texts(whole), items);
    for (const bytes of [whole.subarray(0, whole.length / 2), whole.subarray(0, -9), Buffer.concat([whole.subarray(0, 40), Buffer.alloc(200, 7)]), Buffer.from('{"items":[]}')]) assert.equal((await failureOf(texts(bytes))).kind, 'offline');
    assert.deepEqual(await texts(whole), items);
  });

  it('takes from the connection no more than is asked for', async () => {
    const item = `{"metadata":{"name":"a","uid":"u","resourceVersion":"1"},"data":{"a":"${'x'.repeat(60_000)}"}}`;
    const COUNT = 2_000;
    let written = 0;
    serve(async response => {
      response.write(`{"metadata":{"resourceVersion":"5"},"items":[${item}`);
      for (; written < COUNT - 1; written++) if (!response.write(`,${item}`)) await once(response, 'drain');
      response.end(']}');
    });
    let go = none as () => void;
    const gate = new Promise<void>(resolve => (go = resolve));
    let taken = 0;
    const reading = (await parts(await transport(), LIST)).each(async part => {
      taken += part.ids.length;
      await gate;
    }, none);
    await eventually('something has come', () => taken > 0);
    let before = -1;
    await eventually('the server is held back', async () => {
      const still = written === before;
      before = written;
      await wait(300);
      return still && written === before;
    }, 30_000);
    // What systems and sockets hold of a connection, and the parts on their way.
    assert.ok(written < COUNT / 2, `${written} objects were sent`);
    go();
    await reading;
    assert.equal(taken, COUNT);
  });

  it('takes no list and no watch for one whose objects have no end, and lets go of what it has of them', async () => {
    const own = await transport();
    const piece = 'x'.repeat(1024 * 1024);
    for (const [reading, beginning] of [[LIST, '{"metadata":{"resourceVersion":"5"},"items":[{"a":"'], [LIST, '{"a":"'], [WATCH, '{"type":"ADDED","object":{"a":"']] as const) {
      let sent = 0;
      serve(async response => {
        response.write(beginning);
        const closed = once(response, 'close');
        for (; sent < 1_000 && !response.destroyed; sent++) if (!response.write(piece)) await Promise.race([once(response, 'drain'), closed]);
      });
      const { kind, message } = await failureOf((await parts(own, reading)).each(() => Promise.resolve(), none));
      assert.equal(kind, 'badAnswer');
      assert.match(message, /^(reading: an object|watching: an event) is larger than 64 MB$/);
      assert.ok(sent < 200, `${sent} MB were taken`);
    }
    await eventually('no connection is left', () => open === 0);
  });

  it('breaks a connection at once when its request is stopped, whether it waits for an answer, for more, or to be taken', async () => {
    const own = await transport();
    let asking: ServerResponse | undefined;
    answer = response => void (asking = response);
    const waiting = new AbortController();
    const asked = failureOf(own.send({ method: 'GET', path: '/', headers: {}, reading: { kind: 'whole' } }, undefined, waiting.signal));
    await eventually('it is asked', () => asking !== undefined);
    waiting.abort();
    assert.deepEqual([(await asked).kind, (await asked).message], ['aborted', 'stopped']);
    await eventually('the connection is closed', () => asking?.closed === true);

    answer = response => void (asking = response).write('{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"3"}}}\n');
    const watching = new AbortController();
    const versions: unknown[] = [];
    const watch = failureOf((await parts(own, WATCH, watching.signal)).each(taking(part => versions.push(...part.versions)), none));
    await eventually('an event has come', () => versions.length === 1);
    watching.abort();
    assert.equal((await watch).kind, 'aborted');
    await eventually('the watch is closed', () => asking?.closed === true);

    const flood = `{"type":"ADDED","object":{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{"a":"${'x'.repeat(60_000)}"}}}\n`;
    serve(async response => {
      asking = response;
      const closed = once(response, 'close');
      for (let i = 0; i < 10_000 && !response.destroyed; i++) if (!response.write(flood)) await Promise.race([once(response, 'drain'), closed]);
    });
    const slow = await parts(own, WATCH);
    await wait(200);
    slow.stop();
    assert.equal((await failureOf(slow.each(() => Promise.resolve(), none))).kind, 'aborted');
    await eventually('the flood is closed', () => asking?.closed === true, 30_000);
  });

  it('hands on what the one who takes the parts failed with, as it is: no fault of the network, and the connection is closed', async () => {
    const own = await transport();
    answer = response => void response.write('{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"3"}}}\n');
    const mistake = new TypeError('a mistake');
    await assert.rejects((await parts(own, WATCH)).each(() => Promise.reject(mistake), none), error => error === mistake);
    await eventually('no connection is left', () => open === 0);
  });

  it('goes on with the next request after one that ended badly', async () => {
    const own = await transport();
    answer = (response, path) => (path === '/bad' ? void response.socket?.destroy() : void response.end('{"a":1}'));
    const ask = (path: string): ReturnType<Transport['send']> => own.send({ method: 'GET', path, headers: {}, reading: { kind: 'whole' } }, undefined, undefined);
    const failure = await failureOf(ask('/bad'));
    assert.deepEqual([failure.kind, failure.message], ['offline', `${url.slice('http://'.length)} closed the connection`]);
    assert.equal((await ask('/good')).body.toString(), '{"a":1}');
  });

  it('that cannot be started, or ends, is offline, in words that quote nothing; the next request has one of its own', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'plumbline-wire-'));
    try {
      const file = join(folder, 'broken.cjs');
      await writeFile(file, 'throw new Error("a secret")');
      const broken = await transport(file);
      const ask = (): ReturnType<Transport['send']> => broken.send({ method: 'GET', path: '/', headers: {}, reading: { kind: 'whole' } }, undefined, undefined);
      for (let i = 0; i < 2; i++) {
        const failure = await failureOf(ask());
        assert.deepEqual([failure.kind, failure.message], ['offline', `${url.slice('http://'.length)} cannot be reached (Error)`]);
      }
      await writeFile(file, `require(${JSON.stringify(await wireThread())})`);
      answer = response => void response.end('{"a":1}');
      assert.equal((await ask()).body.toString(), '{"a":1}');
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  for (const [phase, path] of [['waits for an answer', '/silent'], ['reads a list', '/half-list'], ['watches', '/watch']] as const) {
    it(`dies while a request ${phase}: that one is offline, and the next one has a thread of its own`, async () => {
      const folder = await mkdtemp(join(tmpdir(), 'plumbline-wire-'));
      try {
        const file = join(folder, 'mortal.cjs');
        await writeFile(file, `require(${JSON.stringify(await wireThread())});\nrequire('node:worker_threads').parentPort.on('message', ({ port }) => port.on('message', ({ request }) => { if (request && request.path === '/die') process.exit(); }));`);
        const own = await transport(file);
        let asked = false;
        answer = (response, asking) => {
          asked = true;
          if (asking === '/half-list') response.write('{"metadata":{"resourceVersion":"5"},"items":[');
          else if (asking === '/watch') response.write('{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"3"}}}\n');
          else if (asking !== '/silent') response.end('{"a":1}');
        };
        const reading = path === '/silent' ? ({ kind: 'whole' } as const) : path === '/watch' ? WATCH : LIST;
        const asking = own.send({ method: 'GET', path, headers: {}, reading }, undefined, undefined);
        const ended = failureOf(path === '/silent' ? asking : asking.then(({ parts: found }) => found?.each(() => Promise.resolve(), none)));
        await eventually('it is asked', () => asked);
        if (path !== '/silent') await asking;
        const killed = failureOf(own.send({ method: 'GET', path: '/die', headers: {}, reading: { kind: 'whole' } }, undefined, undefined));
        for (const failure of [await ended, await killed]) assert.deepEqual([failure.kind, failure.message], ['offline', `${url.slice('http://'.length)} cannot be reached (the thread ended)`]);
        const anew = await Promise.all(Array.from({ length: 5 }, () => own.send({ method: 'GET', path: '/', headers: {}, reading: { kind: 'whole' } }, undefined, undefined)));
        assert.deepEqual(anew.map(({ body }) => body.toString()), Array.from({ length: 5 }, () => '{"a":1}'));
      } finally {
        await rm(folder, { recursive: true });
      }
    });
  }

  it('sends every request, whichever logins take turns: none meets connections that the one before it has let go of', async () => {
    const own = await transport();
    answer = response => void response.end('{"a":1}');
    const certificates = ['one', 'two', 'three'].map(cert => ({ cert, key: cert }));
    const answers = await Promise.all(Array.from({ length: 60 }, (_, n) => own.send({ method: 'GET', path: '/', headers: {}, reading: { kind: 'whole' } }, certificates[n % 3], undefined)));
    assert.ok(answers.every(({ status }) => status === 200));
  });

  it('sends each field set once, whichever request brings it, and the thread after it goes on', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'plumbline-wire-'));
    try {
      const file = join(folder, 'mortal.cjs');
      await writeFile(file, `require(${JSON.stringify(await wireThread())}); require('node:worker_threads').parentPort.on('message', ({ port }) => port.on('message', ({ request }) => { if (request?.path === '/end') throw new Error('it ends') }))`);
      const own = await transport(file);
      const fields = (i: number): string => JSON.stringify({ 'f:data': Object.fromEntries(Array.from({ length: 40 }, (_, k) => [`f:key-${k}-of-${i}`, {}])) });
      const item = (i: number): string => `{"metadata":{"name":"a-${i}","uid":"u","resourceVersion":"1","managedFields":[{"manager":"m","fieldsV1":${fields(i % 5)}}]},"data":{"i":"${i}"}}`;
      const items = Array.from({ length: 400 }, (_, i) => item(i));
      answer = (response, path) => void response.end(path === '/' ? `{"metadata":{"resourceVersion":"5"},"items":[${items.join()}]}` : items.map(one => `{"type":"ADDED","object":{"apiVersion":"v1","kind":"ConfigMap",${one.slice(1)}}\n`).join(''));
      const read = async (path: string, reading: Reading): Promise<{ readonly bytes: number; readonly texts: readonly string[] }> => {
        const { parts: found } = await own.send({ method: 'GET', path, headers: {}, reading }, undefined, undefined);
        assert.ok(found);
        const texts: string[] = [];
        await found.each(taking(part => texts.push(...all(part))), none);
        return { bytes: texts.join('').length, texts };
      };
      const kept: string[] = [];
      for (let thread = 1; thread <= 3; thread++) {
        const both: readonly Awaited<ReturnType<typeof read>>[] = await Promise.all([read('/', LIST), read('/events', WATCH)]);
        for (const { bytes, texts } of both) {
          assert.equal(texts.length, items.length);
          assert.ok(bytes < 0.3 * items.join('').length, `${bytes} bytes`);
          kept.push(...texts);
        }
        assert.equal(own.texts.count, 5 * thread, 'what another thread had told is told anew, with numbers of its own');
        assert.equal((await failureOf(own.send({ method: 'GET', path: '/end', headers: {}, reading: { kind: 'whole' } }, undefined, undefined))).kind, 'offline');
      }
      for (const [i, text] of kept.entries()) assert.deepEqual(own.texts.object(text, TYPE), { ...TYPE, ...(JSON.parse(items[i % items.length] ?? '') as object) });
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('ends with its session, and so does what is in flight; another session goes on', async () => {
    const [own, other] = [await transport(), await transport()];
    let answered: ServerResponse | undefined;
    answer = response => void (answered = response).write('{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"3"}}}\n');
    const heard: unknown[] = [];
    const others = failureOf((await parts(other, WATCH)).each(taking(({ versions }) => heard.push(...versions)), none));
    await eventually('the other has heard something', () => heard.length === 1);
    const stream = answered;
    const watch = await parts(own, WATCH);
    own.dispose();
    assert.equal((await failureOf(watch.each(() => Promise.resolve(), none))).kind, 'offline');
    assert.equal((await failureOf(own.send({ method: 'GET', path: '/', headers: {}, reading: WATCH }, undefined, undefined))).kind, 'aborted');
    await eventually('only the connection of the other is left', () => open === 1, 30_000);
    stream?.write('{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"4"}}}\n');
    await eventually('it hears on', () => heard.length === 2);
    assert.deepEqual(heard, ['3', '4']);
    other.dispose();
    await eventually('no connection is left', () => open === 0, 30_000);
    await others;
  });
});
