import { join } from 'node:path';
import type { Clock } from '../base/clock';
import type { Disposable } from '../base/lifetime';
import { KustomizeRenderer } from './kustomize';
import { Sandbox } from './sandbox';

/** Where the build puts what the sandbox is made of: beside the bundle that this is part of. */
export function openRenderer(clock: Clock, folder: string = __dirname): { readonly kustomize: KustomizeRenderer } & Disposable {
  const sandbox = new Sandbox({ worker: join(folder, 'kustomize-worker.cjs'), program: join(folder, 'kustomize.wasm.br'), runtime: join(folder, 'kustomize.js') }, clock);
  return { kustomize: new KustomizeRenderer(sandbox), dispose: () => sandbox.dispose() };
}
