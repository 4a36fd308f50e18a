import type { IncomingHttpHeaders } from 'node:http';
import { join } from 'node:path';
import type { Disposable } from '../base/lifetime';
import { ClusterError } from './errors';
import { hostOf, stopped, transportFailure } from './failure';
import { LiveTexts } from './live-texts';
import { lineTo, type Line } from './thread';
import { AHEAD, type End, type Failure, type FromWire, type Part, type PoolOptions, type ToWire, type WireRequest } from './wire-messages';

/** The build puts the thread beside the bundle that this is part of. */
const BUILT = join(__dirname, 'wire.cjs');

export interface WireAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Empty where it comes in parts. */
  readonly body: Buffer;
  /** Nothing of the body was left out. */
  readonly whole: boolean;
  /** What a list or a watch brings; must be read or stopped. */
  readonly parts: Parts | undefined;
}

/** A body that comes in parts. */
export interface Parts {
  /**
   * Hands over each part, waits as long as it is told to, and ends as the body does. `spare` gives back a block that nobody
   * needs, where there is one. Rejects with `ClusterError`, or with what `take` failed with.
   */
  each(take: (part: Part) => Promise<void>, spare: () => Uint8Array<ArrayBuffer> | undefined): Promise<End>;
  stop(): void;
}

/**
 * One session's line to the thread in which connections are kept, bytes are deciphered and unpacked, and answers are cut into
 * objects. Every extension of an editor shares the other thread, where the same work makes seconds of stalls: what comes
 * over a socket is memory outside the heap that comes and goes, which has V8 look through all of the heap again and again.
 * Starts at once, and keeps the process only while something is asked. Whom to ask, as whom, and what to make of an answer is not decided there.
 */
export class Wire implements Disposable {
  /** Makes objects of the texts that come. */
  readonly texts: LiveTexts;
  readonly #file: string;
  readonly #line: Line;
  readonly #flows = new Map<number, Flow>();
  #pools = 0;
  #requests = 0;
  /** Why. */
  #ended: string | undefined;

  /** `file`: the built thread. */
  constructor(file = BUILT, texts = new LiveTexts()) {
    this.#file = file;
    this.texts = texts;
    this.#line = lineTo(file, texts.count, why => this.#end(why));
    this.#line.port.on('message', (message: FromWire) => this.#hear(message));
    // Whatever was lost, nobody may wait for it.
    this.#line.port.on('messageerror', () => this.#end('a message was lost'));
    this.#line.port.unref();
  }

