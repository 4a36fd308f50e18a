import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { program } from './programs';

describe('the bench: programs', () => {
  let folder: string;
  let path: string | undefined;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'plumbline-go-'));
    path = process.env['PATH'];
    process.env['PATH'] = folder;
  });
  afterEach(async () => {
    process.env['PATH'] = path;
    await rm(folder, { recursive: true, force: true });
  });

  const silent = (): void => undefined;
  const script = (name: string, text: string): Promise<void> => writeFile(join(folder, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });

  it('says in one sentence that Go is missing', async () => {
    await assert.rejects(program('etcd', 'functional', silent), { message: 'Go is not on PATH: the bench builds a real API server and needs Go 1.26 or newer' });
  });

  for (const version of ['go1.25.9', 'go1.4', 'devel']) {
    it(`refuses ${version} and names it`, async () => {
      await script('go', `echo ${version}`);
      await assert.rejects(program('etcd', 'functional', silent), { message: `the bench needs Go 1.26 or newer; found ${version}` });
    });
  }

  it('takes the kubectl that is there, and needs no Go for it', async () => {
    await script('kubectl', 'exit 0');
    assert.equal(await program('kubectl', 'functional', silent), join(folder, 'kubectl'));
  });
});
