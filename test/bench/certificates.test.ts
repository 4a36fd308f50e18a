import assert from 'node:assert/strict';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { makeAuthority } from './certificates';

describe('certificates of the bench', () => {
  it('are signed by their authority, name user and group, and end when they were told to', () => {
    const authority = makeAuthority('a test');
    const ends = Date.parse('2031-02-03T04:05:06Z');
    const { cert, key } = authority.client('jane', 'people', ends);
    const read = new X509Certificate(cert);
    const signer = new X509Certificate(authority.cert);
    assert.equal(read.subject, 'O=people\nCN=jane');
    assert.equal(Date.parse(read.validTo), ends);
    assert.deepEqual([read.verify(signer.publicKey), read.checkIssued(signer), signer.ca, read.ca], [true, true, true, false]);
    assert.ok(read.checkPrivateKey(createPrivateKey(key)));
  });
});