  /** Another line, to another thread where that of this one has ended. */
  again(): Wire {
    return new Wire(this.#file, this.texts);
  }

  /** False once the thread is no more, or this line to it. */
  get runs(): boolean {
    return this.#ended === undefined;
  }

  /** Connections of their own; gives their number. */
  open(options: PoolOptions): number {
    this.#pools++;
    this.#say({ kind: 'open', pools: this.#pools, options });
    return this.#pools;
  }

  /** Lets what is in flight end. */
  retire(pools: number): void {
    this.#say({ kind: 'retire', pools });
  }

  /** Breaks every connection of every pool there is. */
  reset(): void {
    this.#say({ kind: 'reset' });
  }

  /** Rejects with `ClusterError`. `onDistrust`: the server's certificate, or ours, was not accepted. */
  send(request: WireRequest, { pools, server, onDistrust }: { readonly pools: number; readonly server: string; readonly onDistrust: () => void }, signal: AbortSignal | undefined): Promise<WireAnswer> {
    const id = ++this.#requests;
    const flow = new Flow(server, signal, {
      more: (parts, spares) => this.#say({ kind: 'more', id, parts, spares }, spares),
      stop: () => this.#say({ kind: 'abort', id }),
      distrust: onDistrust,
      over: () => {
        if (this.#flows.delete(id) && this.#flows.size === 0) this.#line.port.unref();
      },
    });
    if (this.#flows.size === 0) this.#line.port.ref();
    this.#flows.set(id, flow);
    this.#say({ kind: 'send', id, pools, server, request });
    if (this.#ended !== undefined) flow.lost(this.#ended);
    return flow.answer;
  }

  dispose(): void {
    this.#end('the session has ended');
    this.#line.close();
  }

  #hear(message: FromWire): void {
    // The next thread may have begun to count.
    if (this.#ended !== undefined) return;
    if (message.kind === 'part') this.texts.learn(message.part.sets);
    this.#flows.get(message.id)?.hear(message);
  }

  #end(why: string): void {
    this.#ended ??= why;
    for (const flow of [...this.#flows.values()]) flow.lost(this.#ended);
  }

  #say(message: ToWire, given: readonly Uint8Array<ArrayBuffer>[] = []): void {
    if (this.#ended === undefined) this.#line.port.postMessage(message, given.map(({ buffer }) => buffer));
  }
}

/** Parts that are taken before the thread is told so: it must have more to send meanwhile. */
const AT_ONCE = AHEAD / 2;

/** What a request says to the thread. */
interface Sender {
  readonly more: (parts: number, spares: readonly Uint8Array<ArrayBuffer>[]) => void;
  readonly stop: () => void;
  readonly distrust: () => void;
  /** Nothing more is expected. */
  readonly over: () => void;
}

/** One request, until its answer and all of its parts are here. */
class Flow implements Parts {
  readonly answer: Promise<WireAnswer>;
  readonly #server: string;
  readonly #signal: AbortSignal | undefined;
  readonly #sender: Sender;
  readonly #queue: Part[] = [];
  readonly #aborted: () => void;
  /** Parts that were taken since the thread was told so. */
  #unsaid = 0;
  #resolve: (answer: WireAnswer) => void = () => undefined;
  #reject: (error: ClusterError) => void = () => undefined;
  #last: { readonly kind: 'end'; readonly end: End } | { readonly kind: 'failed'; readonly error: ClusterError } | undefined;
  #wake: (() => void) | undefined;

  constructor(server: string, signal: AbortSignal | undefined, sender: Sender) {
    this.#server = server;
    this.#signal = signal;
    this.#sender = sender;
    this.answer = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#aborted = () => {
      sender.stop();
      this.#fail(transportFailure(signal?.reason, server, signal));
    };
    signal?.addEventListener('abort', this.#aborted, { once: true });
  }

  hear(message: FromWire): void {
    switch (message.kind) {
      case 'answer': {
        const { status, headers, body, whole, inParts } = message;
        if (!inParts) this.#over();
        this.#resolve({ status, headers, body: Buffer.from(body.buffer), whole, parts: inParts ? this : undefined });
        return;
      }
      case 'part':
        this.#queue.push(message.part);
        break;
      case 'end':
        this.#over();
        this.#last = message;
        break;
      case 'failed':
        if (message.distrusted) this.#sender.distrust();
        this.#fail(errorOf(message.failure));
        return;
    }
    this.#wake?.();
  }

  /** There is no thread any more. */
  lost(why: string): void {
    this.#fail(new ClusterError('offline', `${hostOf(this.#server)} cannot be reached (${why})`));
  }

  stop(): void {
    if (this.#last) return;
    this.#sender.stop();
    this.#fail(new ClusterError('aborted', 'stopped'));
  }

  async each(take: (part: Part) => Promise<void>, spare: () => Uint8Array<ArrayBuffer> | undefined): Promise<End> {
    try {
      for (;;) {
        this.#signal?.throwIfAborted();
        const part = this.#queue.shift();
        if (part) {
          await take(part);
          this.#taken(spare);
        } else if (!this.#last) {
          await new Promise<void>(resolve => (this.#wake = resolve));
        } else if (this.#last.kind === 'end') {
          return this.#last.end;
        } else {
          throw this.#last.error;
        }
      }
    } catch (error) {
      this.stop();
      throw this.#signal?.aborted === true ? stopped(this.#signal) : error;
    }
  }

  /** Said for several at once: to wake the other thread takes longer than what it is told. */
  #taken(spare: () => Uint8Array<ArrayBuffer> | undefined): void {
    if (++this.#unsaid < AT_ONCE) return;
    const spares: Uint8Array<ArrayBuffer>[] = [];
    for (let i = 0; i < this.#unsaid; i++) {
      const one = spare();
      if (one) spares.push(one);
    }
    this.#sender.more(this.#unsaid, spares);
    this.#unsaid = 0;
  }

  /** What came before it is still handed over, unless it was stopped by who reads it. */
  #fail(error: ClusterError): void {
    this.#over();
    this.#last ??= { kind: 'failed', error };
    this.#reject(error);
    this.#wake?.();
  }

  #over(): void {
    this.#signal?.removeEventListener('abort', this.#aborted);
    this.#sender.over();
  }
}

const errorOf = ({ kind, message, status, answer }: Failure): ClusterError => new ClusterError(kind, message, { ...(status !== undefined && { status }), ...(answer && { answer }) });
