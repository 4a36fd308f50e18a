import { readFile } from 'node:fs/promises';
import { dirname, isAbsolute, resolve, sep } from 'node:path';
import { boolYaml11Tag, FAILSAFE_SCHEMA, floatYaml11Tag, intYaml11Tag, loadAll, mergeTag, nullYaml11Tag, Schema } from 'js-yaml';
import { at, isArray, isObject, member, type Json, type JsonObject } from '../base/json';
import { ClusterError } from './errors';

/** A client certificate, key or CA: the bytes (and whether a file is named too, which kubectl refuses), or the file that has them. */
export type Pem = { readonly kind: 'data'; readonly pem: string; readonly besideFile?: true } | { readonly kind: 'file'; readonly file: string };

export interface ClusterEntry {
  readonly name: string;
  readonly server: string;
  readonly tlsServerName: string | undefined;
  readonly ca: Pem | undefined;
  readonly insecure: boolean;
  readonly proxyUrl: string | undefined;
  /** For exec plugins: what the cluster's extension `client.authentication.k8s.io/exec` holds. */
  readonly execConfig: Json | undefined;
}

export interface ExecPlugin {
  /** Resolved against the kubeconfig's folder when it is a path; a bare name is looked up on PATH. */
  readonly command: string;
  readonly args: readonly string[];
  readonly env: readonly (readonly [string, string])[];
  readonly apiVersion: string;
  readonly provideClusterInfo: boolean;
  readonly interactiveMode: string | undefined;
  readonly installHint: string | undefined;
  /** The kubeconfig file that names it. */
  readonly source: string;
}

export interface Impersonation {
  readonly user: string;
  readonly uid: string | undefined;
  readonly groups: readonly string[];
  readonly extra: readonly (readonly [string, readonly string[]])[];
}

export interface UserEntry {
  readonly name: string;
  readonly token: string | undefined;
  readonly tokenFile: string | undefined;
  readonly cert: Pem | undefined;
  readonly key: Pem | undefined;
  readonly basic: { readonly username: string; readonly password: string } | undefined;
  readonly exec: ExecPlugin | undefined;
  readonly authProvider: { readonly name: string; readonly config: JsonObject } | undefined;
  readonly impersonate: Impersonation | undefined;
}

export interface ContextEntry {
  readonly name: string;
  readonly cluster: string;
  readonly user: string;
  readonly namespace: string | undefined;
}

export interface Kubeconfig {
  readonly contexts: ReadonlyMap<string, ContextEntry>;
  readonly clusters: ReadonlyMap<string, ClusterEntry>;
  readonly users: ReadonlyMap<string, UserEntry>;
  readonly current: string | undefined;
}

/** As `readKubeconfig`: files in `KUBECONFIG` order. Rejects with `ClusterError` `invalid`. */
export type ReadKubeconfig = (files: readonly string[]) => Promise<Kubeconfig>;

/** One context with what it names, ready to connect. */
export interface Target {
  readonly context: ContextEntry;
  readonly cluster: ClusterEntry;
  readonly user: UserEntry;
}

/**
 * Reads and merges kubeconfig files as kubectl does (client-go `clientcmd/loader.go`): missing and empty files are
 * skipped; of two entries of one name, and of two current contexts, the one of the earlier file wins whole; relative
 * paths are meant from the folder of the file they stand in; a name twice in one file is an error.
 * `@kubernetes/client-node` takes the last file's current context and refuses what kubectl accepts, so it is not asked.
 * Rejects with `ClusterError` `invalid`.
 */
export const readKubeconfig: ReadKubeconfig = async files => {
  const contexts = new Map<string, ContextEntry>();
  const clusters = new Map<string, ClusterEntry>();
  const users = new Map<string, UserEntry>();
  let current: string | undefined;
  for (const file of files) {
    if (file === '') continue;
    const path = resolve(file);
    const document = await readDocument(path);
    if (document === undefined) continue;
    addMissing(contexts, entries(document, path, 'contexts', 'context', readContext));
    addMissing(clusters, entries(document, path, 'clusters', 'cluster', readCluster));
    addMissing(users, entries(document, path, 'users', 'user', readUser));
    current ??= text(document, 'current-context', path);
  }
  return { contexts, clusters, users, current };
};

