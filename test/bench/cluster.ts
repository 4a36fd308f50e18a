import { execFile, spawn } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { Agent, request as httpsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { textAt, type Json } from '../../src/core/base/json';
import { parseJson, stringifyJson } from '../../src/core/base/json-text';
import { freePort, start, until, type Running } from './process';
import { program, toStderr, type Mode } from './programs';
import type { Log } from '../vscode/cache';

/** Who may do what; rights are real RBAC. Only admin may write. `readable-*` below are the two namespaces of `two-namespaces`. */
export const USERS = ['admin', 'viewer', 'two-namespaces', 'no-secrets', 'no-flux', 'no-sources', 'nobody'] as const;
export type User = (typeof USERS)[number];

/** Namespaces that `two-namespaces` may read. They exist from the start. */
export const READABLE_NAMESPACES = ['readable-a', 'readable-b'] as const;

export interface Answer {
  readonly status: number;
  readonly body: Json;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/**
 * A real API server with its etcd, on free loopback ports and in a folder of its own under the temporary folder.
 * Tests mostly take the one that they share, from `hooks.ts`, with a `namespace()` each; a test that stops the server,
 * or looks at cluster-wide lists, starts its own. It ends with `stop()`, and with the process that started it.
 */
export interface BenchCluster {
  readonly server: string;
  readonly ca: string;
  readonly folder: string;
  /** Path of a kubeconfig for this user; its only context is called `bench`. */
  kubeconfig(user?: User): string;
  token(user?: User): string;
  /** One request; never rejects because of a status. */
  request(method: string, path: string, body?: Json, options?: { readonly as?: User; readonly type?: string }): Promise<Answer>;
  /** Server-side apply of an object (or a `List` of them) under a manager, by force. Rejects with the server's words when refused. */
  apply(object: Json, manager: string): Promise<Json>;
  /** The real kubectl; resolves to its stdout, rejects with its stderr. */
  kubectl(args: readonly string[], options?: { readonly as?: User; readonly stdin?: string; readonly env?: Readonly<Record<string, string>> }): Promise<string>;
  /** The same for commands whose exit code is their answer (`diff`). */
  tryKubectl(args: readonly string[], options?: { readonly as?: User; readonly stdin?: string; readonly env?: Readonly<Record<string, string>> }): Promise<{ readonly code: number; readonly out: string; readonly err: string }>;
  /** Makes a namespace of its own for one test. */
  namespace(prefix?: string): Promise<string>;
  /** For faults: the server alone, its data stays. */
  stopServer(): Promise<void>;
  startServer(): Promise<void>;
  /** Restarts the server with another self-signed certificate. The kubeconfigs of the bench name the new one. */
  renewCertificate(): Promise<void>;
  /** Stops a program in its tracks (SIGSTOP): its sockets stay open and say nothing. The result lets it run on. */
  freeze(program: 'kube-apiserver' | 'etcd'): Promise<() => void>;
  /** Makes etcd forget every version before now. */
  compact(): Promise<void>;
  readonly etcd: string;
  stop(): Promise<void>;
}

export interface ClusterOptions {
  readonly mode?: Mode;
  /** Runs kube-controller-manager too: garbage collection, ReplicaSets, deletion of namespaces. */
  readonly controllers?: boolean;
  /** More arguments for kube-apiserver. */
  readonly arguments?: readonly string[];
  /** Folders that go when it ends. */
  readonly remove?: readonly string[];
  /** Gets a line when a program has to be built first. Standard error by default. */
  readonly log?: Log;
  /** etcd's folder, which stays: an empty one, or one that an ended cluster has filled. In the cluster's own folder by default. */
  readonly data?: string;
}


const tokenOf = (user: User): string => `${user}-token`;

/** Starts etcd and a real API server on free loopback ports, in a temporary folder. Takes about three seconds. */
export async function startCluster(options: ClusterOptions = {}): Promise<BenchCluster> {
  const { mode = 'functional', log = toStderr } = options;
  const [etcd, apiserver] = await Promise.all([program('etcd', mode, log), program('kube-apiserver', mode, log)]);
  const folder = await mkdtemp(join(tmpdir(), 'plumbline-bench-'));
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048, privateKeyEncoding: { type: 'pkcs8', format: 'pem' }, publicKeyEncoding: { type: 'spki', format: 'pem' } });
  await writeFile(join(folder, 'sa.key'), privateKey, { mode: 0o600 });
  await writeFile(join(folder, 'tokens.csv'), USERS.map(user => `${tokenOf(user)},${user},${user}${user === 'admin' ? ',"system:masters"' : ''}`).join('\n'));
  const [clientPort, peerPort, port] = [await freePort(), await freePort(), await freePort()];
  const etcdUrl = `http://127.0.0.1:${clientPort}`;
  const store = start(etcd, etcdArguments(options.data ?? join(folder, 'etcd'), etcdUrl, `http://127.0.0.1:${peerPort}`), { remove: [folder, ...(options.remove ?? [])] });
  const cluster = new Cluster({ folder, port, program: apiserver, arguments: options.arguments ?? [], etcd: etcdUrl, store });
  try {
    await cluster.startServer();
    await cluster.prepare();
    if (options.controllers) await cluster.startControllers(await program('kube-controller-manager', mode, log));
    return cluster;
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}

const etcdArguments = (data: string, client: string, peer: string): string[] => [
  '--data-dir', data, '--unsafe-no-fsync', '--listen-client-urls', client, '--advertise-client-urls', client,
  '--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer, '--initial-cluster', `default=${peer}`,
];

interface Parts {
  readonly folder: string;
  readonly port: number;
  /** kube-apiserver. */
  readonly program: string;
  readonly arguments: readonly string[];
  readonly etcd: string;
  readonly store: Running;
}

class Cluster implements BenchCluster {
  readonly server: string;
  readonly folder: string;
  readonly etcd: string;
  ca = '';
  readonly #parts: Parts;
  #agent = new Agent();
  #serving: Running | undefined;
  #controllers: Running | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.folder = parts.folder;
    this.server = `https://127.0.0.1:${parts.port}`;
    this.etcd = parts.etcd;
  }

  kubeconfig(user: User = 'admin'): string {
    return join(this.folder, `${user}.kubeconfig`);
  }

  token(user: User = 'admin'): string {
    return tokenOf(user);
  }

  async startServer(): Promise<void> {
    const file = (name: string): string => join(this.folder, name);
    const serving = start(this.#parts.program, [
      `--etcd-servers=${this.etcd}`, `--secure-port=${this.#parts.port}`, '--bind-address=127.0.0.1', `--cert-dir=${file('certs')}`,
      '--service-account-issuer=https://kubernetes.default.svc', `--service-account-key-file=${file('sa.key')}`, `--service-account-signing-key-file=${file('sa.key')}`,
      `--token-auth-file=${file('tokens.csv')}`, '--authorization-mode=RBAC', '--service-cluster-ip-range=10.0.0.0/24',
      '--disable-admission-plugins=ServiceAccount', '--endpoint-reconciler-type=none', '--allow-privileged',
      ...this.#parts.arguments,
    ]);
    this.#serving = serving;
    await until('kube-apiserver', async () => {
      this.ca = await readFile(file('certs/apiserver.crt'), 'utf8');
      this.#agent.destroy();
      this.#agent = new Agent({ ca: this.ca, keepAlive: true, maxSockets: 16 });
      return (await this.request('GET', '/readyz')).status === 200;
    }, 60_000, serving);
  }

  async stopServer(): Promise<void> {
    await this.#serving?.stop();
    this.#serving = undefined;
    // Kept connections would answer with a reset once more.
    this.#agent.destroy();
  }

  async renewCertificate(): Promise<void> {
    await this.stopServer();
    await rm(join(this.folder, 'certs'), { recursive: true });
    await this.startServer();
    await this.#writeKubeconfigs();
  }

  async freeze(which: 'kube-apiserver' | 'etcd'): Promise<() => void> {
    const guard = which === 'etcd' ? this.#parts.store : this.#serving;
    const [pid] = guard ? await childrenOf(guard.pid) : [];
    if (pid === undefined) throw new Error(`${which} does not run`);
    process.kill(pid, 'SIGSTOP');
    // On a busy machine it goes on for a while: the signal counts once a thread of it has had its turn.
    await until(`${which} is frozen`, async () => /\) [Tt] /.test(await readFile(`/proc/${pid}/stat`, 'utf8')), 30_000);
    return () => void process.kill(pid, 'SIGCONT');
  }

  /** By etcd's JSON gateway. */
  async compact(): Promise<void> {
    const ask = async (path: string, body: object): Promise<Json> => {
      const answer = await fetch(`${this.etcd}/v3/${path}`, { method: 'POST', body: JSON.stringify(body) });
      if (!answer.ok) throw new Error(`etcd ${path}: HTTP ${answer.status}`);
      return parseJson(await answer.text());
    };
    const revision = textAt(await ask('kv/range', { key: 'AA==' }), 'header', 'revision');
    await ask('kv/compaction', { revision: revision ?? '', physical: true });
  }

  async startControllers(path: string): Promise<void> {
    const port = await freePort();
    this.#controllers = start(path, [`--kubeconfig=${this.kubeconfig()}`, `--secure-port=${port}`, '--leader-elect=false', `--service-account-private-key-file=${join(this.folder, 'sa.key')}`, `--cert-dir=${join(this.folder, 'cm-certs')}`]);
  }

  /** Kubeconfigs and rights. */
  async prepare(): Promise<void> {
    await this.#writeKubeconfigs();
    const namespaces = READABLE_NAMESPACES.map((name): Json => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }));
    await this.apply({ apiVersion: 'v1', kind: 'List', items: [...namespaces, ...rights()] }, 'bench');
  }

  async #writeKubeconfigs(): Promise<void> {
    for (const user of USERS) await writeFile(this.kubeconfig(user), kubeconfig(this.server, this.ca, user, tokenOf(user)), { mode: 0o600 });
  }

  async request(method: string, path: string, body?: Json, options: { readonly as?: User; readonly type?: string } = {}): Promise<Answer> {
    const text = body === undefined ? undefined : stringifyJson(body);
    const { status, received, headers } = await new Promise<{ status: number; received: string; headers: Answer['headers'] }>((resolve, reject) => {
      const sent = httpsRequest(`${this.server}${path}`, { method, agent: this.#agent, headers: { authorization: `Bearer ${this.token(options.as)}`, accept: 'application/json', ...(text !== undefined && { 'content-type': options.type ?? 'application/json', 'content-length': Buffer.byteLength(text) }) } }, answer => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, received: Buffer.concat(chunks).toString(), headers: answer.headers }));
        answer.on('error', reject);
      });
      sent.on('error', reject);
      sent.end(text);
    });
    let parsed: Json = received;
    try {
      parsed = parseJson(received);
    } catch {
      // `/readyz` and the like answer with plain text.
    }
    return { status, body: parsed, headers };
  }

  async apply(object: Json, manager: string): Promise<Json> {
    return parseJson(await this.kubectl(['apply', '--server-side', '--force-conflicts', `--field-manager=${manager}`, '--show-managed-fields', '-o', 'json', '-f', '-'], { stdin: stringifyJson(object) }));
  }

  async kubectl(args: readonly string[], options: Parameters<BenchCluster['kubectl']>[1] = {}): Promise<string> {
    const { code, out, err } = await this.tryKubectl(args, options);
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${err.trim() || `exit code ${code}`}`);
    return out;
  }

  async tryKubectl(args: readonly string[], options: Parameters<BenchCluster['tryKubectl']>[1] = {}): Promise<{ code: number; out: string; err: string }> {
    const path = await program('kubectl');
    return new Promise((resolve, reject) => {
      const child = spawn(path, [`--kubeconfig=${this.kubeconfig(options.as)}`, `--cache-dir=${join(this.folder, 'kubectl-cache')}`, ...args], { env: { ...process.env, ...options.env, KUBECONFIG: '', KUBERC: 'off' }, stdio: ['pipe', 'pipe', 'pipe'] });
      let out = '';
      let err = '';
      child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
      child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
      child.on('error', reject);
      child.on('close', code => resolve({ code: code ?? -1, out, err }));
      child.stdin.on('error', () => undefined);
      child.stdin.end(options.stdin ?? '');
    });
  }

  async namespace(prefix = 'test'): Promise<string> {
    const name = `${prefix}-${randomBytes(4).toString('hex')}`;
    const { status } = await this.request('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    if (status !== 201) throw new Error(`namespace ${name}: HTTP ${status}`);
    return name;
  }

  async stop(): Promise<void> {
    this.#agent.destroy();
    await Promise.all([this.#controllers?.stop(), this.#serving?.stop()]);
    await this.#parts.store.stop();
  }
}

/** The child processes of a guard, for tests that look whether anything stays behind. */
export function childrenOf(pid: number): Promise<number[]> {
  return new Promise(resolve => {
    execFile('ps', ['-o', 'pid=', '--ppid', String(pid)], (_error, stdout) => resolve(stdout.split('\n').map(Number).filter(child => child > 0)));
  });
}

const kubeconfig = (server: string, ca: string, user: User, token: string): string => `apiVersion: v1
kind: Config
current-context: bench
clusters:
  - name: bench
    cluster:
      server: ${server}
      certificate-authority-data: ${Buffer.from(ca).toString('base64')}
users:
  - name: ${user}
    user:
      token: ${token}
contexts:
  - name: bench
    context:
      cluster: bench
      user: ${user}
`;

/**
 * The viewer may read all; `no-secrets` all but Secrets; `two-namespaces` two namespaces and nothing cluster-wide;
 * `no-flux` no kind of Flux, `no-sources` no source of it; `nobody` may do what any authenticated user may.
 */
function rights(): Json[] {
  const rbac = 'rbac.authorization.k8s.io';
  const read = ['get', 'list', 'watch'];
  const core = ['configmaps', 'services', 'endpoints', 'pods', 'namespaces', 'serviceaccounts', 'persistentvolumeclaims', 'events', 'replicationcontrollers', 'limitranges', 'resourcequotas'];
  const groups = ['apps', 'batch', 'networking.k8s.io', 'policy', 'autoscaling', rbac, 'kustomize.toolkit.fluxcd.io', 'source.toolkit.fluxcd.io', 'helm.toolkit.fluxcd.io', 'argoproj.io', 'apiextensions.k8s.io'];
  const role = (name: string, rules: Json[]): Json => ({ apiVersion: `${rbac}/v1`, kind: 'ClusterRole', metadata: { name }, rules });
  const subject = (name: string): Json[] => [{ kind: 'User', name, apiGroup: rbac }];
  const bind = (name: string, to: string): Json => ({ apiVersion: `${rbac}/v1`, kind: 'ClusterRoleBinding', metadata: { name }, roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: to }, subjects: subject(name) });
  const all = { apiGroups: ['*'], resources: ['*'], verbs: read };
  const without = (...left: readonly string[]): Json[] => [{ apiGroups: [''], resources: core, verbs: read }, { apiGroups: groups.filter(group => !left.includes(group)), resources: ['*'], verbs: read }];
  const [applies, sources, releases] = ['kustomize.toolkit.fluxcd.io', 'source.toolkit.fluxcd.io', 'helm.toolkit.fluxcd.io'];
  return [
    role('bench-viewer', [all]),
    role('bench-no-secrets', without()),
    role('bench-no-flux', without(applies, sources, releases)),
    role('bench-no-sources', without(sources)),
    bind('viewer', 'bench-viewer'),
    ...['no-secrets', 'no-flux', 'no-sources'].map(user => bind(user, `bench-${user}`)),
    ...READABLE_NAMESPACES.map((namespace): Json => ({ apiVersion: `${rbac}/v1`, kind: 'RoleBinding', metadata: { name: 'two-namespaces', namespace }, roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: 'bench-viewer' }, subjects: subject('two-namespaces') })),
  ];
}
