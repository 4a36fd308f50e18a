import { randomUUID } from 'node:crypto';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { at, listAt, member, textAt, type Json, type JsonObject } from '../../src/core/base/json';
import type { Log } from '../vscode/cache';
import { findRedis } from '../vscode/install';
import type { BenchCluster } from './cluster';
import { installCrds } from './crds';
import { freePort, start, until, type Running } from './process';
import { moduleFolder, program, toStderr, type Mode } from './programs';

/** The namespace of Argo CD itself, where its Applications stand. */
export const ARGO_NAMESPACE = 'argocd';

/**
 * A real Argo CD beside a bench cluster, with its own CRDs: repo-server, application-controller and the Redis between
 * them; no API server and no user interface. Its only project allows everything, and sources may be `file://` addresses.
 */
export interface BenchArgo {
  /** What its programs printed last. */
  output(): string;
  /** Asks for a fresh comparison, of the branch as it is now, and waits until it was made; a hard one also forgets what could not be rendered before. */
  refresh(name: string, how?: 'normal' | 'hard'): Promise<Json>;
  /** Syncs once and waits for the end; resolves to `status.operationState`. Rejects when it failed, with Argo CD's words. */
  sync(name: string, options?: SyncOptions): Promise<Json>;
  /** The Application as it is now. */
  application(name: string): Promise<Json>;
  /** Starts the controller of ApplicationSets as well, once: few tests need it. */
  withApplicationSets(): Promise<void>;
  /** Starts the server that commits what a source hydrator renders as well, once. It pushes to the source, under Argo CD's name. */
  withHydrator(): Promise<void>;
  stop(): Promise<void>;
}

export interface SyncOptions {
  readonly prune?: boolean;
  /** A sync that fails is an answer too. */
  readonly mayFail?: boolean;
}

const PATIENCE_MS = 60_000;
/** For a sync of a hundred objects on a machine that is busy with other tests. */
const SYNC_MS = 400_000;
const APPLICATIONS = `/apis/argoproj.io/v1alpha1/namespaces/${ARGO_NAMESPACE}/applications`;

/** Installs the CRDs and starts the programs. Takes about ten seconds. */
export async function startArgo(cluster: BenchCluster, options: { readonly mode?: Mode; readonly log?: Log } = {}): Promise<BenchArgo> {
  const log = options.log ?? toStderr;
  const [argocd, kustomize, helm, redis] = await Promise.all([program('argocd', options.mode, log), program('kustomize', options.mode, log), program('helm', options.mode, log), findRedis(log), installCrds(cluster, await crds(), 'argocd-installer', /^argoproj\.io$/)]);
  await cluster.apply({ apiVersion: 'v1', kind: 'List', items: settings() }, 'bench');
  const folder = join(cluster.folder, 'argocd');
  const [cachePort, repoPort, repoMetrics, metrics, commitPort] = [await freePort(), await freePort(), await freePort(), await freePort(), await freePort()];
  const cache = `127.0.0.1:${cachePort}`;
  const env = { ...(await surroundings(folder, [dirname(kustomize), dirname(helm)])), KUBECONFIG: cluster.kubeconfig() };
  const plainRole = (name: string, args: readonly string[]): Running => start(argocd, [...args, '--loglevel', 'warn', '--logformat', 'text'], { env: { ...env, ARGOCD_BINARY_NAME: name } });
  const role = (name: string, args: readonly string[]): Running => plainRole(name, [...args, '--redis', cache]);
  const running = [
    start(redis, ['--port', String(cachePort), '--bind', '127.0.0.1', '--save', '', '--dir', folder]),
    role('argocd-repo-server', ['--port', String(repoPort), '--metrics-port', String(repoMetrics), '--disable-tls', '--client-ca-path', '', '--address', '127.0.0.1', '--metrics-address', '127.0.0.1']),
    role('argocd-application-controller', ['--namespace', ARGO_NAMESPACE, '--repo-server', `127.0.0.1:${repoPort}`, '--repo-server-plaintext', '--app-resync', '20', '--metrics-port', String(metrics), '--hydrator-enabled', '--commit-server', `127.0.0.1:${commitPort}`]),
  ];
  const sets = async (): Promise<Running> => {
    const [health, measured, webhook] = [await freePort(), await freePort(), await freePort()];
    const controller = plainRole('argocd-applicationset-controller', ['--namespace', ARGO_NAMESPACE, '--argocd-repo-server', `127.0.0.1:${repoPort}`, '--repo-server-plaintext', '--probe-addr', `127.0.0.1:${health}`, '--metrics-addr', `127.0.0.1:${measured}`, '--webhook-addr', `127.0.0.1:${webhook}`]);
    await until('argocd-applicationset-controller', async () => (await fetch(`http://127.0.0.1:${measured}/metrics`)).ok, PATIENCE_MS, controller);
    return controller;
  };
  const commits = async (): Promise<Running> => {
    const measured = await freePort();
    const server = plainRole('argocd-commit-server', ['--address', '127.0.0.1', '--port', String(commitPort), '--metrics-address', '127.0.0.1', '--metrics-port', String(measured)]);
    await until('argocd-commit-server', async () => (await fetch(`http://127.0.0.1:${measured}/healthz`)).ok, PATIENCE_MS, server);
    return server;
  };
  const argo = new Argo(cluster, running, { sets, commits });
  try {
    const healthy = async (port: number): Promise<boolean> => (await fetch(`http://127.0.0.1:${port}/healthz`)).ok;
    await until('argocd-repo-server', () => healthy(repoMetrics), PATIENCE_MS, running[1]);
    await until('argocd-application-controller', () => healthy(metrics), PATIENCE_MS, running[2]);
    return argo;
  } catch (error) {
    await argo.stop();
    throw error;
  }
}

