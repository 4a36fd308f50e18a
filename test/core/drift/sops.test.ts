import assert from 'node:assert/strict';
import type { JsonObject } from '../../../src/core/base/json';
import { encryptedSources, hasSops, isEncrypted } from '../../../src/core/drift/sops';
import { manifestOf } from './make';

const VALUE = 'ENC[AES256_GCM,data:eA==,iv:eA==,tag:eA==,type:str]';

describe('what SOPS has encrypted', () => {
  const values: readonly (readonly [unknown, boolean])[] = [[VALUE, true], [[1, VALUE], true], [{ a: { b: VALUE } }, true], ['ENC[', false], [`x ${VALUE}`, false], [{ a: 'b' }, false], [undefined, false]];
  for (const [value, expected] of values) it(`${JSON.stringify(value)}: ${String(expected)}`, () => assert.equal(isEncrypted(value as JsonObject), expected));

  it('a document needs the mark of SOPS', () => assert.deepEqual([{ sops: { mac: VALUE } }, { sops: {} }, { sops: 'x' }, {}].map(hasSops), [true, false, false, false]));

  it('a Secret that is generated from an encrypted file is not known, nor is what names it', () => {
    const secret = (name: string, text: string): string => JSON.stringify({ apiVersion: 'v1', kind: 'Secret', metadata: { name }, data: { env: Buffer.from(text).toString('base64') } });
    const pod = (secretName: string): string => JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec: { volumes: [{ name: 'v', secret: { secretName } }] } });
    const all = [secret('made-abc', `PASSWORD=${VALUE}\nsops_mac=${VALUE}`), secret('clear-abc', 'PASSWORD=x'), pod('made-abc'), pod('clear-abc')].map(text => manifestOf(text));
    assert.deepEqual([...encryptedSources(all).keys()].map(one => all.indexOf(one)), [0, 2]);
  });
});
