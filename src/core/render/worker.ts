import { readFileSync } from 'node:fs';
import { runInThisContext } from 'node:vm';
import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { brotliDecompressSync } from 'node:zlib';
import type { FromWorker, SandboxFiles, ToWorker } from './sandbox-messages';

/**
 * Runs kustomize, as a WebAssembly program, in a thread that has nothing but the language itself: everything through which a
 * program could reach a disk, a process or a socket is taken off the globals before it starts. Go's `net/http`, for one,
 * calls the global `fetch`.
 */

/** What ECMAScript defines, and what Go's runtime needs besides; nothing of it reaches outside. */
const KEPT =
  /^(?:globalThis|Object|Function|Array|Number|parseFloat|parseInt|Infinity|NaN|undefined|Boolean|String|Symbol|Date|Promise|RegExp|\w*Error|JSON|Math|ArrayBuffer|\w+Array|DataView|Map|BigInt|Set|Iterator|WeakMap|WeakSet|WeakRef|Proxy|Reflect|isFinite|isNaN|WebAssembly|TextEncoder|TextDecoder|performance|setTimeout|clearTimeout|queueMicrotask)$/;

/** The language's own, and what Go's runtime (`wasm_exec.js`) and our program put there. */
interface Globals {
  readonly Go: new () => { readonly importObject: object; exit: () => void; run(instance: object): Promise<void> };
  readonly WebAssembly: { instantiate(program: Uint8Array, imports: object): Promise<{ readonly instance: object }> };
  readonly plumblineBuild: (head: string, packed: Uint8Array) => Uint8Array<ArrayBuffer> | undefined;
}

/** Takes off the globals what is not kept, and gives Go's runtime a random source and a place for its last words. */
function strip(say: (text: unknown) => void): void {
  const random = globalThis.crypto.getRandomValues.bind(globalThis.crypto);
  for (const name of Reflect.ownKeys(globalThis)) if (typeof name === 'symbol' || !KEPT.test(name)) Reflect.deleteProperty(globalThis, name);
  Object.assign(globalThis, { crypto: { getRandomValues: random }, console: { log: say, warn: say, error: say } });
}

async function serve(port: MessagePort, files: SandboxFiles): Promise<void> {
  const program = brotliDecompressSync(readFileSync(files.program));
  const runtime = readFileSync(files.runtime, 'utf8');
  const words: string[] = [];
  const send = (message: FromWorker): void => port.postMessage(message);
  const ended = (): void => send({ kind: 'ended', words: words.join('\n').slice(0, 2_000) });
  strip(text => words.push(String(text)));
  runInThisContext(runtime, { filename: 'wasm_exec.js' });
  const globals = globalThis as unknown as Globals;
  const go = new globals.Go();
  go.exit = ended;
  const { instance } = await globals.WebAssembly.instantiate(program, go.importObject);
  go.run(instance).then(ended, ended);
  port.on('message', ({ head, packed }: ToWorker) => {
    try {
      const answer = globals.plumblineBuild(head, packed);
      // A program that ended on the way gives nothing.
      if (answer) port.postMessage({ kind: 'built', answer } satisfies FromWorker, [answer.buffer]);
    } catch (error) {
      words.push(error instanceof Error ? error.message : 'unknown error');
      ended();
    }
  });
  send({ kind: 'ready', globals: Reflect.ownKeys(globalThis).map(String) });
}

if (parentPort) {
  const port = parentPort;
  serve(port, workerData as SandboxFiles).catch((error: unknown) => port.postMessage({ kind: 'ended', words: error instanceof Error ? error.message : 'unknown error' } satisfies FromWorker));
}
