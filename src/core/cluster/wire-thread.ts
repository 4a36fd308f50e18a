import type { Readable } from 'node:stream';
import { parentPort, type MessagePort } from 'node:worker_threads';
import { createGunzip } from 'node:zlib';
import { isCertificateFailure, isPage, transportFailure } from './failure';
import { FieldSetCutter } from './field-sets';
import { Packer } from './packer';
import { Pools } from './pools';
import type { Introduction } from './thread';
import { readList, readWatch, type Outlet } from './wire-readers';
import { AHEAD, MAX_BODY_BYTES, type End, type FromWire, type Reading, type ToWire } from './wire-messages';

/** Everything between the socket and the bytes of one object, in a thread of its own: see `Wire`. */

/** Error bodies are read up to this many bytes. */
const MAX_ERROR_BYTES = 256 * 1024;
/** Blocks that are kept to be filled anew. */
const MAX_SPARE = 64;

/** One request, from its beginning until nothing more of it comes. */
class Flow {
  readonly #abort = new AbortController();
  #room = AHEAD;
  #wake: (() => void) | undefined;

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** So many parts were taken. */
  more(parts: number): void {
    this.#room += parts;
    this.#wake?.();
  }

  stop(): void {
    this.#abort.abort();
    this.#wake?.();
  }

  /** Fulfilled once one more part may be sent; rejects when the request was ended. */
  async room(): Promise<void> {
    while (this.#room === 0 && !this.signal.aborted) await new Promise<void>(resolve => (this.#wake = resolve));
    this.signal.throwIfAborted();
    this.#room--;
  }
}

/** The other end of a `Wire`. */
class FarEnd {
  readonly #port: MessagePort;
  readonly #pools = new Map<number, Pools>();
  readonly #flows = new Map<number, Flow>();
  readonly #spare: Uint8Array<ArrayBuffer>[] = [];
  readonly #cutter: FieldSetCutter;

  constructor({ port, sets }: Introduction) {
    this.#port = port;
    this.#cutter = new FieldSetCutter(sets);
    port.on('message', (message: ToWire) => this.#hear(message));
    port.on('close', () => this.#close());
  }

  #hear(message: ToWire): void {
    switch (message.kind) {
      case 'open':
        this.#pools.set(message.pools, new Pools(message.options));
        return;
      case 'send':
        void this.#serve(message);
        return;
      case 'abort':
        this.#flows.get(message.id)?.stop();
        return;
      case 'more':
        for (const spare of message.spares) if (this.#spare.length < MAX_SPARE) this.#spare.push(spare);
        this.#flows.get(message.id)?.more(message.parts);
        return;
      case 'retire':
        this.#end(message.pools, pools => pools.close());
        return;
      case 'reset':
        this.#reset();
        return;
    }
  }

  /** The session has ended. */
  #close(): void {
    for (const flow of this.#flows.values()) flow.stop();
    this.#reset();
  }

  #reset(): void {
    for (const number of this.#pools.keys()) this.#end(number, pools => pools.destroy());
  }

  #end(number: number, how: (pools: Pools) => Promise<void>): void {
    const pools = this.#pools.get(number);
    const gone = (): void => void this.#pools.delete(number);
    if (pools) how(pools).then(gone, gone);
  }

  /** Never rejects: what goes wrong is told. */
  async #serve({ id, pools: number, server, request }: ToWire & { readonly kind: 'send' }): Promise<void> {
    const flow = new Flow();
    this.#flows.set(id, flow);
    try {
      const pools = this.#pools.get(number);
      if (!pools) throw Object.assign(new Error('these connections have ended'), { code: 'UND_ERR_DESTROYED' });
      const answer = await pools.request(request, flow.signal);
      // Whoever reads the body is told of an error; a body that is thrown away must not end the thread with it.
      answer.body.on('error', () => undefined);
      const { statusCode: status, headers } = answer;
      const body = headers['content-encoding'] === 'gzip' ? unzipped(answer.body) : answer.body;
      const { reading } = request;
      if (status < 300 && isPage(headers)) {
        body.destroy();
        this.#say({ kind: 'answer', id, status, headers, body: new Uint8Array(0), whole: false, inParts: false });
        return;
      }
      if (status >= 300 || reading.kind === 'whole') {
        const read = await textOf(body, status < 300 ? MAX_BODY_BYTES : MAX_ERROR_BYTES);
        this.#say({ kind: 'answer', id, status, headers, ...read, inParts: false }, read.body);
        return;
      }
      this.#say({ kind: 'answer', id, status, headers, body: new Uint8Array(0), whole: true, inParts: true });
      const end = await this.#read(id, body, reading, flow);
      this.#say({ kind: 'end', id, end });
    } catch (error) {
      const { kind, message, status, answer } = transportFailure(error, server, flow.signal);
      if (!flow.signal.aborted) this.#say({ kind: 'failed', id, failure: { kind, message, status, answer }, distrusted: isCertificateFailure(error) });
    } finally {
      this.#flows.delete(id);
    }
  }

  async #read(id: number, body: Readable, reading: Reading & { readonly kind: 'list' | 'watch' }, flow: Flow): Promise<End> {
    const packer = new Packer(this.#spare, this.#cutter);
    const flush = async (): Promise<void> => {
      await flow.room();
      const part = packer.take();
      this.#say({ kind: 'part', id, part }, part.block);
    };
    const outlet: Outlet = { packer, flush };
    return reading.kind === 'list' ? readList(body, reading, outlet) : readWatch(body, reading, outlet);
  }

  /** The bytes are given away, not copied. */
  #say(message: FromWire, bytes?: Uint8Array<ArrayBuffer>): void {
    this.#port.postMessage(message, bytes ? [bytes.buffer] : []);
  }
}

/** `whole` unless it is larger than that. */
async function textOf(body: Readable, limit: number): Promise<{ readonly body: Uint8Array<ArrayBuffer>; readonly whole: boolean }> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    const bytes = chunk as Buffer;
    if (size + bytes.length > limit) return { body: joined(chunks, size), whole: false };
    chunks.push(bytes);
    size += bytes.length;
  }
  return { body: joined(chunks, size), whole: true };
}

/** In memory of its own, so that it can be given away. */
function joined(chunks: readonly Buffer[], size: number): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}

function unzipped(body: Readable): Readable {
  const gunzip = createGunzip();
  gunzip.on('error', () => undefined);
  body.on('error', error => gunzip.destroy(error));
  gunzip.on('close', () => body.destroy());
  return body.pipe(gunzip);
}

parentPort?.on('message', (introduction: Introduction) => new FarEnd(introduction));
