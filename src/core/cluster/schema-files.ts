import { createHash, randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, mkdir, open, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { constants as zlib, gunzip, gzip } from 'node:zlib';
import { isObject, type JsonObject } from '../base/json';
import { parseJson, stringifyJson } from '../base/json-text';

/** Bytes on disk. */
export interface SchemaLimits {
  readonly all: number;
  readonly one: number;
}

const LIMITS: SchemaLimits = { all: 32 * 1024 * 1024, one: 8 * 1024 * 1024 };
/** Of one document, unpacked. */
const MAX_DOCUMENT = 64 * 1024 * 1024;
/** What was begun and never finished is taken away after this, in milliseconds. */
const ABANDONED_MS = 3_600_000;
/** Not known to Windows, where links need rights that are rare. */
const NO_FOLLOW = process.platform === 'win32' ? 0 : constants.O_NOFOLLOW;
const ENDING = '.json.gz';

const [pack, unpack] = [promisify(gzip), promisify(gunzip)];

/**
 * OpenAPI documents of group-versions in a folder of their own, each under the hash that its server gives it, so that a
 * document is never older than the server says. Nothing but schemas is in it, for the user's own eyes. Nothing here
 * rejects: what cannot be kept or read is asked of the server again.
 */
export class SchemaFiles {
  readonly #folder: string;
  readonly #limits: SchemaLimits;
  #usable: Promise<boolean> | undefined;
  #work: Promise<void> = Promise.resolve();

  constructor(folder: string, limits: SchemaLimits = LIMITS) {
    this.#folder = folder;
    this.#limits = limits;
  }

  /** Fulfilled once everything that was handed over is on disk, or could not be put there. */
  get settled(): Promise<void> {
    return this.#work;
  }

  /** `scope` tells servers apart: one must not speak for another, whatever hash it claims. */
  async read(scope: string, url: string): Promise<JsonObject | undefined> {
    try {
      if (!(await this.#isUsable())) return undefined;
      const path = this.#path(scope, url);
      const file = await open(path, constants.O_RDONLY | NO_FOLLOW);
      let packed: Buffer;
      try {
        if ((await file.stat()).size > this.#limits.one) return undefined;
        packed = await file.readFile();
      } finally {
        await file.close();
      }
      // The sum at the end of the file tells one that was damaged.
      const document = parseJson((await unpack(packed, { maxOutputLength: MAX_DOCUMENT })).toString('utf8'));
      if (!isObject(document)) return undefined;
      const now = new Date();
      utimes(path, now, now).catch(() => undefined);
      return document;
    } catch {
      return undefined;
    }
  }

  /** Keeps a document, some time later; one after the other, so that a busy moment is not made busier. */
  keep(scope: string, url: string, document: JsonObject): void {
    this.#work = this.#work.then(() => this.#write(this.#path(scope, url), stringifyJson(document))).catch(() => undefined);
  }

  async #write(path: string, text: string): Promise<void> {
    if (!(await this.#isUsable())) return;
    const packed = await pack(text, { level: zlib.Z_BEST_SPEED });
    if (packed.length > this.#limits.one) return;
    const half = `${path}.${randomBytes(6).toString('hex')}.tmp`;
    try {
      await writeFile(half, packed, { mode: 0o600, flag: 'wx' });
      await rename(half, path);
    } catch (error) {
      await rm(half, { force: true });
      throw error;
    }
    await this.#trim();
  }

  /** What was not used for the longest time goes first. */
  async #trim(): Promise<void> {
    const names = await readdir(this.#folder);
    const files = await Promise.all(names.map(async name => ({ name, ...(await this.#sizeOf(name)) })));
    const kept = files.filter(({ name }) => name.endsWith(ENDING)).sort((a, b) => b.used - a.used);
    const gone = files.filter(({ name, used }) => name.endsWith('.tmp') && used < Date.now() - ABANDONED_MS);
    let sum = 0;
    for (const file of kept) if ((sum += file.size) > this.#limits.all) gone.push(file);
    for (const { name } of gone) await rm(join(this.#folder, name), { force: true });
  }

  async #sizeOf(name: string): Promise<{ readonly size: number; readonly used: number }> {
    const found = await stat(join(this.#folder, name)).catch(() => undefined);
    return { size: found?.size ?? 0, used: found?.mtimeMs ?? Date.now() };
  }

  #isUsable(): Promise<boolean> {
    this.#usable ??= this.#prepare().catch(() => false);
    return this.#usable;
  }

  /** A folder that others can write to could hold other schemas than the server's, and wrong verdicts with them. */
  async #prepare(): Promise<boolean> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const found = await lstat(this.#folder);
    if (!found.isDirectory()) return false;
    return process.getuid === undefined || (found.uid === process.getuid() && (found.mode & 0o022) === 0);
  }

  #path(scope: string, url: string): string {
    const name = createHash('sha256')
      .update(JSON.stringify([scope, url]))
      .digest('hex');
    return join(this.#folder, name + ENDING);
  }
}
