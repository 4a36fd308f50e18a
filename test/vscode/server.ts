import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { installNode, installServer } from './install';
import type { Log } from './cache';

export interface ServerOptions {
  /** Folder of the extension under development. */
  readonly extension: string;
  /** Whether VS Code asks if the folder is trusted, which means Restricted Mode until somebody answers. */
  readonly asksForTrust?: boolean;
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Added to the environment of VS Code, its extension host and its terminals. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** An empty home folder instead of the person's, so that no kubeconfig and no Git configuration of theirs is read. */
  readonly ownHome?: boolean;
  /** Folders put before PATH. */
  readonly path?: readonly string[];
  readonly log: Log;
}

export interface Window {
  /** Absolute; without it the window is empty. */
  readonly folder?: string | undefined;
  /** A file to show, absolute. */
  readonly file?: string | undefined;
  /** A suite to run in the extension host, absolute. */
  readonly tests?: string | undefined;
}

export interface VsCodeServer {
  readonly port: number;
  /** The address that opens a window with the extension. */
  address(window: Window): string;
  /** Replaces the user settings while VS Code runs; it reads them again by itself. */
  configure(settings: Readonly<Record<string, unknown>>): Promise<void>;
  /** What the server has printed so far; for a failure report. */
  output(): string;
  stop(): Promise<void>;
}

const SETTINGS = {
  'telemetry.telemetryLevel': 'off',
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  'workbench.startupEditor': 'none',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.enableExperiments': false,
  'workbench.tips.enabled': false,
  'git.autofetch': false,
  'git.openRepositoryInParentFolders': 'never',
  'update.mode': 'none',
  'remote.autoForwardPorts': false,
  'chat.disableAIFeatures': true,
};

/**
 * Starts VS Code's server on a free loopback port with user data, server data and extensions in a temporary folder.
 * The folder and every process go away with `stop()`, and also when this process is killed.
 */
export async function startServer(options: ServerOptions): Promise<VsCodeServer> {
  const [node, main] = await Promise.all([installNode(options.log), installServer(options.log)]);
  const data = await mkdtemp(join(tmpdir(), 'plumbline-vscode-'));
  const user = join(data, 'user', 'User');
  const [temporary, home] = [join(data, 'tmp'), join(data, 'home')];
  await Promise.all([user, temporary, home].map(folder => mkdir(folder, { recursive: true })));
  const configure = (settings: Readonly<Record<string, unknown>>): Promise<void> =>
    writeFile(join(user, 'settings.json'), JSON.stringify({ ...SETTINGS, ...settings }, undefined, 2));
  await configure(options.settings ?? {});

  const args = [main, '--host', '127.0.0.1', '--port', '0', '--without-connection-token', '--accept-server-license-terms',
    '--enable-smoke-test-driver', '--force-disable-user-env', '--telemetry-level', 'off', '--user-data-dir', join(data, 'user'), '--server-data-dir', join(data, 'server'),
    '--extensions-dir', join(data, 'extensions'), ...(options.asksForTrust ? [] : ['--disable-workspace-trust'])];
  const child = spawn(process.execPath, [join(__dirname, 'guard.cjs'), node, ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...environment(options), ...(options.ownHome ? { HOME: home } : {}), TMPDIR: temporary, PLUMBLINE_GUARD_REMOVE: JSON.stringify([data]) },
  });
  let output = '';
  const collect = (chunk: Buffer): void => {
    output = (output + chunk.toString()).slice(-100_000);
  };
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  const port = await listening(child, () => output);
  return {
    port,
    address: window => address(port, options.extension, window),
    configure,
    output: () => output,
    stop: () => ended(child),
  };
}

function environment({ env, path }: ServerOptions): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(VSCODE_|ELECTRON_|KUBECONFIG$|NODE_OPTIONS$)/.test(name));
  // No gallery: nothing leaves this machine.
  return { ...Object.fromEntries(inherited), EXTENSIONS_GALLERY: '{}', ...env, PATH: [...(path ?? []), process.env['PATH'] ?? ''].join(delimiter) };
}

function address(port: number, extension: string, { folder, file, tests }: Window): string {
  const remote = (path: string): string => `vscode-remote://127.0.0.1:${port}${path}`;
  const payload = [['extensionDevelopmentPath', remote(extension)]];
  if (tests !== undefined) payload.push(['extensionTestsPath', remote(tests)]);
  if (file !== undefined) payload.push(['openFile', remote(file)]);
  const query = new URLSearchParams(folder === undefined ? { ew: 'true' } : { folder });
  query.set('payload', JSON.stringify(payload));
  return `http://127.0.0.1:${port}/?${query.toString()}`;
}

/** The port, once the server says it listens; rejects with its output when it ends before that or takes over a minute. */
function listening(child: ChildProcess, output: () => string): Promise<number> {
  return new Promise((resolve, reject) => {
    const fail = (why: string): void => reject(new Error(`VS Code's server ${why}:\n${output()}`));
    const deadline = setTimeout(() => {
      child.stdin?.end();
      fail('did not start within a minute');
    }, 60_000);
    child.stdout?.on('data', () => {
      const port = /Extension host agent listening on (\d+)/.exec(output())?.[1];
      if (port === undefined) return;
      clearTimeout(deadline);
      resolve(Number(port));
    });
    child.once('exit', code => {
      clearTimeout(deadline);
      fail(`ended with ${String(code)}`);
    });
  });
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise(resolve => {
    if (child.exitCode !== null || child.signalCode !== null) {
      resolve();
      return;
    }
    child.once('exit', () => resolve());
    child.stdin?.end();
  });
}
