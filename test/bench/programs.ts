import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, constants, mkdir, readFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { cached, cacheRoot, type Log } from '../vscode/cache';
import { GUARD } from './process';

const run = promisify(execFile);

/** A program built from a Go module under `test/bench/go`. */
interface Recipe {
  readonly module: string;
  readonly package: string;
  readonly ldflags?: readonly string[];
}

const KUBERNETES = ['-X k8s.io/component-base/version.gitVersion=v1.37.2', '-X k8s.io/component-base/version.gitMajor=1', '-X k8s.io/component-base/version.gitMinor=37'];

const RECIPES = {
  etcd: { module: 'etcd', package: 'go.etcd.io/etcd/server/v3' },
  'kube-apiserver': { module: 'kube', package: 'k8s.io/kubernetes/cmd/kube-apiserver', ldflags: KUBERNETES },
  'kube-controller-manager': { module: 'kube', package: 'k8s.io/kubernetes/cmd/kube-controller-manager', ldflags: KUBERNETES },
  'kustomize-controller': { module: 'flux', package: 'github.com/fluxcd/kustomize-controller' },
  argocd: { module: 'argo', package: 'github.com/argoproj/argo-cd/v3/cmd' },
  kubectl: { module: 'kubectl', package: 'k8s.io/kubernetes/cmd/kubectl', ldflags: KUBERNETES },
  helm: { module: 'render', package: 'helm.sh/helm/v4/cmd/helm' },
  helm3: { module: 'helm3', package: 'helm.sh/helm/v3/cmd/helm' },
  'helm-manager': { module: 'helm-manager', package: '.' },
  kustomize: { module: 'render', package: 'sigs.k8s.io/kustomize/kustomize/v5' },
  oracle: { module: 'oracle', package: '.' },
  sourceignore: { module: 'sourceignore', package: '.' },
} satisfies Record<string, Recipe>;

export type ProgramName = keyof typeof RECIPES;

/** `functional` leaves the optimiser out and builds in two thirds of the time; speed is measured on `optimised` programs only. */
export type Mode = 'functional' | 'optimised';

const MODULES = join(__dirname, 'go');

/** What is built with another Go than the one on PATH, which fetches it: Argo CD asks for more than the newest that distributions have. */
const TOOLCHAINS: Readonly<Record<string, string>> = { argo: 'go1.27.3' };

const environment = (module: string): NodeJS.ProcessEnv => {
  const toolchain = TOOLCHAINS[module];
  return { ...process.env, CGO_ENABLED: '0', ...(toolchain !== undefined && { GOTOOLCHAIN: toolchain }) };
};
const MIN_GO = [1, 26] as const;

export const toStderr: Log = line => void process.stderr.write(`${line}\n`);

/**
 * The absolute path of a bench program, built on first need into the cache outside the tree. Keyed by everything that
 * decides what is built; never built by two processes at once. Rejects with one sentence when Go is missing or too old.
 */
export async function program(name: ProgramName, mode: Mode = 'functional', log: Log = toStderr): Promise<string> {
  if (name === 'kubectl') {
    const found = await onPath('kubectl');
    if (found) return found;
  }
  const recipe: Recipe = RECIPES[name];
  const source = join(MODULES, recipe.module);
  const flags = [...(mode === 'functional' ? ['-gcflags=all=-N -l'] : []), '-ldflags', ['-s', '-w', ...(recipe.ldflags ?? [])].join(' ')];
  const key = createHash('sha256');
  const installed = await goVersion();
  for (const part of [TOOLCHAINS[recipe.module] ?? installed, ...flags, recipe.package, ...(await sources(source))]) key.update(part).update('\0');
  const folder = await cached(cacheRoot(), join('bench', `${name}-${mode}-${key.digest('hex').slice(0, 16)}`), named(name, log), async fresh => {
    await mkdir(fresh, { recursive: true });
    await goBuild(name, { cwd: source, env: environment(recipe.module), args: [...flags, '-o', join(fresh, name), recipe.package] }, log);
    await access(join(fresh, name), constants.X_OK);
  });
  return join(folder, name);
}

const named = (name: string, log: Log): Log => line => log(line.startsWith('waiting') ? line : `${name}: ${line.includes('ready in') ? line.slice(line.indexOf('ready')) : 'building'}`);

/** What the build reads of ours: the module files, and the program where it is our own. */
async function sources(module: string): Promise<string[]> {
  const names = ['go.mod', 'go.sum', 'main.go'];
  return Promise.all(names.map(name => readFile(join(module, name), 'utf8').catch(() => '')));
}

let builds: Promise<unknown> = Promise.resolve();

interface GoBuild {
  /** The module's folder. */
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly args: readonly string[];
}

/** One build at a time in this process as well: each uses every core. */
export function goBuild(name: string, how: GoBuild, log: Log): Promise<void> {
  const next = builds.then(() => compile(name, how, log));
  builds = next.catch(() => undefined);
  return next;
}

async function compile(name: string, { cwd, env, args }: GoBuild, log: Log): Promise<void> {
  const began = Date.now();
  const ticker = setInterval(() => log(`${name}: building, ${Math.round((Date.now() - began) / 1000)} s`), 30_000);
  try {
    await new Promise<void>((resolve, reject) => {
      // Guarded: a build that outlives us would meet the next one, which finds our lock abandoned.
      const child = spawn(process.execPath, [GUARD, 'go', 'build', '-trimpath', ...args], { cwd, env, stdio: ['pipe', 'ignore', 'pipe'] });
      let said = '';
      child.stderr.on('data', (chunk: Buffer) => {
        said = (said + chunk.toString()).slice(-4000);
      });
      child.on('error', reject);
      child.on('exit', code => (code === 0 ? resolve() : reject(new Error(`building ${name} failed:\n${said}`))));
    });
  } finally {
    clearInterval(ticker);
  }
}

export async function goVersion(): Promise<string> {
  const { stdout } = await run('go', ['env', 'GOVERSION']).catch(() => {
    throw new Error('Go is not on PATH: the bench builds a real API server and needs Go 1.26 or newer');
  });
  const [, major = '0', minor = '0'] = /^go(\d+)\.(\d+)/.exec(stdout) ?? [];
  if (Number(major) < MIN_GO[0] || (Number(major) === MIN_GO[0] && Number(minor) < MIN_GO[1])) throw new Error(`the bench needs Go 1.26 or newer; found ${stdout.trim()}`);
  return stdout.trim();
}

export async function goRoot(): Promise<string> {
  return (await run('go', ['env', 'GOROOT'])).stdout.trim();
}

async function onPath(name: string): Promise<string | undefined> {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const path = join(folder, name);
    if (folder !== '' && (await access(path, constants.X_OK).then(() => true, () => false))) return path;
  }
  return undefined;
}

/** The folder of a module that one of ours depends on: for files that it carries, such as CRDs. */
export async function moduleFolder(module: string, dependency: string): Promise<string> {
  const options = { cwd: join(MODULES, module), env: environment(module), maxBuffer: 1 << 24 };
  const folder = async (): Promise<string> => (await run('go', ['list', '-m', '-f', '{{.Dir}}', dependency], options)).stdout.trim();
  const found = await folder();
  if (found !== '') return found;
  await run('go', ['mod', 'download', dependency], options);
  return folder();
}
