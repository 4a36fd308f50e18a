import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename } from 'node:path';
import { promisify } from 'node:util';
import { at, isObject, listAt, textAt, type Json, type JsonObject } from '../../src/core/base/json';
import { askProgram } from '../core/kube/oracle';
import type { BenchCluster } from './cluster';
import { until } from './process';

/**
 * Stands in for Flux's source-controller, which cannot be built here, by its own contract: packs the tree of a
 * GitRepository's branch, serves it on loopback and writes the status that kustomize-controller reads, as manager
 * `gotk-source-controller`. What its rules leave out is told by Flux's own code. A branch is looked at when the object is new or was changed, every `spec.interval`
 * (at least 500 ms apart), and when `reconcile.fluxcd.io/requestedAt` changes; never while `spec.suspend` is set.
 */
export interface Publisher {
  /** `host:port`, for `SOURCE_CONTROLLER_LOCALHOST`. */
  readonly address: string;
  /** Answers for GitRepositories with exactly this `spec.url` from a bare repository on disk. */
  serve(url: string, repository: string): void;
  /** Answers for OCIRepositories with exactly this `spec.url` with a folder of the repository's branch `main`, as `flux push artifact` would have packed it. */
  pack(url: string, packed: PackedFolder): void;
  /** Resolves once every object has been looked at as it is now: looks that had begun before have ended. */
  looked(): Promise<void>;
  stop(): Promise<void>;
}

export interface PackedFolder {
  /** A repository on disk. */
  readonly repository: string;
  readonly folder: string;
  /** The address that the artifact says it was made of. */
  readonly source: string;
  /** The commit that it says it was made of, where that is not the one that is packed. */
  readonly commit?: string;
}

const run = promisify(execFile);
const PERIOD_MS = 250;
const PATIENCE_MS = 60_000;
const SHORTEST_INTERVAL_MS = 500;
const KINDS = ['gitrepositories', 'ocirepositories'] as const;
/** kustomize-controller puts `SOURCE_CONTROLLER_LOCALHOST` in place of this host. */
const HOST = 'source-controller.flux-system.svc.cluster.local.';

interface Packed {
  readonly revision: string;
  readonly path: string;
  readonly bytes: Buffer;
  readonly metadata?: JsonObject;
}

