/** What a sandbox is made of; absolute paths. */
export interface SandboxFiles {
  /** Our worker, compiled. */
  readonly worker: string;
  /** kustomize as WebAssembly, compressed with Brotli. */
  readonly program: string;
  /** Go's runtime for it, `wasm_exec.js` of the Go that built it. */
  readonly runtime: string;
}

/** `head` is the request as JSON, `packed` the bytes of its files, one after another (see `kustomize/main.go`). */
export interface ToWorker {
  readonly head: string;
  readonly packed: Uint8Array;
}

export type FromWorker =
  /** `globals`: every name that the program can see. */
  | { readonly kind: 'ready'; readonly globals: readonly string[] }
  | { readonly kind: 'built'; readonly answer: Uint8Array }
  /** The program is no more; `words` are its last ones. */
  | { readonly kind: 'ended'; readonly words: string };
