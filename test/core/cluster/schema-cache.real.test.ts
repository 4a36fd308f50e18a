import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { at, isObject, textAt, type JsonObject } from '../../../src/core/base/json';
import { parseJson } from '../../../src/core/base/json-text';
import { SchemaFiles } from '../../../src/core/cluster/schema-files';
import type { BenchCluster } from '../../bench/cluster';
import { sharedCluster } from '../../bench/hooks';
import { startProxy, type FaultProxy } from '../../bench/proxy';
import { eventually, openSession } from './open';

const VERSIONS = ['v1', 'apps/v1', 'batch/v1'] as const;

describe('schemas kept between sessions, from a real API server', function () {
  this.timeout(60_000);
  let bench: BenchCluster;
  let proxy: FaultProxy;
  let folder: string;

  before(async () => {
    bench = await sharedCluster();
  });
  beforeEach(async () => {
    proxy = await startProxy(bench);
    folder = await mkdtemp(join(tmpdir(), 'plumbline-schema-cache-'));
  });
  afterEach(async () => {
    await proxy.stop();
    await rm(folder, { recursive: true });
  });

  /** What a new session reads of these group-versions, and what it asked the server for. */
  async function read(versions: readonly string[] = VERSIONS): Promise<{ readonly documents: readonly (JsonObject | undefined)[]; readonly asked: readonly string[] }> {
    const before = proxy.seen.length;
    const schemas = new SchemaFiles(join(folder, 'schemas'));
    const { cluster } = await openSession(bench, { server: proxy.url, more: { schemas } });
    const documents = await Promise.all(versions.map(version => cluster.openapi(version)));
    await schemas.settled;
    cluster.dispose();
    return { documents, asked: proxy.seen.slice(before).map(({ path }) => path).filter(path => path.startsWith('/openapi/v3/')) };
  }

  it('a second session reads no schema from the server, and has the same ones', async () => {
    const first = await read();
    assert.equal(first.asked.length, VERSIONS.length);
    const second = await read();
    assert.deepEqual(second.asked, []);
    assert.deepEqual(second.documents, first.documents);
    assert.ok(second.documents.every(document => isObject(at(document, 'components', 'schemas'))));
  });

  it('nothing but schemas is in the folder', async () => {
    await read();
    const names = await readdir(join(folder, 'schemas'));
    assert.equal(names.length, VERSIONS.length);
    for (const name of names) {
      const text = gunzipSync(await readFile(join(folder, 'schemas', name))).toString('utf8');
      assert.deepEqual(Object.keys(parseJson(text) as JsonObject), ['components']);
      for (const secret of [bench.token(), bench.server, 'BEGIN CERTIFICATE']) assert.ok(!text.includes(secret));
    }
  });

  it('a damaged file is read from the server again', async () => {
    const first = await read();
    for (const name of await readdir(join(folder, 'schemas'))) await writeFile(join(folder, 'schemas', name), 'damaged');
    const second = await read();
    assert.equal(second.asked.length, VERSIONS.length);
    assert.deepEqual(second.documents, first.documents);
    assert.deepEqual((await read()).asked, []);
  });

  it('a kind that came meanwhile has another hash: its schema is read, the others are not', async () => {
    const crd = (plural: string, field: string): JsonObject => ({
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: `${plural}.kept.example.org` },
      spec: { group: 'kept.example.org', scope: 'Namespaced', names: { plural, singular: plural.slice(0, -1), kind: plural }, versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object', properties: { [field]: { type: 'string' } } } } }] },
    });
    const versions = ['v1', 'kept.example.org/v1'];
    await bench.request('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', crd('firsts', 'one'));
    const has = async (word: string): Promise<boolean> => JSON.stringify((await bench.request('GET', '/openapi/v3/apis/kept.example.org/v1')).body).includes(word);
    const hash = async (): Promise<string> => textAt((await bench.request('GET', '/openapi/v3')).body, 'paths', 'apis/kept.example.org/v1', 'serverRelativeURL') ?? '';
    await eventually('the first kind has a schema', async () => (await has('firsts')) && (await hash()) !== '', 30_000);
    const old = await hash();
    await read(versions);
    assert.deepEqual((await read(versions)).asked, []);
    await bench.request('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', crd('seconds', 'two'));
    // The list of hashes comes after the documents.
    await eventually('the second kind has one', async () => (await has('seconds')) && (await hash()) !== old, 30_000);
    const { asked, documents } = await read(versions);
    assert.deepEqual(asked.map(path => path.split('?')[0]), ['/openapi/v3/apis/kept.example.org/v1']);
    assert.match(JSON.stringify(documents[1], (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value)), /"two"/);
    for (const plural of ['firsts', 'seconds']) await bench.request('DELETE', `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${plural}.kept.example.org`);
  });
});