/** Starts looking at every namespace of the cluster. The CRD must be there. */
export async function startPublisher(cluster: BenchCluster): Promise<Publisher> {
  const files = new Map<string, Buffer>();
  const server = createServer((request, response) => {
    const bytes = files.get(request.url ?? '');
    response.writeHead(bytes ? 200 : 404, { 'content-type': 'application/gzip' }).end(bytes);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return new Loop(cluster, server, files);
}

class Loop implements Publisher {
  readonly address: string;
  readonly #cluster: BenchCluster;
  readonly #server: Server;
  readonly #files: Map<string, Buffer>;
  readonly #repositories = new Map<string, string>();
  readonly #packed = new Map<string, PackedFolder>();
  /** By uid: when the branch was last looked at, and what the object asked for then. */
  readonly #looked = new Map<string, { readonly time: number; readonly wish: string }>();
  readonly #ended: Promise<void>;
  #rounds = 0;
  #stopped = false;

  constructor(cluster: BenchCluster, server: Server, files: Map<string, Buffer>) {
    this.#cluster = cluster;
    this.#server = server;
    this.#files = files;
    this.address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    this.#ended = this.#run();
  }

  serve(url: string, repository: string): void {
    this.#repositories.set(url, repository);
    this.#looked.clear();
  }

  pack(url: string, packed: PackedFolder): void {
    this.#packed.set(url, packed);
    this.#looked.clear();
  }

  async looked(): Promise<void> {
    // The round that is going on may have read the objects before.
    const enough = this.#rounds + 2;
    await until('two rounds of the publisher', () => Promise.resolve(this.#rounds >= enough), PATIENCE_MS);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#ended;
    this.#server.closeAllConnections();
    await new Promise(resolve => this.#server.close(resolve));
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      // A test may have stopped the API server; the next round finds it again.
      for (const kind of KINDS) {
        const answer = await this.#cluster.request('GET', `/apis/source.toolkit.fluxcd.io/v1/${kind}`).catch(() => undefined);
        for (const object of listAt(answer?.body, 'items')) if (isObject(object)) await this.#look(object, kind).catch(() => undefined);
      }
      this.#rounds++;
      await new Promise(resolve => setTimeout(resolve, PERIOD_MS));
    }
  }

  async #look(object: JsonObject, kind: (typeof KINDS)[number]): Promise<void> {
    if (at(object, 'spec', 'suspend') === true) return;
    const uid = textAt(object, 'metadata', 'uid') ?? '';
    const wish = JSON.stringify([at(object, 'metadata', 'generation'), requested(object)]);
    const last = this.#looked.get(uid);
    const interval = Math.max(SHORTEST_INTERVAL_MS, milliseconds(textAt(object, 'spec', 'interval') ?? '1m'));
    if (last?.wish === wish && Date.now() - last.time < interval) return;
    const time = Date.now();
    const packed = await (kind === 'gitrepositories' ? this.#packBranch(object) : this.#packFolder(object)).catch((error: unknown) => String(error instanceof Error ? error.message : error));
    const status = typeof packed === 'string' ? failed(object, packed) : published(object, packed);
    if (typeof packed !== 'string') this.#files.set(packed.path, packed.bytes);
    if (last?.wish === wish && typeof packed !== 'string' && packed.revision === textAt(object, 'status', 'artifact', 'revision')) {
      this.#looked.set(uid, { time, wish });
      return;
    }
    const { status: code } = await this.#cluster.request('PATCH', `${selfPath(object, kind)}/status?fieldManager=gotk-source-controller`, { status }, { type: 'application/merge-patch+json' });
    if (code === 200) this.#looked.set(uid, { time, wish });
  }

  async #packBranch(object: JsonObject): Promise<Packed> {
    const url = textAt(object, 'spec', 'url') ?? '';
    const repository = this.#repositories.get(url);
    if (repository === undefined) throw new Error(`failed to checkout and determine revision: unable to clone '${url}': repository not found`);
    const branch = textAt(object, 'spec', 'ref', 'branch') ?? 'master';
    const git = gitIn(repository);
    const sha = (await git('rev-parse', '--verify', `refs/heads/${branch}`)).toString().trim();
    const revision = `${branch}@sha1:${sha}`;
    const ignore = textAt(object, 'spec', 'ignore');
    const rules = ignore === undefined ? '' : `-${createHash('sha256').update(ignore).digest('hex').slice(0, 8)}`;
    const path = `/gitrepository/${textAt(object, 'metadata', 'namespace') ?? ''}/${textAt(object, 'metadata', 'name') ?? ''}/${sha}${rules}.tar.gz`;
    const bytes = this.#files.get(path) ?? (await git('archive', '--format=tar.gz', sha, ...(await withoutIgnored(git, sha, ignore))));
    return { revision, path, bytes };
  }

  async #packFolder(object: JsonObject): Promise<Packed> {
    const url = textAt(object, 'spec', 'url') ?? '';
    const packed = this.#packed.get(url);
    if (packed === undefined) throw new Error(`failed to pull artifact from '${url}': not found`);
    const git = gitIn(packed.repository);
    const sha = (await git('rev-parse', '--verify', 'refs/heads/main')).toString().trim();
    const bytes = await git('archive', '--format=tar.gz', `${sha}:${packed.folder}`);
    const digest = createHash('sha256').update(bytes).digest('hex');
    return { revision: `latest@sha256:${digest}`, path: `/ocirepository/${textAt(object, 'metadata', 'namespace') ?? ''}/${digest}.tar.gz`, bytes, metadata: { 'org.opencontainers.image.source': packed.source, 'org.opencontainers.image.revision': `main@sha1:${packed.commit ?? sha}` } };
  }
}

const gitIn = (repository: string) => async (...args: string[]): Promise<Buffer> =>
  (await run('git', ['-C', repository, ...args], { encoding: 'buffer', maxBuffer: 1 << 28, env: { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' } })).stdout;

/** The files to pack, by Flux's own code; none where nothing but its own list leaves any out. */
async function withoutIgnored(git: (...args: string[]) => Promise<Buffer>, sha: string, ignore: string | undefined): Promise<string[]> {
  const paths = (await git('ls-tree', '-r', '-z', '--name-only', sha)).toString().split('\0').filter(path => path !== '');
  const rules = paths.filter(path => basename(path) === '.sourceignore');
  if (ignore === undefined && rules.length === 0) return [];
  const texts = await Promise.all(rules.map(async path => [path, (await git('show', `${sha}:${path}`)).toString()] as const));
  const [left] = await askProgram('sourceignore', [{ files: { ...Object.fromEntries(paths.map(path => [path, ''])), ...Object.fromEntries(texts) }, ignore: ignore ?? null }]);
  return paths.filter(path => !(left as string[]).includes(path));
}

const requested = (object: JsonObject): Json => at(object, 'metadata', 'annotations', 'reconcile.fluxcd.io/requestedAt') ?? null;

const selfPath = (object: JsonObject, kind: string): string => `/apis/source.toolkit.fluxcd.io/v1/namespaces/${textAt(object, 'metadata', 'namespace') ?? ''}/${kind}/${textAt(object, 'metadata', 'name') ?? ''}`;

function published(object: JsonObject, { revision, path, bytes, metadata }: Packed): Json {
  return {
    observedGeneration: at(object, 'metadata', 'generation') ?? null,
    lastHandledReconcileAt: requested(object),
    artifact: {
      url: `http://${HOST}${path}`,
      path: path.slice(1),
      revision,
      digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}`,
      lastUpdateTime: now(),
      size: bytes.length,
      ...(metadata && { metadata }),
    },
    conditions: [
      condition(object, 'Ready', 'True', 'Succeeded', `stored artifact for revision '${revision}'`),
      condition(object, 'ArtifactInStorage', 'True', 'Succeeded', `stored artifact for revision '${revision}'`),
    ],
  };
}

/** The last artifact stays, as it does in Flux. */
function failed(object: JsonObject, message: string): Json {
  return {
    observedGeneration: at(object, 'metadata', 'generation') ?? null,
    lastHandledReconcileAt: requested(object),
    conditions: [condition(object, 'Ready', 'False', 'GitOperationFailed', message), ...listAt(object, 'status', 'conditions').filter(one => textAt(one, 'type') === 'ArtifactInStorage')],
  };
}

function condition(object: JsonObject, type: string, status: 'True' | 'False', reason: string, message: string): Json {
  const before = listAt(object, 'status', 'conditions').find(one => textAt(one, 'type') === type);
  const since = textAt(before, 'status') === status ? textAt(before, 'lastTransitionTime') : undefined;
  return { type, status, reason, message, observedGeneration: at(object, 'metadata', 'generation') ?? null, lastTransitionTime: since ?? now() };
}

const now = (): string => new Date().toISOString().replace(/\.\d+Z$/, 'Z');

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Go's duration notation, as far as Flux allows it: `1h30m`, `10s`, `1.5m`. */
function milliseconds(text: string): number {
  let sum = 0;
  for (const [, amount = '0', unit = 's'] of text.matchAll(/([\d.]+)(ms|s|m|h)/g)) sum += Number(amount) * (UNITS[unit] ?? 0);
  return sum;
}
