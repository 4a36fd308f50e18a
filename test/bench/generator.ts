import { fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { load } from 'js-yaml';
import type { Json, JsonObject } from '../../src/core/base/json';
import { fieldsOf } from '../core/drift/make';
import type { BenchCluster } from './cluster';
import { asServed, manifestText, placeOf } from './load';

/** The argument that makes a measurement's process a generator: it must not share a thread with what is measured. */
export const GENERATOR = 'generator';

const KEYS = { containers: ['name'], env: ['name'], ports: ['containerPort', 'protocol'] };

/** Speaks just enough of the list and watch protocol for a load too large to be put into a real server within a benchmark. */
export interface Generator {
  /** So many changes of single objects, as fast as the connections take them. */
  burst(events: number): Promise<void>;
  /** The most connections that were open at a time. */
  connections(): Promise<number>;
  stop(): void;
}

/** The schemas of the load's kinds, as a real API server has them: by path, the list of documents and each document. */
export async function schemasOf(cluster: BenchCluster): Promise<JsonObject> {
  const paths = [['api/v1', '/openapi/v3/api/v1'], ['apis/apps/v1', '/openapi/v3/apis/apps/v1']] as const;
  const documents = await Promise.all(paths.map(async ([, path]) => [path, (await cluster.request('GET', path)).body] as const));
  return { '/openapi/v3': { paths: Object.fromEntries(paths.map(([name, path]) => [name, { serverRelativeURL: path }])) }, ...Object.fromEntries(documents) };
}

/** `schemas`: a file with what `schemasOf` has read. */
export async function startGenerator(count: number, kubeconfig: string, schemas: string): Promise<Generator> {
  const child = fork(process.argv[1] ?? '', [GENERATOR, String(count), schemas], { execArgv: [], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const ended = new Promise<never>((_, reject) => child.once('exit', () => reject(new Error('the generator has ended'))));
  // Nobody may be waiting when it is stopped.
  ended.catch(() => undefined);
  const answer = (): Promise<number> => Promise.race([new Promise<number>(resolve => child.once('message', message => resolve(Number(message)))), ended]);
  const ask = (message: readonly [string, number]): Promise<number> => {
    const answered = answer();
    child.send(message);
    return answered;
  };
  const port = await answer();
  const config = { apiVersion: 'v1', kind: 'Config', 'current-context': 'load', contexts: [{ name: 'load', context: { cluster: 'load', user: 'load' } }], clusters: [{ name: 'load', cluster: { server: `http://127.0.0.1:${port}` } }], users: [{ name: 'load', user: {} }] };
  await writeFile(kubeconfig, JSON.stringify(config), { mode: 0o600 });
  return {
    burst: async events => {
      await ask(['burst', events]);
    },
    connections: () => ask(['connections', 0]),
    stop: () => void child.kill(),
  };
}

const isDeployment = (i: number): boolean => i % 2 === 0;

/** As the server has it after `kubectl apply --server-side`. */
function served(i: number, version: number): JsonObject {
  const manifest = load(manifestText(i)) as JsonObject;
  const { metadata, ...object } = asServed(manifest, i);
  const own = fieldsOf(JSON.parse(JSON.stringify(manifest).replace(/"containerPort":(\d+)/g, '"containerPort":$1,"protocol":"TCP"')) as Json, KEYS);
  // In the order in which a server writes them.
  const { name, namespace, uid, generation, creationTimestamp, ...rest } = metadata as JsonObject;
  const managedFields = [{ manager: 'kubectl', operation: 'Apply', apiVersion: manifest['apiVersion'] ?? '', time: '2026-11-24T10:00:00Z', fieldsType: 'FieldsV1', fieldsV1: own }];
  const named = { name: name ?? '', namespace: namespace ?? '', uid: uid ?? '', resourceVersion: '' };
  return { metadata: { ...named, ...(generation !== undefined && { generation }), creationTimestamp: creationTimestamp ?? '', ...rest, resourceVersion: String(version), managedFields }, ...object };
}

/** Items of a list, in pieces as a server writes them: made beforehand, so that only whoever reads them has work. */
function piecesOf(texts: readonly string[]): readonly Buffer[] {
  const pieces: Buffer[] = [];
  for (let i = 0; i < texts.length; i += PIECE) pieces.push(Buffer.from(`${i === 0 ? '' : ','}${texts.slice(i, i + PIECE).join(',')}`));
  return pieces;
}

/** Items of one piece. */
const PIECE = 16;

/** The process of a generator: says its port, then does what it is told, one message at a time. */
export function generate(count: number, schemas: string): void {
  const documents = { ...DOCUMENTS, ...(JSON.parse(readFileSync(schemas, 'utf8')) as Readonly<Record<string, JsonObject>>) };
  // In the order in which a server keeps them: by namespace and name.
  const keyOf = (i: number): string => placeOf(i).path;
  const order = Array.from({ length: count }, (_, i) => i).sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  const texts = order.map(i => JSON.stringify(served(i, 1_000 + i)));
  const places = new Map(order.map((i, at) => [i, at]));
  /** Made beforehand: a burst comes as fast as it can be taken. */
  const eventOf = (i: number, now: number): string => {
    const text = (texts[places.get(i) ?? 0] ?? '').replace(/"resourceVersion":"\d+"/, `"resourceVersion":"${now}"`);
    return `{"type":"MODIFIED","object":{"apiVersion":"${isDeployment(i) ? 'apps/v1' : 'v1'}","kind":"${isDeployment(i) ? 'Deployment' : 'ConfigMap'}",${text.slice(1).replace(/"apiVersion":"[^"]*","kind":"[^"]*",/, '')}}\n`;
  };
  const watches = new Map<'deployments' | 'configmaps', Set<ServerResponse>>([['deployments', new Set()], ['configmaps', new Set()]]);
  let version = 1_000 + count;
  let most = 0;
  let open = 0;
  const items = { Deployment: piecesOf(texts.filter((_, at) => isDeployment(order[at] ?? 0))), ConfigMap: piecesOf(texts.filter((_, at) => !isDeployment(order[at] ?? 0))) };
  const list = (answer: ServerResponse, kind: 'Deployment' | 'ConfigMap'): void => {
    answer.write(`{"kind":"${kind}List","apiVersion":"${kind === 'Deployment' ? 'apps/v1' : 'v1'}","metadata":{"resourceVersion":"${version}"},"items":[`);
    for (const piece of items[kind]) answer.write(piece);
    answer.end(']}');
  };
  const server = createServer((request: IncomingMessage, answer: ServerResponse) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://load');
    answer.setHeader('content-type', 'application/json');
    const collection = pathname === '/apis/apps/v1/deployments' ? 'deployments' : pathname === '/api/v1/configmaps' ? 'configmaps' : undefined;
    if (collection && searchParams.get('watch') !== null) {
      const watching = watches.get(collection);
      watching?.add(answer);
      answer.on('close', () => watching?.delete(answer));
      answer.flushHeaders();
    } else if (collection) list(answer, collection === 'deployments' ? 'Deployment' : 'ConfigMap');
    else {
      const found = documents[pathname];
      answer.statusCode = found ? 200 : 404;
      answer.end(JSON.stringify(found ?? { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'NotFound', code: 404 }));
    }
  });
  server.on('connection', socket => {
    most = Math.max(most, ++open);
    socket.on('close', () => open--);
  });
  process.on('message', message => {
    const [what, events] = message as [string, number];
    for (let n = 0; what === 'burst' && n < events; n++) {
      const i = (n * 7) % count;
      const event = eventOf(i, ++version);
      for (const answer of watches.get(isDeployment(i) ? 'deployments' : 'configmaps') ?? []) answer.write(event);
    }
    process.send?.(what === 'connections' ? most : events);
  });
  process.on('disconnect', () => process.exit());
  server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
}

const resources = (groupVersion: string, name: string, kind: string): JsonObject => ({ kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources: [{ name, singularName: '', namespaced: true, kind, verbs: ['get', 'list', 'watch', 'patch'] }] });

const DOCUMENTS: Readonly<Record<string, JsonObject>> = {
  '/version': { major: '1', minor: '37', gitVersion: 'v1.37.2' },
  '/api': { kind: 'APIVersions', versions: ['v1'] },
  '/apis': { kind: 'APIGroupList', apiVersion: 'v1', groups: [{ name: 'apps', versions: [{ groupVersion: 'apps/v1', version: 'v1' }], preferredVersion: { groupVersion: 'apps/v1', version: 'v1' } }] },
  '/api/v1': resources('v1', 'configmaps', 'ConfigMap'),
  '/apis/apps/v1': resources('apps/v1', 'deployments', 'Deployment'),
  '/api/v1/namespaces/kube-system': { kind: 'Namespace', apiVersion: 'v1', metadata: { name: 'kube-system', uid: '00000000-0000-4000-8000-000000000000', resourceVersion: '1' } },
};
