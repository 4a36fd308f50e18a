import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { installNode } from '../vscode/install';

/**
 * Measures as the product ships: bundled, without what a loader of TypeScript puts into every function, and in the Node that
 * VS Code runs extensions in.
 */
async function main(parts: readonly string[]): Promise<number> {
  const node = await installNode(console.log);
  const folder = await mkdtemp(join(tmpdir(), 'plumbline-measure-'));
  try {
    const outfile = join(folder, 'measure.cjs');
    await build({ entryPoints: [join(__dirname, 'perf.ts')], outfile, bundle: true, minify: true, external: ['esbuild', 'playwright-core'], platform: 'node', format: 'cjs', target: 'node20', supported: { 'dynamic-import': false }, plugins: [ownFolders], logLevel: 'error' });
    const child = spawn(node, ['--expose-gc', outfile, ...parts], { stdio: 'inherit', env: { ...process.env, NODE_PATH: join(__dirname, '../../node_modules') } });
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => child.kill(name));
    return await new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('exit', code => resolve(code ?? 1));
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The bench finds its programs and samples next to its own files. */
const ownFolders: Plugin = {
  name: 'own-folders',
  setup: bundle => bundle.onLoad({ filter: /[\\/]test[\\/].*\.ts$/ }, async ({ path }) => ({ contents: `const __dirname = ${JSON.stringify(dirname(path))};\n${await readFile(path, 'utf8')}`, loader: 'ts' })),
};

main(process.argv.slice(2)).then(
  code => (process.exitCode = code),
  (error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  },
);
