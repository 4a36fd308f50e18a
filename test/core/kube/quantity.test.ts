import assert from 'node:assert/strict';
import type { Json } from '../../../src/core/base/json';
import { stringifyJson } from '../../../src/core/base/json-text';
import { sameScalar, type PlaceHints } from '../../../src/core/kube/equality';
import { canonicalQuantity, compareQuantities, parseQuantity, roundUpToMilli } from '../../../src/core/kube/quantity';
import type { SchemaType } from '../../../src/core/kube/schema';

/** Checked against the server's own code for thousands more in `oracle.real.test.ts`. */
describe('quantities', () => {
  const written: readonly (readonly [Json, string | undefined])[] = [
    ['1000m', '1'],
    ['0.5', '500m'],
    [0.5, '500m'],
    [1024n, '1024'],
    ['1024Mi', '1Gi'],
    ['1.5Gi', '1536Mi'],
    ['0.1n', '1n'],
    ['1e3', '1e3'],
    ['1000E', '1'],
    ['+5', '+5'],
    ['9Ei', '9223372036854775807'],
    ['12e400', '120e399'],
    ['', undefined],
    ['1 Gi', undefined],
    ['e3', '0'],
    ['one', undefined],
    [null, undefined],
    [true, undefined],
    ['9'.repeat(2_000), undefined],
  ];
  for (const [value, expected] of written) {
    it(`${stringifyJson(value).slice(0, 20)} is written ${expected ?? 'not at all'}`, () => {
      const quantity = parseQuantity(value);
      assert.equal(quantity && canonicalQuantity(quantity), expected);
    });
  }

  const compared: readonly (readonly [string, string, boolean, number | undefined])[] = [
    ['1', '1000m', false, 0],
    ['1Gi', '1073741824', false, 0],
    ['1e2147483647', '1e2147483646', false, 1],
    ['-1e2147483647', '1n', false, -1],
    ['1u', '2u', false, -1],
    ['1u', '2u', true, 0],
    ['-1u', '-1m', true, 0],
    ['x', '1', false, undefined],
  ];
  for (const [a, b, milli, expected] of compared) it(`${a} against ${b}${milli ? ', in thousandths' : ''}`, () => assert.equal(compareQuantities(a, b, milli), expected));

  it('rounds away from zero', () => {
    const quantity = parseQuantity('-1.0001');
    assert.ok(quantity);
    assert.equal(canonicalQuantity(roundUpToMilli(quantity)), '-1001m');
  });
});

describe('sameScalar', () => {
  const NOWHERE: PlaceHints = { resourceList: false, secretData: false };
  const scalar = (name: (SchemaType & { readonly kind: 'scalar' })['scalar']): SchemaType => ({ kind: 'scalar', scalar: name });
  const cases: readonly (readonly [string, Json, Json, SchemaType, PlaceHints, boolean])[] = [
    ['1 and 1.0 and 1n', 1, 1n, scalar('numeric'), NOWHERE, true],
    ['80 and "80"', 80, '80', scalar('intOrString'), NOWHERE, false],
    ['a quantity as number and text', 1, '1000m', scalar('quantity'), NOWHERE, true],
    ['what looks like quantities, but is text', '1', '1000m', scalar('string'), NOWHERE, false],
    ['a resource of an unknown type', '0.5', '500m', { kind: 'deduced' }, { ...NOWHERE, resourceList: true }, true],
    ['times in two zones', '2024-01-02T03:04:05Z', '2024-01-02T04:04:05+01:00', scalar('time'), NOWHERE, true],
    ['times that differ in a microsecond', '2024-01-02T03:04:05.000001Z', '2024-01-02T03:04:05Z', scalar('time'), NOWHERE, false],
    ['base64 with and without line breaks', 'YWJj\nZGVm', 'YWJjZGVm', scalar('string'), { ...NOWHERE, secretData: true }, true],
    ['base64 of other bytes', 'YWJj', 'YWJk', scalar('string'), { ...NOWHERE, secretData: true }, false],
    ['text that is not base64', 'a!', 'a', scalar('string'), { ...NOWHERE, secretData: true }, false],
  ];
  for (const [what, a, b, type, hints, expected] of cases) it(`${expected ? 'same' : 'not the same'}: ${what}`, () => assert.equal(sameScalar(a, b, type, hints), expected));
});