/** `undefined` for the current context. Rejects nothing: throws `ClusterError` `invalid` and says what is missing. */
export function targetOf(config: Kubeconfig, name: string | undefined): Target {
  const wanted = name ?? config.current;
  if (wanted === undefined) throw invalid('the kubeconfig has no current context; choose one');
  const context = config.contexts.get(wanted);
  if (!context) throw invalid(`the kubeconfig has no context "${wanted}"`);
  // kubectl would ask localhost:8080.
  if (context.cluster === '') throw invalid(`context "${wanted}" of the kubeconfig names no cluster`);
  const cluster = config.clusters.get(context.cluster);
  if (!cluster) throw invalid(`context "${wanted}" names the cluster "${context.cluster}", which the kubeconfig does not have`);
  const user = config.users.get(context.user) ?? (context.user === '' ? ANONYMOUS : undefined);
  if (!user) throw invalid(`context "${wanted}" names the user "${context.user}", which the kubeconfig does not have`);
  // As kubectl does (client-go `clientcmd/validation.go`): which of two was meant cannot be told.
  const { token, tokenFile, basic, exec, authProvider } = user;
  if ((token !== undefined || tokenFile !== undefined) && basic) throw invalid(`user "${user.name}" of the kubeconfig has both a token and a user name`);
  if (exec && authProvider) throw invalid(`user "${user.name}" of the kubeconfig has both an exec plugin and an auth provider`);
  for (const [key, pem] of [['client-certificate', user.cert], ['client-key', user.key], ['certificate-authority', cluster.ca]] as const)
    if (pem?.kind === 'data' && pem.besideFile === true) throw invalid(`context "${wanted}" of the kubeconfig has both ${key} and ${key}-data`);
  // Without a user these headers would be ignored, and requests would run with the full rights of the login.
  if (user.impersonate?.user === '') throw invalid(`user "${user.name}" of the kubeconfig impersonates groups, a uid or extra values without naming a user (as)`);
  return { context, cluster, user };
}

const ANONYMOUS: UserEntry = {
  name: '',
  token: undefined,
  tokenFile: undefined,
  cert: undefined,
  key: undefined,
  basic: undefined,
  exec: undefined,
  authProvider: undefined,
  impersonate: undefined,
};

/** As kubectl's reader takes plain scalars: `yes` is a truth value, `017` a number, a date a text. */
const KUBE_SCHEMA = new Schema([...FAILSAFE_SCHEMA.tags, nullYaml11Tag, boolYaml11Tag, intYaml11Tag, floatYaml11Tag, mergeTag]);

async function readDocument(path: string): Promise<JsonObject | undefined> {
  let content: string;
  try {
    content = await readFile(path, 'utf8');
  } catch (error) {
    if (isObject(error as Json) && (error as { code?: unknown }).code === 'ENOENT') return undefined;
    throw invalid(`the kubeconfig ${path} cannot be read (${codeOf(error)})`);
  }
  if (content.trim() === '') return undefined;
  let document: unknown;
  try {
    // Of several documents kubectl reads the first; a file of comments has none. Of a key that stands twice the last counts.
    document = loadAll(content, { schema: KUBE_SCHEMA, json: true })[0];
  } catch (error) {
    // The parser's own message quotes the text around the error, which may be a token.
    const line = at(error as Json, 'mark', 'line');
    throw invalid(`the kubeconfig ${path} is not valid YAML${typeof line === 'number' ? ` (line ${line + 1})` : ''}`);
  }
  if (document === null || document === undefined) return undefined;
  const kind = member(document as Json, 'kind') ?? '';
  const version = member(document as Json, 'apiVersion') ?? '';
  const isConfig = isObject(document as Json) && (kind === '' || kind === 'Config') && (version === '' || version === 'v1');
  if (!isConfig) throw invalid(`the kubeconfig ${path} is not a kubeconfig`);
  return document as JsonObject;
}

type ReadEntry<T> = (name: string, body: Json | undefined, path: string) => T;

function entries<T>(document: JsonObject, path: string, list: string, key: string, read: ReadEntry<T>): Map<string, T> {
  const out = new Map<string, T>();
  const items = member(document, list) ?? [];
  if (!isArray(items)) throw invalid(`${path}: ${list} is not a list`);
  for (const item of items) {
    const name = text(item, 'name', path) ?? '';
    if (out.has(name)) throw invalid(`${path}: ${list} has "${name}" twice`);
    out.set(name, read(name, member(item, key), path));
  }
  return out;
}

function addMissing<T>(into: Map<string, T>, from: ReadonlyMap<string, T>): void {
  for (const [name, entry] of from) if (!into.has(name)) into.set(name, entry);
}

const readContext: ReadEntry<ContextEntry> = (name, body, path) => ({
  name,
  cluster: text(body, 'cluster', path) ?? '',
  user: text(body, 'user', path) ?? '',
  namespace: text(body, 'namespace', path),
});

