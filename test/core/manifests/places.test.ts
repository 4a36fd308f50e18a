import assert from 'node:assert/strict';
import { Places, sameLines } from '../../../src/core/manifests/places';

describe('Places', () => {
  const cases: [string, string, number, { line: number; character: number }][] = [
    ['the start', 'a\nb', 0, { line: 0, character: 0 }],
    ['the first character of a line', 'a\nb', 2, { line: 1, character: 0 }],
    ['after CRLF', 'a\r\nbc', 4, { line: 1, character: 1 }],
    ['after a lone CR', 'a\rbc', 3, { line: 1, character: 1 }],
    ['a byte order mark takes no room', '\ufeffab', 2, { line: 0, character: 1 }],
    ['on the line break itself', 'ab\ncd', 2, { line: 0, character: 2 }],
    ['past the end', 'ab', 9, { line: 0, character: 2 }],
    ['after a character of two units', '😀x', 2, { line: 0, character: 2 }],
  ];
  for (const [name, text, offset, place] of cases) {
    it(`${name}: offset to place and back`, () => {
      const lines = new Places(text);
      assert.deepEqual(lines.placeAt(offset), place);
      assert.equal(lines.offsetAt(place), Math.min(offset, text.length));
    });
  }

  it('two texts that differ in line ends and a byte order mark show the same lines', () => {
    assert.equal(sameLines('\ufeffa\r\nb\r', 'a\nb\n'), true);
    assert.equal(sameLines('a\nb', 'a\n b'), false);
  });
});