/** What the programs look for around them: a folder of plugins, one for what they fetch, the script that checks signatures, and the tools they run. */
async function surroundings(folder: string, tools: readonly string[]): Promise<Record<string, string>> {
  const [plugins, work, scripts] = [join(folder, 'plugins'), join(folder, 'tmp'), join(folder, 'bin')];
  for (const path of [plugins, work, scripts]) await mkdir(path, { recursive: true });
  const wrapper = join(scripts, 'git-verify-wrapper.sh');
  await writeFile(wrapper, '#!/bin/sh\nexit 0\n');
  await chmod(wrapper, 0o755);
  return {
    ARGOCD_GPG_ENABLED: 'false',
    ARGOCD_FAKE_IN_CLUSTER: 'true',
    ARGOCD_PLUGINSOCKFILEPATH: plugins,
    TMPDIR: work,
    GIT_CONFIG_GLOBAL: '/dev/null',
    PATH: [scripts, ...tools, process.env['PATH'] ?? ''].join(delimiter),
  };
}

async function crds(): Promise<string[]> {
  const folder = join(await moduleFolder('argo', 'github.com/argoproj/argo-cd/v3'), 'manifests', 'crds');
  return ['application', 'applicationset', 'appproject'].map(name => join(folder, `${name}-crd.yaml`));
}

function settings(): Json[] {
  const metadata = (name: string): JsonObject => ({ name, namespace: ARGO_NAMESPACE, labels: { 'app.kubernetes.io/part-of': 'argocd' } });
  const config = (name: string, data: JsonObject): JsonObject => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: metadata(name), data });
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: ARGO_NAMESPACE } },
    config('argocd-cm', { 'timeout.reconciliation': '20s' }),
    config('argocd-rbac-cm', {}),
    config('argocd-cmd-params-cm', {}),
    { apiVersion: 'v1', kind: 'Secret', metadata: metadata('argocd-secret'), stringData: { 'server.secretkey': 'bench' } },
    {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'AppProject',
      metadata: { name: 'default', namespace: ARGO_NAMESPACE },
      spec: { sourceRepos: ['*'], destinations: [{ namespace: '*', server: '*' }], clusterResourceWhitelist: [{ group: '*', kind: '*' }] },
    },
  ];
}

