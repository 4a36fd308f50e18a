import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { systemClock, type Clock } from '../../../src/core/base/clock';
import type { JsonObject } from '../../../src/core/base/json';
import type { Log } from '../../../src/core/base/log';
import type { Cluster, KindStatus, LiveStore, Want } from '../../../src/core/cluster/api';
import type { ConnectOptions } from '../../../src/core/cluster/connect';
import { isClusterError } from '../../../src/core/cluster/errors';
import type { BenchCluster, User } from '../../bench/cluster';
import { connectHere } from '../../bench/wire';

/** Keeps what is logged, with everything that hangs on an error, so that it can be searched for secrets. */
export class MemoryLog implements Log {
  readonly lines: string[] = [];
  info(message: string): void {
    this.lines.push(message);
  }
  warn(message: string): void {
    this.lines.push(message);
  }
  error(message: string, cause?: unknown): void {
    this.lines.push(`${message} ${describeAll(cause)}`);
  }
}

/** Everything an error could show to anybody: message, stack, causes and properties. */
export function describeAll(error: unknown, depth = 0): string {
  if (!(error instanceof Error) || depth > 5) return String(error);
  const own = Object.entries(error).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  return [error.message, error.stack, ...own, error.cause === undefined ? '' : describeAll(error.cause, depth + 1)].join('\n');
}

export interface OpenOptions {
  readonly user?: User;
  /** In place of the bench server's own address: a proxy's. */
  readonly server?: string;
  readonly clock?: Clock;
  readonly more?: Partial<ConnectOptions>;
}

export async function openSession(bench: BenchCluster, { user = 'admin', server, clock = systemClock, more }: OpenOptions = {}): Promise<{ cluster: Cluster; log: MemoryLog }> {
  const folder = await mkdtemp(join(tmpdir(), 'plumbline-kubeconfig-'));
  try {
    const file = join(folder, 'config');
    const content = await readFile(bench.kubeconfig(user), 'utf8');
    await writeFile(file, server === undefined ? content : content.replace(bench.server, server));
    const log = new MemoryLog();
    const cluster = await connectHere({ kubeconfig: [file], context: undefined, env: {}, userAgent: 'plumbline-test', clock, log, random: () => 0, ...more }, new AbortController().signal);
    return { cluster, log };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** A kubeconfig with the one context `x`, whose cluster is `c` and whose user is `u`. JSON is YAML. */
export const configText = (server: string, ca: string | { readonly file: string }, user: JsonObject): string =>
  JSON.stringify({
    'current-context': 'x',
    clusters: [{ name: 'c', cluster: { server, ...(typeof ca === 'string' ? { 'certificate-authority-data': Buffer.from(ca).toString('base64') } : { 'certificate-authority': ca.file }) } }],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
  });

/** Polls until it holds; the error names what was waited for. */
export async function eventually(what: string, holds: () => boolean | Promise<boolean>, limit = 10_000): Promise<void> {
  const end = Date.now() + limit;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`waited ${limit} ms in vain: ${what}`);
    await setTimeout(10);
  }
}

export async function ready(store: LiveStore, wants: readonly Want[]): Promise<void> {
  store.want(wants);
  for (const { apiVersion, kind, namespaces } of wants) {
    for (const namespace of namespaces ?? [undefined]) await eventually(`${kind} is ready`, () => store.status(apiVersion, kind, namespace).kind === 'ready');
  }
}

export async function statusBecomes(store: LiveStore, of: readonly [string, string, string | undefined], kind: KindStatus['kind'], limit?: number): Promise<KindStatus> {
  await eventually(`${of.join(' ')} becomes ${kind}`, () => store.status(...of).kind === kind, limit);
  return store.status(...of);
}

/** Rejects with a `ClusterError`; gives it back. */
export async function failureOf(promise: Promise<unknown>): Promise<Error & { readonly kind: string }> {
  try {
    await promise;
  } catch (error) {
    assert.ok(isClusterError(error), describeAll(error));
    return error;
  }
  assert.fail('it did not fail');
}

export const configMap = (namespace: string, name: string, data: Record<string, string> = {}): { apiVersion: string; kind: string; metadata: { name: string; namespace: string }; data: Record<string, string> } => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace },
  data,
});
