import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { JsonObject } from '../../../src/core/base/json';
import type { Application } from '../../../src/core/gitops/application';
import { readKustomizations } from '../../../src/core/gitops/flux-application';
import { matchApplications, type LocalRepository } from '../../../src/core/gitops/match';
import { present } from '../../fake/present';

function application(path: string, spec: JsonObject = {}, url = 'https://bot:s3cret@git.acme.io/acme/shop'): Application {
  const metadata = { name: 'shop', namespace: 'flux-system', uid: 'u', resourceVersion: '1' };
  const [found] = readKustomizations(
    [present({ apiVersion: 'kustomize.toolkit.fluxcd.io/v1', kind: 'Kustomization', metadata, spec: { path, sourceRef: { kind: 'GitRepository', name: 'shop' }, ...spec } })],
    [present({ apiVersion: 'source.toolkit.fluxcd.io/v1', kind: 'GitRepository', metadata, spec: { url, ref: { branch: 'main' } } })],
  );
  assert.ok(found);
  return found;
}

const ROOT = join('/', 'src', 'shop');
const shop: LocalRepository = { root: ROOT, remotes: [{ name: 'fork', url: 'git@git.acme.io:ana/shop.git' }, { name: 'origin', url: 'git@git.acme.io:acme/shop.git' }] };
const again: LocalRepository = { root: join('/', 'src', 'again'), remotes: [{ name: 'origin', url: 'https://git.acme.io/acme/shop.git' }] };

describe('applications meet folders', () => {
  const table: readonly (readonly [string, Application, readonly LocalRepository[], readonly string[], RegExp | undefined])[] = [
    ['any remote counts', application('./apps/prod'), [shop], [join(ROOT, 'apps', 'prod')], undefined],
    ['the root', application('./'), [shop], [ROOT], undefined],
    ['a path cannot lead out of the repository', application('../../etc'), [shop], [join(ROOT, 'etc')], undefined],
    ['two clones, two folders', application('apps'), [shop, again], [join(ROOT, 'apps'), join('/', 'src', 'again', 'apps')], undefined],
    ['another repository', application('apps', {}, 'https://git.acme.io/acme/other'), [shop], [], /no repository opened here has git\.acme\.io\/acme\/other as a remote/],
    ['no repositories', application('apps'), [], [], /no repository opened here/],
    ['an OCI source', application('apps', { sourceRef: { kind: 'OCIRepository', name: 'shop' } }), [shop], [], /not a GitRepository/],
    ['one whose objects live in another cluster has its folder all the same', application('apps', { kubeConfig: { secretRef: { name: 'x' } } }), [shop], [join(ROOT, 'apps')], undefined],
  ];
  for (const [name, app, repositories, folders, reason] of table)
    it(name, () => {
      const { matched, unmatched } = matchApplications([app], repositories);
      assert.deepEqual(matched.map(({ folder }) => folder), folders);
      assert.equal(unmatched.length, reason ? 1 : 0);
      if (reason) assert.match(unmatched[0]?.reason ?? '', reason);
    });

  it('evidence is said in words and shows no password', () => {
    const { matched } = matchApplications([application('./apps/prod')], [shop]);
    assert.deepEqual(matched[0]?.evidence, ['GitRepository flux-system/shop reads git.acme.io/acme/shop, branch main: remote origin of this repository', 'Kustomization flux-system/shop applies the folder apps/prod']);
  });
});
