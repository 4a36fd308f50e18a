import assert from 'node:assert/strict';
import { chmod, mkdtemp, readdir, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { JsonObject } from '../../../src/core/base/json';
import { SchemaFiles } from '../../../src/core/cluster/schema-files';

const URL = '/openapi/v3/apis/apps/v1?hash=A';
const DOCUMENT = { components: { schemas: { big: 9007199254740993n } } };
const TEXT = '{"components":{"schemas":{"big":9007199254740993}}}';

describe('schemas kept between sessions', () => {
  let home: string;
  let folder: string;
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'plumbline-schemas-'));
    folder = join(home, 'a', 'schemas');
  });
  afterEach(() => rm(home, { recursive: true }));

  const only = async (): Promise<string> => join(folder, (await readdir(folder))[0] ?? '');
  async function kept(): Promise<SchemaFiles> {
    const files = new SchemaFiles(folder);
    files.keep('one', URL, DOCUMENT);
    await files.settled;
    return files;
  }

  it('are given back as they were, to another process too, and only under the same hash of the same server', async () => {
    await kept();
    const files = new SchemaFiles(folder);
    assert.deepEqual(await files.read('one', URL), DOCUMENT);
    assert.equal(await files.read('two', URL), undefined);
    assert.equal(await files.read('one', `${URL}B`), undefined);
  });

  it('are for the user alone, and nothing half-written stays', async function () {
    if (process.platform === 'win32') this.skip();
    await kept();
    assert.equal((await stat(folder)).mode & 0o777, 0o700);
    assert.equal((await stat(await only())).mode & 0o777, 0o600);
    assert.equal((await readdir(folder)).length, 1);
  });

  const damages: readonly (readonly [string, (file: string) => Promise<unknown>])[] = [
    ['cut', async file => writeFile(file, (await readFile(file)).subarray(0, 30))],
    ['with another byte', async file => {
      const bytes = await readFile(file);
      bytes[15] = (bytes[15] ?? 0) ^ 0xff;
      await writeFile(file, bytes);
    }],
    ['empty', file => writeFile(file, '')],
    ['no JSON', file => writeFile(file, gzipSync('<html>'))],
    ['JSON of another shape', file => writeFile(file, gzipSync('[1]'))],
    ['too large', file => writeFile(file, Buffer.concat([gzipSync(TEXT), randomBytes(9 * 1024 * 1024)]))],
    ['blown up', file => writeFile(file, gzipSync(`{"a":"${'x'.repeat(65 * 1024 * 1024)}"}`))],
  ];
  for (const [name, damage] of damages) {
    it(`a file that is ${name} counts for nothing and is written anew`, async () => {
      const files = await kept();
      await damage(await only());
      assert.equal(await files.read('one', URL), undefined);
      files.keep('one', URL, DOCUMENT);
      await files.settled;
      assert.ok(await files.read('one', URL));
    });
  }

  it('what was not used for the longest time goes when there is too much', async () => {
    const files = new SchemaFiles(folder, { all: 10_000, one: 4_000 });
    const some = (bytes: number): JsonObject => ({ a: randomBytes(bytes).toString('base64') });
    for (const n of [0, 1, 2]) {
      files.keep('one', `u${n}`, some(2_000));
      await files.settled;
      for (const name of await readdir(folder)) await age(join(folder, name), 60);
    }
    // Used again, so that the one before it is the oldest.
    await files.read('one', 'u0');
    await new Promise(resolve => setTimeout(resolve, 50));
    for (const n of [3, 4]) files.keep('one', `u${n}`, some(2_000));
    await files.settled;
    const sizes = await Promise.all((await readdir(folder)).map(async name => (await stat(join(folder, name))).size));
    assert.ok(sizes.reduce((a, b) => a + b) <= 10_000);
    const left = await Promise.all([0, 1, 2, 3, 4].map(async n => (await files.read('one', `u${n}`)) !== undefined));
    assert.deepEqual([left[0], left[4]], [true, true]);
    assert.ok(left.filter(Boolean).length < 5);
    files.keep('one', 'huge', some(5_000));
    await files.settled;
    assert.equal(await files.read('one', 'huge'), undefined, 'one that is too large alone is not kept');
  });

  it('what others began and never finished is taken away, what they are writing is not', async () => {
    await kept();
    await writeFile(join(folder, 'old.tmp'), '');
    await age(join(folder, 'old.tmp'), 7_200);
    await writeFile(join(folder, 'new.tmp'), '');
    await kept();
    assert.deepEqual((await readdir(folder)).filter(name => name.endsWith('.tmp')), ['new.tmp']);
  });

  it('a folder that others may write to is not used, nor a link in place of a file or folder, nor a file in its place', async function () {
    if (process.platform === 'win32') this.skip();
    const files = await kept();
    const file = await only();
    await rm(file);
    await writeFile(join(home, 'elsewhere'), gzipSync(TEXT));
    await symlink(join(home, 'elsewhere'), file);
    assert.equal(await files.read('one', URL), undefined);
    await symlink(folder, join(home, 'link'));
    for (const path of [join(home, 'link'), join(home, 'elsewhere')]) {
      const other = new SchemaFiles(path);
      other.keep('one', 'u', DOCUMENT);
      await other.settled;
      assert.equal(await other.read('one', 'u'), undefined);
    }
    await chmod(folder, 0o777);
    const open = new SchemaFiles(folder);
    open.keep('one', 'u', DOCUMENT);
    await open.settled;
    assert.equal(await open.read('one', 'u'), undefined);
    assert.equal((await readdir(folder)).length, 1);
  });

  const age = (path: string, seconds: number): Promise<void> => utimes(path, Date.now() / 1000 - seconds, Date.now() / 1000 - seconds);
});
