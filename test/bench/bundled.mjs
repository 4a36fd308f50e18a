// Runs a measurement as the product ships: bundled, without what a loader of TypeScript puts into every function.
import { build } from 'esbuild';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

const [file, ...args] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'plumbline-measure-'));
const outfile = join(folder, 'measure.cjs');

/** The bench finds its programs and samples next to its own files. */
const ownFolders = {
  name: 'own-folders',
  setup(b) {
    b.onLoad({ filter: /[\\/]test[\\/].*\.ts$/ }, ({ path }) => ({ contents: `const __dirname = ${JSON.stringify(dirname(path))};\n${readFileSync(path, 'utf8')}`, loader: 'ts' }));
  },
};

await build({ entryPoints: [resolve(file)], outfile, bundle: true, minify: true, external: ['esbuild'], platform: 'node', format: 'cjs', target: 'node20', supported: { 'dynamic-import': false }, plugins: [ownFolders], logLevel: 'error' });
const child = spawn(process.execPath, ['--expose-gc', ...process.execArgv, outfile, ...args], { stdio: 'inherit', env: { ...process.env, NODE_PATH: resolve('node_modules') } });
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, () => child.kill(name));
child.on('exit', code => {
  rmSync(folder, { recursive: true, force: true });
  process.exitCode = code ?? 1;
});
