import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { stringifyJson } from '../../../src/core/base/json-text';
import type { JsonObject } from '../../../src/core/base/json';
import { readStoredRelease } from '../../../src/core/gitops/helm-stored';

const RELEASE = { name: 'web', namespace: 'shop', version: 3, info: { status: 'deployed' }, manifest: 'a: b', config: { id: 9007199254740993n }, chart: { metadata: { name: 'web', version: '1.2.3' }, templates: [{ name: 'templates/a.yaml', data: Buffer.from('a: b').toString('base64') }] } };

const packed = (value: unknown): string => gzipSync(typeof value === 'string' ? value : stringifyJson(value as JsonObject)).toString('base64');
const secret = (text: string): JsonObject => ({ kind: 'Secret', data: { release: Buffer.from(text).toString('base64') } });

describe('the release that Helm stored', () => {
  it('is read from a Secret, packed and twice base64; numbers keep all their digits', async () => {
    const read = await readStoredRelease(secret(packed(RELEASE)));
    assert.deepEqual(read, { kind: 'known', release: { name: 'web', namespace: 'shop', revision: 3, status: 'deployed', manifest: 'a: b', chart: { name: 'web', version: '1.2.3' }, templates: new Map([['templates/a.yaml', createHash('sha256').update('a: b').digest('hex')]]), defaults: {}, values: { id: 9007199254740993n }, method: 'client-side', deployedAt: undefined } });
  });

  it('is read from a ConfigMap, where it is base64 once, and from before it was packed', async () => {
    for (const data of [packed(RELEASE), Buffer.from(stringifyJson(RELEASE)).toString('base64')]) assert.equal((await readStoredRelease({ kind: 'ConfigMap', data: { release: data } })).kind, 'known');
  });

  const broken: readonly (readonly [name: string, object: JsonObject, reason: string])[] = [
    ['no data', { kind: 'Secret' }, 'it has no data called release'],
    ['a mask in its place', { kind: 'Secret', data: { release: '(secret, 5 bytes)' } }, 'it is not a release as Helm packs one'],
    ['cut off', secret(packed(RELEASE).slice(0, 60)), 'it is not a release as Helm packs one'],
    ['JSON that is no release', secret(packed('[1]')), 'it is a release of a form that is not known'],
    ['a revision that is no number', secret(packed({ ...RELEASE, version: 'x' })), 'it is a release of a form that is not known'],
    ['something that unpacks to more than anybody has', secret(packed(`"${' '.repeat(70 * 1024 * 1024)}"`)), 'it is not a release as Helm packs one'],
  ];
  for (const [name, object, reason] of broken) it(`is unreadable: ${name}`, async () => assert.deepEqual(await readStoredRelease(object), { kind: 'unreadable', reason }));
});
