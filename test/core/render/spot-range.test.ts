import assert from 'node:assert/strict';
import type { Json } from '../../../src/core/base/json';
import { readDocuments } from '../../../src/core/manifests/documents';
import type { Inner, Part } from '../../../src/core/render/sites';
import { pathOf, rangeAt } from '../../../src/core/render/spot-range';

const REPLICAS: Inner = { document: 0, path: ['spec', 'replicas'] };
const FIRST_VALUE: Inner = { document: 0, path: [0, 'value'] };
const MERGE = 'kind: Deployment\nmetadata: {name: web}\nspec:\n  replicas: 4 # more\n';
const OPERATIONS = '- op: replace\n  path: /spec/replicas\n  value: 4\n';

const indented = (text: string, by: string): string => text.replace(/^(?=.)/gm, by);
const block = (style: string, text: string): string => `patches:\n  - patch: ${style}\n${indented(text, '      ')}    target: {kind: Deployment}\n`;

const CASES: readonly (readonly [name: string, text: string, at: { readonly inner?: Inner; readonly part?: Part }, expected: string, line: number])[] = [
  ['a merge patch in a literal block', block('|', MERGE), { inner: REPLICAS }, '4', 5],
  ['kept line breaks and an own indentation', block('|2+', MERGE), { inner: REPLICAS }, '4', 5],
  ['an operation in a literal block', block('|-', OPERATIONS), { inner: FIRST_VALUE }, '4', 4],
  ['an operation in braces', block('|', '- {op: replace, path: /spec/replicas, value: 4}\n'), { inner: FIRST_VALUE }, '4', 2],
  ['the second document of a block', block('|', `kind: Service\n---\n${MERGE}`), { inner: { ...REPLICAS, document: 1 } }, '4', 7],
  ['a field that the text in the file does not have: its nearest key there', block('|', 'kind: Deployment\nspec:\n  paused: true\n'), { inner: REPLICAS }, 'spec', 3],
  ['a document that the text in the file does not have: the whole text', block('|', MERGE), { inner: { ...REPLICAS, document: 1 } }, `|\n${indented(MERGE, '      ')}`.trimEnd(), 1],
  ['the tag of an image', block('|', 'image: a:1\n'), { inner: { document: 0, path: ['image'] }, part: { start: 2, end: 3 } }, '1', 2],
  ['JSON between quotes', `patches: [{patch: '[{"op": "replace", "path": "/spec/replicas", "value": 4}]'}]\n`, { inner: FIRST_VALUE }, '4', 0],
  ['a text whose quotes are escaped: all of it', 'patches: [{patch: "[{\\"op\\": \\"replace\\", \\"value\\": 4}]"}]\n', { inner: FIRST_VALUE }, '"[{\\"op\\": \\"replace\\", \\"value\\": 4}]"', 0],
  ['a folded text: all of it', 'patches:\n  - patch: >-\n      [{"op": "replace",\n      "value": 4}]\n', { inner: FIRST_VALUE }, '>-\n      [{"op": "replace",\n      "value": 4}]', 1],
];

describe('where a place in a patch that stands in another document shows', () => {
  for (const [name, text, at, expected, line] of CASES) {
    it(name, () => {
      const root = readDocuments(text, 'K3')[0]?.root ?? assert.fail('no document');
      const live: Json = 9;
      const { start, end } = rangeAt(root, pathOf(['patches', 0, 'patch']), at, text, live);
      assert.deepEqual([text.slice(start, end), text.slice(0, start).split('\n').length - 1], [expected, line]);
    });
  }
});
