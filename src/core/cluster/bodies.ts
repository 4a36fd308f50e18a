import { promisify } from 'node:util';
import { constants, deflateRaw, inflateRaw, inflateRawSync } from 'node:zlib';
import type { Clock } from '../base/clock';
import type { Disposable } from '../base/lifetime';
import { asLive, type Live } from '../kube/live';
import type { Sighting } from './api';
import type { LiveTexts, TypeOf } from './live-texts';
import { seenBy, type Transition } from './sighting';
import { uidAt, versionAt, VersionNames, type Page } from './version-names';
import { BLOCK, type Part } from './wire-messages';

const [deflate, inflate] = [promisify(deflateRaw), promisify(inflateRaw)];

/** Bytes of text that may lie about unpacked while much is being read; beyond that the oldest are packed at once. */
const ROOM = 40 * 1024 * 1024;
/** Milliseconds after which what is there is packed; what is being read is judged by then. */
const QUIET_MS = 1_000;
/** So often packing waits for those who add or look, so that nothing is packed that is about to be judged; never for ever. */
const PATIENCE = 8;
/** Unpacked blocks that are kept for whoever asks for their neighbours. */
const UNPACKED = 32;

/** Bytes of text that watches bring before it is looked which of them are still needed; and the part of a block below which what is needed is put with others. */
const STREWN = 16 * 1024 * 1024;
const SPARSE = 0.25;

/** Bytes that zlib fills at a time when it packs: a block becomes a tenth of what it was. What of them it does not need is garbage. */
const PACKED = 8 * 1024;
/** Bytes; zlib takes no less. */
const SMALLEST_CHUNK = 64;

export interface BodyFacts {
  readonly uid: string | undefined;
  /** The resourceVersion. */
  readonly version: string | undefined;
  /** What watches saw of it, or what the last of them has to be compared with in order to know. */
  readonly seen: readonly Sighting[] | Transition;
}

/** One version of one live object. The object itself is made of its text whenever somebody asks: 10,000 of them as objects would be 100 MB. */
export class Body {
  #seen: readonly Sighting[] | Transition;
  readonly #type: TypeOf;
  #block: Block;
  #start: number;
  #end: number;
  #page: Page;
  /** In the page. */
  #name: number;

  constructor(type: TypeOf, block: Block, [start, end]: readonly [number, number], { uid, version, seen }: BodyFacts) {
    const { names } = block.bodies;
    this.#seen = seen;
    this.#type = type;
    this.#block = block;
    this.#start = start;
    this.#end = end;
    this.#name = names.add(uid, version);
    this.#page = names.page;
  }

  get kind(): 'present' {
    return 'present';
  }

