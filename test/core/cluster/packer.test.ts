import assert from 'node:assert/strict';
import { FieldSetCutter } from '../../../src/core/cluster/field-sets';
import { Packer } from '../../../src/core/cluster/packer';
import { BLOCK, type Part } from '../../../src/core/cluster/wire-messages';

const named = (id: string): { id: string; uid: string; version: string } => ({ id, uid: `uid of ${id}`, version: '7' });
const textsOf = ({ block, ends }: Part): string[] => ends.map((end, i) => Buffer.from(block).toString('utf8', ends[i - 1] ?? 0, end));

/** As a thread does it: what was given away is gone. */
const given = (part: Part): Part => structuredClone(part, { transfer: [part.block.buffer] });

describe('what is read, packed for another thread', () => {
  it('comes in order, with its name, however large, in blocks that are nobody else\'s', () => {
    const packer = new Packer([], new FieldSetCutter());
    const texts = Array.from({ length: 400 }, (_, i) => (i % 90 === 0 ? 'x'.repeat(BLOCK + i) : `größe ${i} `.repeat(1 + ((i * 37) % 300))));
    const parts: Part[] = [];
    for (const [i, text] of texts.entries()) {
      const bytes = Buffer.from(text);
      packer.hear(bytes.length);
      if (packer.isFullFor(bytes)) parts.push(given(packer.take()));
      packer.add('put', named(String(i)), bytes);
      if (i % 50 === 0) parts.push(given(packer.take()));
    }
    parts.push(given(packer.take()));
    assert.deepEqual(parts.flatMap(textsOf), texts);
    assert.deepEqual(parts.flatMap(({ ids }) => ids), texts.map((_, i) => String(i)));
    assert.deepEqual(parts.flatMap(({ uids, versions }) => uids.map((uid, i) => [uid, versions[i]])), texts.map((_, i) => [`uid of ${i}`, '7']));
    assert.equal(parts.reduce((sum, { heard }) => sum + heard, 0), texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0));
    assert.ok(parts.every(({ block }) => block.byteOffset === 0 && block.length === block.buffer.byteLength));
    const small = parts.filter(({ block, ends }) => block.length !== BLOCK && block.length !== ends.at(-1));
    assert.deepEqual(small, [], 'a block is full of what was packed, or as large as all of them');
  });

  it('may be without a text: a deletion, a bookmark, bytes of what is not whole yet', () => {
    const packer = new Packer([], new FieldSetCutter());
    packer.add('put', named('a'), Buffer.from('{}'));
    packer.take();
    packer.hear(3);
    packer.add('delete', named('a'), Buffer.alloc(0));
    packer.add('bookmark', { id: '', uid: undefined, version: '9' }, Buffer.alloc(0));
    const first = given(packer.take());
    assert.deepEqual([first.heard, first.block.length, first.changes, first.ends, first.versions], [3, 0, ['delete', 'bookmark'], [0, 0], ['7', '9']]);
    packer.hear(2);
    const second = given(packer.take());
    assert.deepEqual([second.heard, second.block.length, second.changes], [2, 0, []]);
  });

  it('fills blocks that come back before it makes new ones', () => {
    const spare = [new Uint8Array(BLOCK).fill(0x78)];
    const packer = new Packer(spare, new FieldSetCutter());
    packer.add('put', named('a'), Buffer.from('y'.repeat(BLOCK - 1)));
    const { block, ends } = packer.take();
    assert.deepEqual([spare.length, ends, block[0], block.at(-1)], [0, [BLOCK - 1], 0x79, 0x78]);
  });
});