const readCluster: ReadEntry<ClusterEntry> = (name, body, path) => ({
  name,
  server: text(body, 'server', path) ?? '',
  tlsServerName: text(body, 'tls-server-name', path),
  ca: pem(body, 'certificate-authority', path),
  insecure: flag(body, 'insecure-skip-tls-verify', path),
  proxyUrl: text(body, 'proxy-url', path),
  execConfig: member(
    items(body, 'extensions', path).find(item => member(item, 'name') === 'client.authentication.k8s.io/exec'),
    'extension',
  ),
});

const readUser: ReadEntry<UserEntry> = (name, body, path) => {
  const tokenFile = text(body, 'tokenFile', path);
  const username = text(body, 'username', path);
  const provider = member(body, 'auth-provider');
  const config = member(provider, 'config');
  return {
    name,
    token: text(body, 'token', path),
    tokenFile: tokenFile === undefined ? undefined : from(path, tokenFile),
    cert: pem(body, 'client-certificate', path),
    key: pem(body, 'client-key', path),
    basic: username === undefined ? undefined : { username, password: text(body, 'password', path) ?? '' },
    exec: isObject(member(body, 'exec')) ? readExec(member(body, 'exec'), path) : undefined,
    authProvider: isObject(provider) ? { name: text(provider, 'name', path) ?? '', config: isObject(config) ? config : {} } : undefined,
    impersonate: readImpersonation(body, path),
  };
};

function readExec(body: Json | undefined, path: string): ExecPlugin {
  const command = text(body, 'command', path) ?? '';
  if (command === '') throw invalid(`${path}: an exec plugin has no command`);
  const isPath = command.includes('/') || command.includes(sep);
  return {
    command: isPath ? from(path, command) : command,
    args: texts(body, 'args', path),
    env: items(body, 'env', path).map(item => [text(item, 'name', path) ?? '', text(item, 'value', path) ?? ''] as const),
    apiVersion: text(body, 'apiVersion', path) ?? '',
    provideClusterInfo: flag(body, 'provideClusterInfo', path),
    interactiveMode: text(body, 'interactiveMode', path),
    installHint: text(body, 'installHint', path),
    source: path,
  };
}

function readImpersonation(body: Json | undefined, path: string): Impersonation | undefined {
  const user = text(body, 'as', path) ?? '';
  const uid = text(body, 'as-uid', path);
  const groups = texts(body, 'as-groups', path);
  const map = member(body, 'as-user-extra');
  const extra = isObject(map) ? Object.keys(map).map(key => [key, texts(map, key, path)] as const) : [];
  return user === '' && uid === undefined && groups.length === 0 && extra.length === 0 ? undefined : { user, uid, groups, extra };
}

function pem(body: Json | undefined, key: string, path: string): Pem | undefined {
  const data = text(body, `${key}-data`, path);
  const file = text(body, key, path);
  if (data !== undefined) {
    // Node passes over what is no base64, and a certificate that is another one is found late and badly worded.
    const joined = data.replace(/[\r\n]/g, '');
    if (!BASE64.test(joined)) throw invalid(`${path}: ${key}-data is not base64`);
    return { kind: 'data', pem: Buffer.from(joined, 'base64').toString('latin1'), ...(file !== undefined && { besideFile: true }) };
  }
  return file === undefined ? undefined : { kind: 'file', file: from(path, file) };
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

const from = (path: string, file: string): string => (isAbsolute(file) ? file : resolve(dirname(path), file));

/** Empty text counts as absent, as in client-go. Never quotes the value: it may be a secret. */
function text(body: Json | undefined, key: string, path: string): string | undefined {
  const value = member(body, key);
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value !== 'string') throw invalid(`${path}: ${key} must be text; put it in quotes`);
  return value;
}

function flag(body: Json | undefined, key: string, path: string): boolean {
  const value = member(body, key) ?? false;
  if (typeof value !== 'boolean') throw invalid(`${path}: ${key} must be true or false`);
  return value;
}

function items(body: Json | undefined, key: string, path: string): readonly Json[] {
  const value = member(body, key) ?? [];
  if (!isArray(value)) throw invalid(`${path}: ${key} must be a list`);
  return value;
}

const texts = (body: Json | undefined, key: string, path: string): readonly string[] =>
  items(body, key, path).map(item => {
    if (typeof item !== 'string') throw invalid(`${path}: ${key} must be a list of texts`);
    return item;
  });

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : 'unreadable');
const invalid = (message: string): ClusterError => new ClusterError('invalid', message);
