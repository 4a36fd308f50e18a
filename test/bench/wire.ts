import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build as bundle } from 'esbuild';
import { connect, type Connect } from '../../src/core/cluster/connect';
import { cached, cacheRoot } from '../vscode/cache';

const SOURCE = join(__dirname, '../../src/core/cluster/wire-thread.ts');
const NAME = 'wire.cjs';

let built: Promise<string> | undefined;

/** Our thread as it is now: what `dist` holds, before there is one. */
export function wireThread(): Promise<string> {
  built ??= build();
  return built;
}

async function build(): Promise<string> {
  const { outputFiles } = await bundle({ entryPoints: [SOURCE], write: false, bundle: true, minify: true, platform: 'node', format: 'cjs', target: 'node20', logLevel: 'error' });
  const code = outputFiles[0]?.contents ?? Buffer.alloc(0);
  const folder = await cached(cacheRoot(), join('cluster', `wire-${createHash('sha256').update(code).digest('hex').slice(0, 16)}`), () => undefined, fresh => writeFile(join(fresh, NAME), code));
  return join(folder, NAME);
}

/** `connect` as the product does it, where nothing was built. */
export const connectHere: Connect = async (options, signal) => connect({ ...options, thread: await wireThread() }, signal);
