import assert from 'node:assert/strict';
import type { JsonObject } from '../../../src/core/base/json';
import type { Cluster } from '../../../src/core/cluster/api';
import { Schemas } from '../../../src/core/drift/schemas';

const document = (field: string): JsonObject => ({
  components: { schemas: { K: { 'x-kubernetes-group-version-kind': [{ group: 'x.io', kind: 'K', version: 'v1' }], type: 'object', properties: { [field]: { type: 'string' } } } } },
});

/** A server whose answers are given one by one. */
class Server {
  arrivals = 0;
  failures = 0;
  readonly #waiting: { readonly resolve: (document: JsonObject | undefined) => void; readonly reject: (error: Error) => void }[] = [];
  readonly schemas: Schemas;

  constructor() {
    const openapi: Cluster['openapi'] = () => new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
    this.schemas = new Schemas({ openapi } as unknown as Cluster, () => this.arrivals++, () => this.failures++);
  }

  get asked(): number {
    return this.#waiting.length;
  }

  async answer(answer: JsonObject | Error | undefined): Promise<void> {
    const next = this.#waiting.shift();
    if (answer instanceof Error) next?.reject(answer);
    else next?.resolve(answer);
    await this.schemas.settled().catch(() => undefined);
  }

  /** The fields of the kind; `undefined`: without a schema. */
  fields(): readonly string[] | 'loading' | undefined {
    const state = this.schemas.of('x.io/v1', 'K');
    if (state.kind === 'loading') return 'loading';
    return state.type?.kind === 'map' ? [...state.type.fields.keys()] : undefined;
  }
}

async function withOne(first: JsonObject): Promise<Server> {
  const server = new Server();
  assert.equal(server.fields(), 'loading');
  await server.answer(first);
  assert.deepEqual([server.fields(), server.arrivals], [['a'], 1]);
  return server;
}

describe('schemas that are read anew', () => {
  it('count as they were until the new ones are there', async () => {
    const server = await withOne(document('a'));
    server.schemas.forget();
    assert.deepEqual([server.fields(), server.asked], [['a'], 1]);
    await server.answer(document('b'));
    assert.deepEqual([server.fields(), server.arrivals], [['b'], 2]);
  });

  it('cause nothing when they are the same', async () => {
    const same = document('a');
    const server = await withOne(same);
    server.schemas.forget();
    const { generation } = server.schemas;
    const before = server.schemas.of('x.io/v1', 'K');
    await server.answer(same);
    assert.deepEqual([server.schemas.generation, server.arrivals], [generation, 1]);
    assert.deepEqual(server.schemas.of('x.io/v1', 'K'), before);
  });

  it('are gone when the server no longer has them, and when they cannot be read', async () => {
    for (const answer of [undefined, new Error('no answer')]) {
      const server = await withOne(document('a'));
      server.schemas.forget();
      await server.answer(answer);
      assert.deepEqual([server.fields(), server.arrivals, server.failures], [undefined, 2, answer ? 1 : 0]);
    }
  });

  it('are not those of an answer that was asked for before', async () => {
    const server = await withOne(document('a'));
    server.schemas.forget();
    server.schemas.forget();
    assert.equal(server.asked, 2);
    const late = server.answer(document('old'));
    await new Promise(resolve => setImmediate(resolve));
    assert.deepEqual(server.fields(), ['a']);
    await server.answer(document('b'));
    await late;
    assert.deepEqual(server.fields(), ['b']);
  });
});