const ENDED = new Set(['Succeeded', 'Failed', 'Error']);
const REFRESH = 'argocd.argoproj.io/refresh';

/** What only some tests need, started when the first asks: the controller of ApplicationSets, the server that commits what is hydrated. */
type Later = 'sets' | 'commits';

class Argo implements BenchArgo {
  readonly #cluster: BenchCluster;
  readonly #running: readonly Running[];
  readonly #start: Readonly<Record<Later, () => Promise<Running>>>;
  readonly #later = new Map<Later, Promise<Running>>();

  constructor(cluster: BenchCluster, running: readonly Running[], later: Readonly<Record<Later, () => Promise<Running>>>) {
    this.#cluster = cluster;
    this.#running = running;
    this.#start = later;
  }

  async withApplicationSets(): Promise<void> {
    await this.#started('sets');
  }

  async withHydrator(): Promise<void> {
    await this.#started('commits');
  }

  #started(which: Later): Promise<Running> {
    const running = this.#later.get(which) ?? this.#start[which]();
    this.#later.set(which, running);
    return running;
  }

  output(): string {
    return this.#running.map(one => one.output()).join('\n');
  }

  async application(name: string): Promise<Json> {
    const { status, body } = await this.#cluster.request('GET', `${APPLICATIONS}/${name}`);
    if (status !== 200) throw new Error(`Application ${name}: HTTP ${status}`);
    return body;
  }

  async refresh(name: string, how: 'normal' | 'hard' = 'normal'): Promise<Json> {
    await this.#patch(name, { metadata: { annotations: { [REFRESH]: how } } });
    // The controller takes the wish away once it has compared.
    return this.#until(name, application => textAt(application, 'metadata', 'annotations', REFRESH) === undefined && textAt(application, 'status', 'reconciledAt') !== undefined);
  }

  async sync(name: string, { prune = false, mayFail = false }: SyncOptions = {}): Promise<Json> {
    const before = await this.refresh(name);
    const options = listAt(before, 'spec', 'syncPolicy', 'syncOptions');
    const mark = randomUUID();
    await this.#patch(name, { operation: { initiatedBy: { username: 'bench' }, info: [{ name: 'bench', value: mark }], sync: { prune, syncOptions: options } } });
    const done = (application: Json): boolean => {
      const state = at(application, 'status', 'operationState');
      const ours = listAt(state, 'operation', 'info').some(info => textAt(info, 'value') === mark);
      return member(application, 'operation') === undefined && ours && ENDED.has(textAt(state, 'phase') ?? '');
    };
    const state = at(await this.#until(name, done, SYNC_MS), 'status', 'operationState') ?? null;
    if (!mayFail && textAt(state, 'phase') !== 'Succeeded') throw new Error(`Application ${name}: ${textAt(state, 'phase') ?? ''}: ${textAt(state, 'message') ?? ''}\n${JSON.stringify(at(state, 'syncResult', 'resources') ?? null)}`);
    return state;
  }

  async #patch(name: string, body: JsonObject): Promise<void> {
    const { status, body: answer } = await this.#cluster.request('PATCH', `${APPLICATIONS}/${name}?fieldManager=argocd-cli`, body, { type: 'application/merge-patch+json' });
    if (status !== 200) throw new Error(`Application ${name}: HTTP ${status}: ${textAt(answer, 'message') ?? ''}`);
  }

  async #until(name: string, wanted: (application: Json) => boolean, patience = PATIENCE_MS): Promise<Json> {
    let seen: Json = null;
    await until(`Application ${name}`, async () => wanted((seen = await this.application(name))), patience, this.#running[2]).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${JSON.stringify(at(seen, 'status') ?? null)}`);
    });
    return seen;
  }

  async stop(): Promise<void> {
    const later = await Promise.all([...this.#later.values()].map(one => one.catch(() => undefined)));
    await Promise.all([...this.#running, ...later.filter(one => one !== undefined)].map(one => one.stop()));
  }
}
