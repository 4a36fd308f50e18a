import assert from 'node:assert/strict';
import { isObject, listAt, member, textAt, type JsonObject } from '../../src/core/base/json';
import type { Cluster, Resource } from '../../src/core/cluster/api';
import type { JudgeInput } from '../../src/core/drift/judge-input';
import { splitApiVersion, type ObjectRef } from '../../src/core/kube/identity';
import { GroupVersionSchemas } from '../../src/core/kube/openapi';
import type { BenchCluster } from '../bench/cluster';

interface Served {
  readonly kind: string;
  readonly name: string;
  readonly namespaced: boolean;
}

/** What one server serves, each group-version asked for once. */
export class ServerKinds {
  readonly #cluster: BenchCluster;
  readonly #schemas = new Map<string, Promise<GroupVersionSchemas | undefined>>();
  readonly #plurals = new Map<string, Promise<readonly Served[]>>();

  constructor(cluster: BenchCluster) {
    this.#cluster = cluster;
  }

  async get(ref: ObjectRef): Promise<JsonObject | undefined> {
    const { status, body } = await this.#cluster.request('GET', await this.path(ref));
    if (status === 404) return undefined;
    assert.ok(status === 200 && isObject(body), `GET ${ref.kind} ${ref.name}: HTTP ${status}`);
    return body;
  }

  async path(ref: ObjectRef): Promise<string> {
    return `${await this.collection(ref)}/${ref.name}`;
  }

  /** Where objects of this kind are created. */
  async collection({ apiVersion, kind, namespace }: Omit<ObjectRef, 'name'>): Promise<string> {
    const resource = await this.resource({ apiVersion, kind });
    const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    return `${root}${resource.namespaced ? `/namespaces/${namespace ?? 'default'}` : ''}/${resource.name}`;
  }

  async resource(type: Pick<ObjectRef, 'apiVersion' | 'kind'>): Promise<Served> {
    const found = await this.find(type);
    assert.ok(found, `${type.apiVersion} ${type.kind} is not served`);
    return found;
  }

  async find({ apiVersion, kind }: Pick<ObjectRef, 'apiVersion' | 'kind'>): Promise<Served | undefined> {
    const known = this.#plurals.get(apiVersion) ?? this.#discover(apiVersion);
    this.#plurals.set(apiVersion, known);
    return (await known).find(one => one.kind === kind && !one.name.includes('/'));
  }

  async #discover(apiVersion: string): Promise<Served[]> {
    const { status, body } = await this.#cluster.request('GET', apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`);
    return status === 200 ? listAt(body, 'resources').map(one => ({ kind: textAt(one, 'kind') ?? '', name: textAt(one, 'name') ?? '', namespaced: member(one, 'namespaced') === true })) : [];
  }

  /** What the product's session knows of one kind's group, asked of the server. */
  async discovery(ref: ObjectRef): Promise<Pick<Cluster, 'resource' | 'resources'>> {
    const { group } = splitApiVersion(ref.apiVersion);
    const { body } = await this.#cluster.request('GET', group === '' ? '/api' : `/apis/${group}`);
    const versions = listAt(body, 'versions').map(one => (typeof one === 'string' ? one : (textAt(one, 'version') ?? '')));
    const resources = await Promise.all(versions.map(async (version): Promise<Resource[]> => {
      const found = await this.find({ apiVersion: group === '' ? version : `${group}/${version}`, kind: ref.kind });
      return found ? [{ group, version, kind: ref.kind, plural: found.name, namespaced: found.namespaced, verbs: [] }] : [];
    }));
    const all = resources.flat();
    return { resources: () => all, resource: apiVersion => all.find(({ version }) => version === splitApiVersion(apiVersion).version) };
  }

  async schema({ apiVersion, kind }: ObjectRef): Promise<JudgeInput['schema']> {
    const known = this.#schemas.get(apiVersion) ?? this.#readSchemas(apiVersion);
    this.#schemas.set(apiVersion, known);
    const { group, version } = splitApiVersion(apiVersion);
    return (await known)?.typeOf(kind, group, version);
  }

  async #readSchemas(apiVersion: string): Promise<GroupVersionSchemas | undefined> {
    const { status, body } = await this.#cluster.request('GET', `/openapi/v3/${apiVersion.includes('/') ? 'apis' : 'api'}/${apiVersion}`);
    return status === 200 && isObject(body) ? new GroupVersionSchemas(body) : undefined;
  }
}

/** Eight at a time. */
export async function each<T>(items: Iterable<T>, work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
    }),
  );
}
