import assert from 'node:assert/strict';
import { applierOf } from '../../../src/core/drift/applier';
import { appliedRelease } from '../../../src/core/gitops/applied-release';
import { readHelmReleases } from '../../../src/core/gitops/helm-release';
import { present } from '../../fake/present';
import type { Json } from '../../../src/core/base/json';

const revision = (version: number, status: string): Json => ({ name: 'web', namespace: 'shop', version, status, chartVersion: '1.0.0' });
const release = (spec: Json, history: Json[] = []): NonNullable<ReturnType<typeof readHelmReleases>[number]> => {
  const [read] = readHelmReleases([present({ apiVersion: 'helm.toolkit.fluxcd.io/v2', kind: 'HelmRelease', metadata: { name: 'web', namespace: 'shop', uid: 'u', resourceVersion: '1' }, spec, status: { history } })], new Map());
  assert.ok(read);
  return read;
};

const histories: readonly (readonly [name: string, history: Json[], revision: number | undefined, doubt: string | undefined])[] = [
  ['nothing was installed', [], undefined, undefined],
  ['deployed', [revision(2, 'deployed'), revision(1, 'superseded')], 2, undefined],
  ['in whatever order they stand', [revision(1, 'superseded'), revision(2, 'deployed')], 2, undefined],
  ['an upgrade failed: Helm goes on from the one before', [revision(3, 'failed'), revision(2, 'deployed')], 2, 'revision 3 of the release is failed'],
  ['an upgrade is going on', [revision(3, 'pending-upgrade'), revision(2, 'deployed')], 2, 'revision 3 of the release is pending upgrade'],
  ['the first installation failed', [revision(1, 'failed')], 1, 'revision 1 of the release is failed'],
  ['uninstalled', [revision(2, 'uninstalled'), revision(1, 'superseded')], undefined, undefined],
];

describe('the revision of a release that is applied', () => {
  for (const [name, history, wanted, doubt] of histories) {
    it(name, () => {
      const applied = appliedRelease(release({}, history));
      assert.deepEqual([applied?.revision.revision, applied?.doubt], [wanted, doubt]);
    });
  }
});

describe('how helm-controller applies', () => {
  const applied = [{ manager: 'helm-controller', time: '' }];
  it('corrects drift only where it is told to', () => {
    assert.equal(applierOf(release({ driftDetection: { mode: 'enabled' } }), {}, undefined, applied).active, true);
    assert.equal(applierOf(release({ driftDetection: { mode: 'enabled' }, suspend: true }), {}, undefined, applied).active, false);
    assert.equal(applierOf(release({}), {}, undefined, applied).active, false);
  });
  it('by server-side apply where the object says so, else by patches', () => {
    assert.equal(applierOf(release({}), {}, undefined, applied).tool, 'helm4');
    assert.equal(applierOf(release({}), {}, undefined, []).tool, 'helm3');
  });
});
