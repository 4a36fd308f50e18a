import { execFile } from 'node:child_process';
import { access, constants, readdir, rename, rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { cached, cacheRoot, type Log } from './cache';

/** The one place where the versions of what tests run in are pinned. */
export const PINNED = { codeServer: '4.139.1', vscode: '1.139.1', node: '24.21.0' };

const run = promisify(execFile);

/** Node of the version that VS Code itself runs on. Returns the path of the program. */
export async function installNode(log: Log): Promise<string> {
  const name = `node-${process.platform}-${process.arch}`;
  const folder = await cached(cacheRoot(), `${name}-${PINNED.node}`, log, async fresh => {
    await unpack(`${name}@${PINNED.node}`, fresh, 'package/bin');
    await rename(join(fresh, 'package/bin/node'), join(fresh, 'node'));
  });
  return join(folder, 'node');
}

/** VS Code's own server, with the dependencies that need no compiler. Returns the path of `server-main.js`. */
export async function installServer(log: Log): Promise<string> {
  const folder = await cached(cacheRoot(), `vscode-${PINNED.vscode}`, log, async fresh => {
    await unpack(`code-server@${PINNED.codeServer}`, fresh, 'package/lib/vscode');
    await npm(['install', '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--silent'], join(fresh, 'package/lib/vscode'));
  });
  return join(folder, 'package/lib/vscode/out/server-main.js');
}

const BROWSERS = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** Chromium from CHROME_PATH or PATH; as root on Debian it is installed. Throws one sentence on what to do otherwise. */
export async function findChromium(log: Log): Promise<string> {
  const given = process.env['CHROME_PATH'];
  if (given !== undefined && given !== '') return given;
  return fromDebian('chromium', BROWSERS, 'No Chromium found: install Chromium or Google Chrome, or name the program in CHROME_PATH.', log);
}

/** redis-server from PATH; as root on Debian it is installed. Throws one sentence on what to do otherwise. */
export function findRedis(log: Log): Promise<string> {
  return fromDebian('redis-server', ['redis-server'], 'No redis-server found, which Argo CD keeps its cache in: install Redis.', log);
}

/** The first of these programs on PATH, else from this package of Debian. `missing` is thrown where there is neither. */
async function fromDebian(name: string, programs: readonly string[], missing: string, log: Log): Promise<string> {
  const found = await onPath(programs);
  if (found !== undefined) return found;
  if (process.getuid?.() === 0 && (await onPath(['apt-get'])) !== undefined) {
    const began = Date.now();
    log(`${name}: installing with apt-get`);
    // In runlevel 1 a package does not start the service that it brings.
    const options = { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }, maxBuffer: 64 * 1024 * 1024 };
    await run('apt-get', ['update', '-qq'], options);
    await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=120', name], options);
    log(`${name}: ready in ${Math.round((Date.now() - began) / 1000)} s`);
    const installed = await onPath(programs);
    if (installed !== undefined) return installed;
  }
  throw new Error(missing);
}

async function onPath(names: readonly string[]): Promise<string | undefined> {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    for (const name of names) {
      const path = join(folder, name);
      try {
        await access(path, constants.X_OK);
        return path;
      } catch {
        // Not here.
      }
    }
  }
  return undefined;
}

/** Fetches an npm package as it was published and unpacks one folder of it. */
async function unpack(spec: string, into: string, folder: string): Promise<void> {
  await npm(['pack', spec, '--silent', '--pack-destination', into], into);
  const archive = (await readdir(into)).find(name => name.endsWith('.tgz'));
  if (archive === undefined) throw new Error(`npm pack ${spec} left no archive`);
  await run('tar', ['-xzf', archive, folder], { cwd: into });
  await rm(join(into, archive));
}

async function npm(args: string[], cwd: string): Promise<void> {
  try {
    // `shell` because npm is a batch file on Windows; no argument here comes from outside.
    await run('npm', args, { cwd, shell: process.platform === 'win32', maxBuffer: 64 * 1024 * 1024 });
  } catch (error) {
    throw new Error(`npm ${args[0] ?? ''} failed: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}
