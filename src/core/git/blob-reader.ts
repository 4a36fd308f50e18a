import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { CONFIG, SWITCHES } from './profile';
import { failure, QUIET_LIMIT, type GitRunner } from './runner';
import { GitError } from './repository';

/** Larger files are no manifests. Bytes. */
export const MAX_BLOB = 4 * 1024 * 1024;

export interface Blob {
  readonly id: string;
  /** `undefined`: too large. */
  readonly content: Buffer | undefined;
}

/**
 * Contents by name (`<hash>` or `<commit>:<path>`, no line breaks) in the order asked for, from one `git cat-file --batch`:
 * raw bytes, no filters, no conversion. `undefined` for a name that is no blob.
 * Not through simple-git, whose output is text: sizes count bytes.
 */
export async function readBlobs(runner: GitRunner, names: readonly string[], signal?: AbortSignal): Promise<(Blob | undefined)[]> {
  if (names.length === 0) return [];
  if (names.some(name => /[\n\0]/.test(name))) throw new GitError('badRevision', 'a name with a line break');
  if (signal?.aborted) throw failure(undefined, 'cat-file', signal);
  await runner.present().catch((error: unknown) => {
    throw failure(error, 'cat-file', signal);
  });
  const args = [...CONFIG.flatMap(setting => ['-c', setting]), ...SWITCHES, 'cat-file', '--batch'];
  const child = spawn(runner.program, args, { cwd: runner.folder, env: { ...runner.env }, stdio: ['pipe', 'pipe', 'ignore'], timeout: QUIET_LIMIT, windowsHide: true, ...(signal ? { signal } : {}) });
  const ended = new Promise<number>((resolve, reject) => {
    child.on('error', reject);
    // A program that Git started may outlive it and keep the pipe open.
    child.on('exit', (_code, killedBy) => {
      if (killedBy) child.stdout.destroy();
    });
    child.on('close', code => resolve(code ?? -1));
  });
  try {
    // Git that stops reading early closes the pipe; its exit code says so below.
    child.stdin.on('error', () => undefined);
    child.stdin.end(`${names.join('\n')}\n`);
    const [blobs, code] = await Promise.all([collect(child.stdout, names.length), ended]);
    if (code !== 0 || blobs.length !== names.length) throw new Error(`git cat-file ended with ${code}`);
    return blobs;
  } catch (error) {
    child.kill();
    ended.catch(() => undefined);
    throw failure(error, 'cat-file', signal);
  }
}

async function collect(output: Readable, expected: number): Promise<(Blob | undefined)[]> {
  const parser = new BatchParser(expected);
  for await (const chunk of output) parser.push(chunk as Buffer);
  return parser.blobs;
}

/** Reads `<hash> <type> <size>\n<bytes>\n` and `<name> missing\n`. */
class BatchParser {
  readonly blobs: (Blob | undefined)[] = [];
  readonly #expected: number;
  #pending: Buffer = Buffer.alloc(0);
  #open: { readonly id: string; readonly isBlob: boolean; readonly size: number; readonly parts: Buffer[]; got: number } | undefined;

  constructor(expected: number) {
    this.#expected = expected;
  }

  push(chunk: Buffer): void {
    this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    while (this.#open ? this.#body() : this.#header());
  }

  #header(): boolean {
    const end = this.#pending.indexOf(10);
    if (end < 0 || this.blobs.length >= this.#expected) return false;
    const line = this.#pending.toString('utf8', 0, end);
    this.#pending = this.#pending.subarray(end + 1);
    const found = /^([0-9a-f]{40,64}) (\w+) (\d+)$/.exec(line);
    if (found) this.#open = { id: found[1] ?? '', isBlob: found[2] === 'blob', size: Number(found[3]), parts: [], got: 0 };
    else this.blobs.push(undefined);
    return true;
  }

  #body(): boolean {
    const open = this.#open;
    if (!open || this.#pending.length === 0) return false;
    const part = this.#pending.subarray(0, open.size - open.got);
    this.#pending = this.#pending.subarray(part.length);
    open.got += part.length;
    if (open.size <= MAX_BLOB) open.parts.push(part);
    if (open.got < open.size || this.#pending.length === 0) return false;
    this.#pending = this.#pending.subarray(1);
    this.blobs.push(open.isBlob ? { id: open.id, content: open.size <= MAX_BLOB ? Buffer.concat(open.parts) : undefined } : undefined);
    this.#open = undefined;
    return true;
  }
}
