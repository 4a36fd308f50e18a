import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { activityOf } from '../../../src/core/change/activity';
import { Journal, type JournalEntry, type JournalStart } from '../../../src/core/change/journal';
import { FakeClock } from '../../fake/clock';

const START: JournalStart = {
  action: 'push',
  ref: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' },
  context: 'prod',
  cluster: 'uid-1',
  manager: 'kustomize-controller',
  force: false,
  creates: false,
  fields: ['.spec.replicas'],
  reason: undefined,
  by: undefined,
};

describe('the journal', () => {
  let folder: string;
  let clock: FakeClock;
  const openJournal = (): Journal => new Journal(join(folder, 'journal'), clock, error => assert.fail(String(error)));
  const kinds = (entries: readonly JournalEntry[]): string[] => entries.map(({ result }) => result.kind);

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'plumbline-journal-'));
    clock = new FakeClock(Date.parse('2026-11-24T23:59:59Z'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('has a line before, and a line after', async () => {
    const journal = openJournal();
    let told = 0;
    journal.onChange(() => told++);
    const id = await journal.begin(START);
    assert.deepEqual(kinds(journal.entries()), ['running']);
    assert.equal(await linesIn(folder), 1);
    await journal.end(id, { kind: 'done' });
    assert.deepEqual(kinds(journal.entries()), ['done']);
    assert.equal(await linesIn(folder), 2);
    assert.equal(told, 2);
  });

  it('is read back newest first, across days', async () => {
    const journal = openJournal();
    await journal.end(await journal.begin(START), { kind: 'refused', why: 'moved', message: 'it moved' });
    clock.advance(5_000);
    await journal.end(await journal.begin({ ...START, action: 'pause', reason: 'incident 7', by: 'ana' }), { kind: 'done' });
    const again = openJournal();
    await again.load();
    const [first, second] = again.entries();
    assert.deepEqual([first?.action, first?.reason, first?.by, first?.at], ['pause', 'incident 7', 'ana', clock.now()]);
    assert.deepEqual(second, { ...START, id: second?.id, at: clock.now() - 5_000, result: { kind: 'refused', why: 'moved', message: 'it moved' } });
    assert.equal((await readdir(join(folder, 'journal'))).length, 2);
  });

  it('a result that comes after midnight still belongs to its beginning', async () => {
    const journal = openJournal();
    const id = await journal.begin(START);
    clock.advance(2_000);
    await journal.end(id, { kind: 'done' });
    const again = openJournal();
    await again.load();
    assert.deepEqual(kinds(again.entries()), ['done']);
  });

  it('a write without a result is unknown once its process must be gone', async () => {
    await openJournal().begin(START);
    const again = openJournal();
    await again.load();
    assert.deepEqual(kinds(again.entries()), ['running'], 'another window may be at it');
    clock.advance(120_000);
    assert.deepEqual(kinds(again.entries()), ['unknown']);
  });

  it('its own write is running however long it takes', async () => {
    const journal = openJournal();
    await journal.begin(START);
    clock.advance(600_000);
    assert.deepEqual(kinds(journal.entries()), ['running']);
  });

  it('passes over what cannot be read', async () => {
    const journal = openJournal();
    await journal.end(await journal.begin(START), { kind: 'done' });
    const [name] = await readdir(join(folder, 'journal'));
    const file = join(folder, 'journal', name ?? '');
    await writeFile(file, `not json\n{"id":7}\n{"id":"x","action":"delete"}\n${await readFile(file, 'utf8')}{"id":"cut`);
    await writeFile(join(folder, 'journal', 'other.txt'), 'x');
    const again = openJournal();
    await again.load();
    assert.deepEqual(kinds(again.entries()), ['done']);
  });

  it('a folder that is not there yet is an empty journal', async () => {
    const journal = openJournal();
    await journal.load();
    assert.deepEqual(journal.entries(), []);
  });

  const words: readonly (readonly [string, Partial<JournalEntry>, string, string])[] = [
    ['push', { result: { kind: 'done' } }, 'Push Deployment shop/web', 'to prod · done · 1 field'],
    ['forced', { force: true, fields: ['.a', '.b'], result: { kind: 'done' } }, 'Push Deployment shop/web', 'to prod · done · 2 fields · taken over by force'],
    ['created', { creates: true, result: { kind: 'unknown', message: 'no answer came' } }, 'Push Deployment shop/web', 'to prod · unknown: no answer came · created'],
    ['pause', { action: 'pause', reason: 'incident 7', by: 'ana', result: { kind: 'refused', why: 'moved', message: 'it moved' } }, 'Pause Deployment shop/web', 'in prod · refused: it moved · incident 7 · by ana'],
  ];
  for (const [name, entry, title, detail] of words)
    it(`in words: ${name}`, () => {
      const activity = activityOf({ ...START, id: 'x', at: 1, result: { kind: 'running' }, ...entry });
      assert.deepEqual([activity.title, activity.detail], [title, detail]);
    });
});

async function linesIn(folder: string): Promise<number> {
  const names = await readdir(join(folder, 'journal'));
  const texts = await Promise.all(names.map(name => readFile(join(folder, 'journal', name), 'utf8')));
  return texts.join('').split('\n').length - 1;
}
