import assert from 'node:assert/strict';
import { proxyFor } from '../../../src/core/cluster/proxy';

const P = 'http://p:3128';

describe('which proxy a server is asked through', () => {
  const rows: readonly (readonly [string, string, string | undefined, Record<string, string>, string | undefined])[] = [
    ['none', 'https://a:6443', undefined, {}, undefined],
    ['HTTPS_PROXY', 'https://a:6443', undefined, { HTTPS_PROXY: P }, P],
    ['small letters', 'https://a:6443', undefined, { https_proxy: P }, P],
    ['a proxy without a scheme', 'https://a:6443', undefined, { HTTPS_PROXY: 'p:3128' }, P],
    ['HTTP_PROXY is not for https', 'https://a:6443', undefined, { HTTP_PROXY: P }, undefined],
    ['proxy-url wins, NO_PROXY does not touch it', 'https://a:6443', 'socks5://s:1', { HTTPS_PROXY: P, NO_PROXY: '*' }, 'socks5://s:1'],
    ['loopback is never proxied', 'https://127.0.0.1:6443', undefined, { HTTPS_PROXY: P }, undefined],
    ['localhost neither', 'https://localhost', undefined, { HTTPS_PROXY: P }, undefined],
    ['IPv6 loopback neither', 'https://[::1]:6443', undefined, { HTTPS_PROXY: P }, undefined],
    ['NO_PROXY *', 'https://a', undefined, { HTTPS_PROXY: P, NO_PROXY: '*' }, undefined],
    ['a name', 'https://a.b.c', undefined, { HTTPS_PROXY: P, NO_PROXY: 'x, a.b.c' }, undefined],
    ['a name covers names below it', 'https://a.b.c', undefined, { HTTPS_PROXY: P, NO_PROXY: 'b.c' }, undefined],
    ['but not names that merely end so', 'https://ab.c', undefined, { HTTPS_PROXY: P, NO_PROXY: 'b.c' }, P],
    ['a leading dot covers names below it', 'https://a.b.c', undefined, { HTTPS_PROXY: P, NO_PROXY: '.b.c' }, undefined],
    ['but not the name itself', 'https://b.c', undefined, { HTTPS_PROXY: P, NO_PROXY: '.b.c' }, P],
    ['another port', 'https://a:6443', undefined, { HTTPS_PROXY: P, NO_PROXY: 'a:443' }, P],
    ['the same port', 'https://a:6443', undefined, { HTTPS_PROXY: P, NO_PROXY: 'a:6443' }, undefined],
    ['a range of addresses', 'https://10.1.2.3', undefined, { HTTPS_PROXY: P, NO_PROXY: '10.0.0.0/8' }, undefined],
    ['outside the range', 'https://11.1.2.3', undefined, { HTTPS_PROXY: P, NO_PROXY: '10.0.0.0/8' }, P],
    ['an address', 'https://10.1.2.3', undefined, { HTTPS_PROXY: P, NO_PROXY: '10.1.2.3' }, undefined],
    ['an address covers no longer one', 'https://110.1.2.3', undefined, { HTTPS_PROXY: P, NO_PROXY: '10.1.2.3' }, P],
    ['an empty variable is none', 'https://a', undefined, { HTTPS_PROXY: '' }, undefined],
  ];
  for (const [name, server, proxyUrl, env, expected] of rows) {
    it(name, () => assert.equal(proxyFor(new URL(server), proxyUrl, env), expected));
  }
});
