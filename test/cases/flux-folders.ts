import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { JsonObject } from '../../src/core/base/json';
import { stringifyJson } from '../../src/core/base/json-text';
import type { BenchCluster } from '../bench/cluster';
import type { BenchFlux } from '../bench/flux';

const run = promisify(execFile);
const GIT_ENV = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' };

/** By folder, what the `spec` of its Kustomization says beside. */
type Folders = Readonly<Record<string, JsonObject>>;

/** A folder that is never suspended: once it has a revision, the controller knows of it. */
const SEEN = 'seen';

/** So far apart two runs are told from each other by times in whole seconds (`impersonated`). */
const APART_MS = 4_000;

/** Where the Kustomizations stand, each called as its folder. */
export const FLUX_NAMESPACE = 'flux-system';

/** A repository with a Kustomization for each of its folders, applied by the controller only when it is told to: in between all are suspended. */
export class FluxFolders {
  readonly #cluster: BenchCluster;
  readonly #flux: BenchFlux;
  readonly #root: string;
  readonly #name: string;
  readonly #folders: Folders;

  private constructor(cluster: BenchCluster, flux: BenchFlux, root: string, name: string, folders: Folders) {
    this.#cluster = cluster;
    this.#flux = flux;
    this.#root = root;
    this.#name = name;
    this.#folders = folders;
  }

  /** `name` is that of the GitRepository. */
  static async create(cluster: BenchCluster, flux: BenchFlux, name: string, folders: Folders): Promise<FluxFolders> {
    const root = await mkdtemp(join(tmpdir(), `plumbline-${name}-`));
    const made = new FluxFolders(cluster, flux, root, name, folders);
    const bare = join(root, 'bare.git');
    await run('git', ['init', '--quiet', '--bare', '--initial-branch=main', bare], { env: GIT_ENV });
    for (const folder of [...Object.keys(folders), SEEN]) await mkdir(join(root, 'clone', folder), { recursive: true });
    await made.#git('init', '--quiet', '--initial-branch=main');
    await made.#git('remote', 'add', 'origin', bare);
    // Flux refuses a folder without any object.
    for (const folder of [...Object.keys(folders), SEEN]) await made.write(folder, 'kustomization-needs-one', `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}-${folder}, namespace: ${FLUX_NAMESPACE}}\n`);
    flux.publisher.serve(made.#url, bare);
    return made;
  }

  write(folder: string, name: string, yaml: string): Promise<void> {
    return writeFile(join(this.#root, 'clone', folder, `${name}.yaml`), yaml);
  }

  /** Nothing is pruned: the object stays in the cluster. */
  remove(folder: string, name: string): Promise<void> {
    return rm(join(this.#root, 'clone', folder, `${name}.yaml`));
  }

  /** Commits what was written, makes the Kustomizations, and suspends them when all is applied, and a run has found nothing more to do: what it left as it was is the server's own doing. */
  async begin(): Promise<void> {
    const commit = await this.#commit();
    await this.#cluster.kubectl(['apply', '-f', '-'], { stdin: stringifyJson({ apiVersion: 'v1', kind: 'List', items: this.#objects() }) });
    await Promise.all(Object.keys(this.#folders).map(folder => this.#flux.applied(FLUX_NAMESPACE, folder, commit)));
    await setTimeout(APART_MS);
    await Promise.all(Object.keys(this.#folders).map(folder => this.#flux.reconcile('kustomization', FLUX_NAMESPACE, folder)));
    await Promise.all(Object.keys(this.#folders).map(folder => this.#flux.applied(FLUX_NAMESPACE, folder, commit)));
    await Promise.all(Object.keys(this.#folders).map(folder => this.#suspend(folder, true)));
  }

  /** Pushes what was written and lets one folder be applied. With `again` it is suspended afterwards. */
  async resume(folder: string, again = false): Promise<void> {
    const commit = await this.#commit();
    // The source first: a resumed Kustomization runs at once, with the revision that the controller knows, and once more with the next one.
    await this.#flux.reconcile('gitrepository', FLUX_NAMESPACE, this.#name);
    await this.#flux.applied(FLUX_NAMESPACE, this.#seen, commit);
    await this.#suspend(folder, false);
    await this.#flux.applied(FLUX_NAMESPACE, folder, commit);
    if (again) await this.#suspend(folder, true);
  }

  async dispose(): Promise<void> {
    await rm(this.#root, { recursive: true, force: true });
  }

  get #seen(): string {
    return `${this.#name}-${SEEN}`;
  }

  get #url(): string {
    return `https://git.bench.example/${this.#name}.git`;
  }

  async #git(...args: string[]): Promise<string> {
    return (await run('git', ['-c', 'user.name=Ana', '-c', 'user.email=ana@bench.example', ...args], { cwd: join(this.#root, 'clone'), env: GIT_ENV })).stdout.trim();
  }

  async #commit(): Promise<string> {
    await this.#git('add', '--all');
    await this.#git('commit', '--quiet', '--allow-empty', '--message', 'what Git says');
    await this.#git('push', '--quiet', 'origin', 'main');
    return this.#git('rev-parse', 'HEAD');
  }

  async #suspend(folder: string, suspend: boolean): Promise<void> {
    const path = `/apis/kustomize.toolkit.fluxcd.io/v1/namespaces/${FLUX_NAMESPACE}/kustomizations/${folder}?fieldManager=plumbline`;
    const { status } = await this.#cluster.request('PATCH', path, { spec: { suspend } }, { type: 'application/merge-patch+json' });
    if (status !== 200) throw new Error(`PATCH ${path}: HTTP ${status}`);
  }

  #objects(): JsonObject[] {
    const named = (name: string): JsonObject => ({ name, namespace: FLUX_NAMESPACE });
    const repository = { apiVersion: 'source.toolkit.fluxcd.io/v1', kind: 'GitRepository', metadata: named(this.#name), spec: { url: this.#url, interval: '1h', ref: { branch: 'main' } } };
    const kustomization = (name: string, folder: string, more: JsonObject): JsonObject => ({
      apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
      kind: 'Kustomization',
      metadata: named(name),
      spec: { interval: '1h', retryInterval: '2s', path: `./${folder}`, prune: false, wait: false, sourceRef: { kind: 'GitRepository', name: this.#name }, ...more },
    });
    return [repository, kustomization(this.#seen, SEEN, {}), ...Object.entries(this.#folders).map(([folder, more]) => kustomization(folder, folder, more))];
  }
}