  get uid(): string | undefined {
    return uidAt(this.#page, this.#name);
  }

  get version(): string | undefined {
    return versionAt(this.#page, this.#name);
  }

  get block(): Block {
    return this.#block;
  }

  /** Bytes of its text. */
  get length(): number {
    return this.#end - this.#start;
  }

  /** From now on its text lies elsewhere; `text` is that of its block. */
  move(text: Buffer, put: (text: Buffer) => readonly [block: Block, start: number]): void {
    const { uid, version, length } = this;
    [this.#block, this.#start] = put(text.subarray(this.#start, this.#end));
    this.#end = this.#start + length;
    const { names } = this.#block.bodies;
    this.#name = names.add(uid, version);
    this.#page = names.page;
  }

  /** Worked out when somebody asks: it takes both versions, and unpacking what lies around them. */
  get seen(): readonly Sighting[] {
    return (this.#seen = 'before' in this.#seen ? seenBy(this.#seen, this) : this.#seen);
  }

  /** Lets go of the version before it, so that never more than two are held. */
  settle(): void {
    if ('before' in this.#seen) this.#seen = seenBy(this.#seen, this);
  }

  /** Throws `SyntaxError` when what the server sent is not JSON. */
  get object(): Live {
    const { bodies } = this.#block;
    return bodies.objectOf(this, () => asLive(bodies.texts.object(bodies.textOf(this.#block).toString('utf8', this.#start, this.#end), this.#type)));
  }
}

/** Keeps texts that came together. */
interface Place {
  readonly keep: (start: number, end: number, type: TypeOf, facts: BodyFacts) => Body;
  /** All that will be kept is. */
  readonly done: () => void;
}

/** Some bodies' texts, one after another; plain until they are packed. */
class Block {
  readonly bodies: Bodies;
  text: Buffer<ArrayBuffer> | undefined;
  packed: Buffer | undefined;
  used = 0;

  constructor(bodies: Bodies, text: Buffer<ArrayBuffer>) {
    this.bodies = bodies;
    this.text = text;
  }
}

/**
 * The texts of all live objects of a session, packed as soon as nobody has looked for a while: a twentieth of what they
 * were, outside the heap. Nothing is left out of them, so that any question may still be asked.
 */
export class Bodies implements Disposable {
  readonly texts: LiveTexts;
  readonly names = new VersionNames();
  readonly #clock: Clock;
  #open = new Block(this, Buffer.allocUnsafeSlow(BLOCK));
  /** Of blocks that were packed while more is read: memory outside the heap that comes and goes has V8 look through all of the heap again and again. */
  readonly #spare: Buffer<ArrayBuffer>[] = [];
  /** Full and not packed yet, oldest first, and their bytes. */
  readonly #full: Block[] = [];
  #bytes = 0;
  /** How many of them may stay. */
  #goal = ROOM;
  #packing: Promise<void> | undefined;
  #timer: Disposable | undefined;
  /** Since the timer was armed something was added or looked at. */
  #busy = false;
  /** How often in a row packing was put off for it. */
  #putOff = 0;
  readonly #unpacked = new Map<Block, Buffer>();
  #last: { readonly body: Body; readonly object: Live } | undefined;
  readonly #alive: () => Iterable<Body>;
  /** Bytes that were kept one by one since it was looked which of them are needed. */
  #strewn = 0;
  #sweeping = false;
  #ended = false;

  /** `alive`: all bodies that somebody may still ask for. */
  constructor(clock: Clock, texts: LiveTexts, alive: () => Iterable<Body>) {
    this.#clock = clock;
    this.texts = texts;
    this.#alive = alive;
  }

  keep(text: Buffer, type: TypeOf, facts: BodyFacts): Body {
    const [block, start] = this.#put(text);
    this.#strewn += text.length;
    return new Body(type, block, [start, block.used], facts);
  }

  #put(text: Buffer): readonly [block: Block, start: number] {
    if (this.#open.used + text.length > (this.#open.text?.length ?? 0)) this.#close(Math.max(BLOCK, text.length));
    const block = this.#open;
    const start = block.used;
    if (block.text) text.copy(block.text, start);
    block.used += text.length;
    this.#used();
    return [block, start];
  }

  /**
   * Where texts that came together are kept: where they lie, when most of the block is to be kept, which is ours then; copied out of it
   * otherwise. `kept`: how many bytes of it will be.
   */
  place({ block, ends }: Pick<Part, 'block' | 'ends'>, kept: number): Place {
    const text = Buffer.from(block.buffer, block.byteOffset, block.length);
    if (kept * 2 < Math.max(block.length, BLOCK)) {
      const done = (): void => {
        if (text.length === BLOCK) this.#spare.push(text);
      };
      return { keep: (start, end, type, facts) => this.keep(text.subarray(start, end), type, facts), done };
    }
    const taken = new Block(this, text);
    taken.used = ends.at(-1) ?? 0;
    this.#fill(taken);
    this.#used();
    return { keep: (start, end, type, facts) => new Body(type, taken, [start, end], facts), done: () => undefined };
  }

  /** A block that may be filled anew, by whoever takes it. */
  spare(): Uint8Array<ArrayBuffer> | undefined {
    return this.#spare.pop();
  }

  /** Bytes of text that are not packed yet. */
  get unpackedBytes(): number {
    return this.#bytes + this.#open.used;
  }

  /** Wait for it, where it is defined, before adding more: packing has fallen behind. */
  room(): Promise<void> | undefined {
    return this.#bytes > ROOM ? this.#packing : undefined;
  }

  /** One object is mostly asked for several times in a row. */
  objectOf(body: Body, make: () => Live): Live {
    if (this.#last?.body !== body) this.#last = { body, object: make() };
    return this.#last.object;
  }

  textOf(block: Block): Buffer {
    if (block.text) {
      this.#busy = true;
      return block.text;
    }
    let text = this.#unpacked.get(block);
    if (text) this.#unpacked.delete(block);
    // In one piece: what zlib puts together of several is garbage, and much of it.
    else text = inflateRawSync(block.packed ?? Buffer.alloc(0), { chunkSize: Math.max(SMALLEST_CHUNK, block.used) });
    this.#unpacked.set(block, text);
    const oldest = this.#unpacked.keys().next();
    if (this.#unpacked.size > UNPACKED && !oldest.done) this.#unpacked.delete(oldest.value);
    return text;
  }

  dispose(): void {
    this.#ended = true;
    this.#timer?.dispose();
    this.#timer = undefined;
    this.#full.length = 0;
    this.#spare.length = 0;
    this.#unpacked.clear();
    this.#last = undefined;
  }

  #close(next: number): void {
    if (this.#open.used > 0) this.#fill(this.#open);
    this.#open = new Block(this, (next === BLOCK ? this.#spare.pop() : undefined) ?? Buffer.allocUnsafeSlow(next));
  }

  #fill(block: Block): void {
    this.#full.push(block);
    this.#bytes += block.used;
    if (this.#bytes > ROOM) this.#pack(ROOM);
  }

  #used(): void {
    this.#busy = true;
    this.#arm();
  }

  #arm(): void {
    this.#timer ??= this.#clock.after(QUIET_MS, () => {
      this.#timer = undefined;
      const busy = this.#busy;
      this.#busy = false;
      if (busy) this.#arm();
      else this.#close(BLOCK);
      if (busy && ++this.#putOff < PATIENCE) return;
      this.#putOff = 0;
      this.#unpacked.clear();
      this.#last = undefined;
      this.texts.forget();
      this.#pack(0);
      // What cannot be unpacked stays where it is.
      if (this.#strewn > STREWN && !this.#sweeping) this.#sweep().catch(() => undefined);
    });
  }

  /**
   * A block is held as long as one of its texts is needed. With watches that never end most of it is of versions that are
   * gone: what is needed of such blocks is put together, and they go.
   */
  async #sweep(): Promise<void> {
    this.#sweeping = true;
    this.#strewn = 0;
    try {
      for (const [block, bodies] of this.#sparse()) {
        const text = block.text ?? (await inflate(block.packed ?? Buffer.alloc(0), { chunkSize: Math.max(SMALLEST_CHUNK, block.used) }));
        if (this.#ended) return;
        for (const body of bodies) body.move(text, part => this.#put(part));
      }
    } finally {
      this.#sweeping = false;
    }
  }

  /** Blocks of which little is needed, with what that is. */
  #sparse(): Map<Block, Body[]> {
    const found = new Map<Block, Body[]>();
    for (const body of this.#alive()) {
      const others = found.get(body.block);
      if (others) others.push(body);
      else found.set(body.block, [body]);
    }
    for (const [block, bodies] of found) if (block === this.#open || bodies.reduce((sum, { length }) => sum + length, 0) > block.used * SPARSE) found.delete(block);
    return found;
  }

  /** One block at a time, outside this thread, until no more than so many bytes are left. */
  #pack(goal: number): void {
    this.#goal = Math.min(this.#goal, goal);
    this.#packing ??= this.#packDown().finally(() => {
      if (this.#goal === 0) this.#spare.length = 0;
      this.#goal = ROOM;
      this.#packing = undefined;
    });
  }

  async #packDown(): Promise<void> {
    while (this.#bytes > this.#goal) {
      const block = this.#full.shift();
      if (!block?.text) return;
      const packed = await deflate(block.text.subarray(0, block.used), { level: constants.Z_BEST_SPEED, chunkSize: PACKED });
      // What zlib hands out is a small part of a larger piece of memory.
      block.packed = Buffer.allocUnsafeSlow(packed.length);
      packed.copy(block.packed);
      if (block.text.length === BLOCK) this.#spare.push(block.text);
      block.text = undefined;
      this.#bytes -= block.used;
    }
  }
}
