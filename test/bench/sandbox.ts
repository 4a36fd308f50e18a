import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFile, cp, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants } from 'node:zlib';
import { build as bundle } from 'esbuild';
import { systemClock } from '../../src/core/base/clock';
import { openRenderer, type Renderer } from '../../src/core/render/renderer';
import type { SandboxFiles } from '../../src/core/render/sandbox-messages';
import { cached, cacheRoot, type Log } from '../vscode/cache';
import { goBuild, goRoot, goVersion, toStderr } from './programs';

const run = promisify(execFile);

const SOURCE = join(__dirname, '../../src/core/render');
const PROGRAM = 'kustomize.wasm.br';
const RUNTIME = 'kustomize.js';
/** What kustomize's program calls itself, in `managedByLabel`: the release whose library we link. */
const VERSION = 'v5.8.1';
/** What makes kustomize's own searches faster. */
const PATCH = 'faster.patch';
/** 64 KiB each: 1 GiB. */
const MAX_PAGES = 16_384;

/**
 * The folder with kustomize as WebAssembly and Go's runtime for it, built on first need into the cache outside the tree. The names
 * are those they have in `dist`. Rejects with one sentence when Go is missing or too old.
 */
export async function kustomizeProgram(log: Log = toStderr): Promise<string> {
  const source = join(SOURCE, 'kustomize');
  const key = createHash('sha256').update(await goVersion()).update(await readFile(__filename));
  for (const name of (await readdir(source)).sort()) key.update(name).update('\0').update(await readFile(join(source, name)));
  return cached(cacheRoot(), join('render', key.digest('hex').slice(0, 16)), line => log(`kustomize for the editor: ${line}`), async fresh => {
    const raw = join(fresh, 'kustomize.wasm');
    const patched = await patchedCopy(source);
    try {
      await goBuild('kustomize.wasm', { cwd: patched, env: { ...process.env, GOOS: 'js', GOARCH: 'wasm' }, args: ['-mod=vendor', '-ldflags', `-s -w -X sigs.k8s.io/kustomize/api/provenance.version=${VERSION}`, '-o', raw, '.'] }, log);
    } finally {
      await rm(patched, { recursive: true, force: true });
    }
    const program = withMaximum(await readFile(raw), MAX_PAGES);
    const params = { [constants.BROTLI_PARAM_QUALITY]: 6, [constants.BROTLI_PARAM_LGWIN]: 24, [constants.BROTLI_PARAM_SIZE_HINT]: program.length };
    await writeFile(join(fresh, PROGRAM), await promisify(brotliCompress)(program, { params }));
    await rm(raw);
    await copyFile(join(await goRoot(), 'lib', 'wasm', 'wasm_exec.js'), join(fresh, RUNTIME));
  });
}

/** A folder with our program, and with the code that it links as the patch leaves it. Rejects where the patch does not fit. */
async function patchedCopy(source: string): Promise<string> {
  const copy = await mkdtemp(join(await realpath(tmpdir()), 'plumbline-kustomize-'));
  await cp(source, copy, { recursive: true });
  await run('go', ['mod', 'vendor'], { cwd: copy });
  // A repository around the folder for temporary files is none of ours: Git would leave out, in silence, what is not in it.
  await run('git', ['apply', PATCH], { cwd: copy, env: { ...process.env, GIT_CEILING_DIRECTORIES: dirname(copy) } });
  return copy;
}

/** The program, and our worker as it is now: what `dist` holds, before there is one. */
export async function sandboxFiles(log: Log = toStderr): Promise<SandboxFiles> {
  const built = await kustomizeProgram(log);
  const { outputFiles } = await bundle({ entryPoints: [join(SOURCE, 'worker.ts')], write: false, bundle: true, platform: 'node', format: 'cjs', target: 'node20', logLevel: 'error' });
  const code = outputFiles[0]?.contents ?? Buffer.alloc(0);
  const name = 'kustomize-worker.cjs';
  const folder = await cached(cacheRoot(), join('render', `worker-${createHash('sha256').update(code).digest('hex').slice(0, 16)}`), () => undefined, fresh => writeFile(join(fresh, name), code));
  return { worker: join(folder, name), program: join(built, PROGRAM), runtime: join(built, RUNTIME) };
}

/** `helm` is the path of a program; without it charts are not rendered. */
export const loadBenchRenderer = async (helm?: string): Promise<Renderer> => openRenderer(systemClock, { env: {}, untrusted: [], path: helm }, await sandboxFiles());

/** Go gives its memory no upper bound: this writes one into the module's memory section. */
export function withMaximum(module: Buffer, pages: number): Buffer {
  const HEADER = 8;
  for (let at = HEADER; at < module.length; ) {
    const id = module[at];
    const { value: size, next: body } = readLeb(module, at + 1);
    if (id === 5) {
      const flags = body + 1;
      const { value: minimum } = readLeb(module, flags + 1);
      if (module[body] !== 1 || module[flags] !== 0) throw new Error('this module is not as Go makes them: one memory without a maximum');
      const section = Buffer.from([1, 1, ...leb(minimum), ...leb(pages)]);
      return Buffer.concat([module.subarray(0, at), Buffer.from([5, ...leb(section.length)]), section, module.subarray(body + size)]);
    }
    at = body + size;
  }
  throw new Error('this module has no memory of its own');
}

/** Unsigned LEB128, as WebAssembly writes numbers. */
function readLeb(bytes: Buffer, at: number): { readonly value: number; readonly next: number } {
  let value = 0;
  for (let shift = 1, i = at; ; shift *= 128, i++) {
    const byte = bytes[i] ?? 0;
    value += (byte % 128) * shift;
    if (byte < 128) return { value, next: i + 1 };
  }
}

function leb(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...leb(Math.floor(value / 128))];
}
