import assert from 'node:assert/strict';
import type { FileState, Snapshot } from '../../src/core/drift/snapshot';
import { fileChanges } from '../../src/views/file-changes';

const state = (file: string): FileState => ({ file, textVersion: '', objects: [], placed: [], problems: [], verdict: undefined });
const [A, B, C] = [state('/a'), state('/b'), state('/c')];
const of = (...files: readonly FileState[]): Pick<Snapshot, 'files'> => ({ files: new Map(files.map(file => [file.file, file])) });

describe('What is new of files from one snapshot to the next', () => {
  const changed = (before: Pick<Snapshot, 'files'>, now: Pick<Snapshot, 'files'>): unknown[] => fileChanges(before, now).map(({ path, before: old, now: state }) => [path, old, state]);

  it('is nothing where each file is the same object', () => {
    assert.deepEqual(changed(of(A, B), of(B, A)), []);
  });

  it('are files that say something else, that came, and that went', () => {
    const other = state('/b');
    assert.deepEqual(changed(of(A, B), of(B, C)), [['/c', undefined, C], ['/a', A, undefined]]);
    assert.deepEqual(changed(of(A, B), of(A, other)), [['/b', B, other]]);
    assert.deepEqual(changed(of(), of(A)), [['/a', undefined, A]]);
    assert.deepEqual(changed(of(A, B), of()), [['/a', A, undefined], ['/b', B, undefined]]);
  });
});
