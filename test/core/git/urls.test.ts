import assert from 'node:assert/strict';
import { remoteKey, sameRemote } from '../../../src/core/git/urls';

describe('same remote', () => {
  const same: readonly (readonly [string, string, string])[] = [
    ['scp form is https', 'git@github.com:acme/shop.git', 'https://github.com/acme/shop'],
    ['scp form is ssh', 'git@github.com:acme/shop', 'ssh://git@github.com/acme/shop.git'],
    ['user and password do not count', 'https://bot:s3cret@git.acme.io/acme/shop.git', 'https://git.acme.io/acme/shop'],
    ['the scheme\'s own port does not count', 'https://git.acme.io:443/acme/shop', 'ssh://git@git.acme.io:22/acme/shop'],
    ['http is https', 'http://git.acme.io/acme/shop', 'https://git.acme.io/acme/shop'],
    ['host in capitals', 'https://Git.Acme.IO/acme/shop', 'https://git.acme.io/acme/shop'],
    ['trailing slashes', 'https://git.acme.io/acme/shop.git/', 'https://git.acme.io/acme//shop/'],
    ['GitHub does not tell capitals apart', 'https://github.com/Acme/Shop', 'git@github.com:acme/shop.git'],
    ['GitHub over port 443', 'ssh://git@ssh.github.com:443/acme/shop.git', 'https://github.com/acme/shop'],
    ['absolute path in scp form', 'git@git.acme.io:/acme/shop.git', 'ssh://git.acme.io/acme/shop'],
    ['percent signs', 'https://git.acme.io/my%20team/shop', 'https://git.acme.io/my team/shop'],
    ['a port of one\'s own, both sides', 'ssh://git@git.acme.io:2222/acme/shop', 'ssh://git.acme.io:2222/acme/shop.git'],
    ['IPv6', 'http://[::1]:8080/shop.git', 'http://[::1]:8080/shop'],
    ['a path of this machine', '/srv/git/shop.git', 'file:///srv/git/shop.git/'],
    ['file with a host', 'file://localhost/srv/git/shop', '/srv/git/shop'],
    ['Azure ssh and https', 'git@ssh.dev.azure.com:v3/acme/web/shop', 'https://acme@dev.azure.com/acme/web/_git/shop'],
    ['Azure under its old host', 'https://acme.visualstudio.com/DefaultCollection/web/_git/shop', 'https://dev.azure.com/acme/web/_git/shop'],
    ['Azure under its old ssh host', 'acme@vs-ssh.visualstudio.com:v3/acme/web/shop', 'https://dev.azure.com/acme/web/_git/shop'],
    ['Azure, project named like the repository', 'https://dev.azure.com/acme/_git/shop', 'git@ssh.dev.azure.com:v3/acme/shop/shop'],
  ];
  for (const [name, a, b] of same) it(name, () => assert.equal(sameRemote(a, b), true, `${remoteKey(a)} and ${remoteKey(b)}`));

  const different: readonly (readonly [string, string, string])[] = [
    ['another repository', 'https://github.com/acme/shop', 'https://github.com/acme/shop2'],
    ['another host', 'https://github.com/acme/shop', 'https://gitlab.com/acme/shop'],
    ['another port', 'https://git.acme.io:8443/acme/shop', 'https://git.acme.io/acme/shop'],
    ['capitals on a host that tells them apart', 'https://git.acme.io/Acme/shop', 'https://git.acme.io/acme/shop'],
    ['the host in the user part', 'https://github.com@evil.example/acme/shop', 'https://github.com/acme/shop'],
    ['the host in the path', 'https://evil.example/github.com/acme/shop', 'https://github.com/acme/shop'],
    ['a host that ends alike', 'https://notgithub.com/acme/shop', 'https://github.com/acme/shop'],
    ['nothing and nothing', '', ''],
    ['no address at all', 'shop', 'shop'],
    ['a host without a path', 'https://github.com/', 'https://github.com'],
    ['an unknown scheme', 'ext::sh -c id', 'ext::sh -c id'],
    ['a scheme that starts a program', 'ext://github.com/acme/shop', 'https://github.com/acme/shop'],
  ];
  for (const [name, a, b] of different) it(`not: ${name}`, () => assert.equal(sameRemote(a, b), false, `${remoteKey(a)} and ${remoteKey(b)}`));

  for (const url of ['https://bot:s3cret@git.acme.io/acme/shop.git?token=s3cret', 'https://bot:s3cret@s3cret@git.acme.io/acme/shop'])
    it('what is shown holds no password', () => assert.equal(remoteKey(url), 'git.acme.io/acme/shop'));
});
