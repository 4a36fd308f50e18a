import { build } from 'esbuild';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { program } from '../bench/programs';

/** Folder of the repository. */
export const ROOT = join(__dirname, '..', '..');

const HOST = join(ROOT, 'test', 'host');

/**
 * Bundles the host tests of one launch into `dist/test/host/SETUP/tests.cjs`, which exports `run(): Promise<void>` as VS
 * Code wants it, and returns its path; nothing when the launch has no test file.
 * `X.host.ts` belongs to the launch `main`, `X.untrusted.host.ts` to `untrusted`, and so on.
 */
export async function buildHostSuite(setup: string): Promise<string | undefined> {
  const files = (await readdir(HOST)).filter(name => setupOf(name) === setup).sort();
  if (files.length === 0) return undefined;
  const folder = join(ROOT, 'dist', 'test', 'host', setup);
  await mkdir(folder, { recursive: true });
  const suite = {
    mocha: join(ROOT, 'node_modules', 'mocha', 'index.js'),
    reporter: join(ROOT, 'test', 'reporter.cjs'),
  };
  const contents = [
    `import { runSuite } from ${JSON.stringify(join(__dirname, 'suite'))};`,
    `const load = async () => {`,
    ...files.map(name => `  await import(${JSON.stringify(join(HOST, name))});`),
    `};`,
    `export const run = () => runSuite({ ...${JSON.stringify(suite)}, load });`,
  ].join('\n');
  await build({
    stdin: { contents, resolveDir: ROOT, loader: 'ts' },
    outfile: join(folder, 'suite.cjs'),
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node22',
    external: ['vscode', 'mocha'],
    sourcemap: 'inline',
    logLevel: 'warning',
  });
  const tests = join(folder, 'tests.cjs');
  await writeFile(tests, `process.setSourceMapsEnabled(true);\nexports.run = () => require('./suite.cjs').run();\n`);
  return tests;
}

/** For `PATH`: folders of what the tests run, and of what renders charts for a person who has it there. */
export const toolFolders = (): Promise<string[]> => Promise.all((['kubectl', 'helm'] as const).map(async name => dirname(await program(name))));

/** The launch a file of `test/host` belongs to; nothing for a file that is no test. */
export function setupOf(file: string): string | undefined {
  const match = /^[^.]+(?:\.([a-z-]+))?\.host\.ts$/.exec(file);
  return match ? (match[1] ?? 'main') : undefined;
}
