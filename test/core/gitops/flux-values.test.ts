import assert from 'node:assert/strict';
import { cleanPath, commitOf, durationMs, inventoryRef } from '../../../src/core/gitops/flux-values';

const SHA1 = '0123456789abcdef0123456789abcdef01234567';
const SHA256 = SHA1 + '0123456789abcdef01234567';

describe('what Flux writes', () => {
  const revisions: readonly (readonly [string, string | undefined, string | undefined])[] = [
    ['a branch', `main@sha1:${SHA1}`, SHA1],
    ['a branch with slashes', `feat/a@b@sha1:${SHA1}`, SHA1],
    ['a tag', `v1.2.3@sha1:${SHA1}`, SHA1],
    ['a full reference', `refs/heads/main@sha1:${SHA1}`, SHA1],
    ['a commit alone', `sha1:${SHA1}`, SHA1],
    ['a SHA-256 repository', `main@sha256:${SHA256}`, SHA256],
    ['as before Flux 0.40', `main/${SHA1}`, SHA1],
    ['cut short', `main@sha1:${SHA1.slice(1)}`, undefined],
    ['a hash of the wrong length', `main@sha256:${SHA1}`, undefined],
    ['a branch alone', 'main', undefined],
    ['nothing', undefined, undefined],
  ];
  for (const [name, revision, expected] of revisions) it(`revision: ${name}`, () => assert.equal(commitOf(revision), expected));

  const ids: readonly (readonly [string, string, string, unknown])[] = [
    ['core group', 'default_podinfo__Service', 'v1', { apiVersion: 'v1', kind: 'Service', namespace: 'default', name: 'podinfo' }],
    ['group', 'shop_web_apps_Deployment', 'v1', { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' }],
    ['cluster-scoped', '_shop__Namespace', 'v1', { apiVersion: 'v1', kind: 'Namespace', namespace: undefined, name: 'shop' }],
    ['colon in a name', '_system__node_rbac.authorization.k8s.io_ClusterRole', 'v1', { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', namespace: undefined, name: 'system:node' }],
    ['no id', 'podinfo', 'v1', undefined],
    ['too few parts', 'a_b_c', 'v1', undefined],
    ['no version', 'shop_web_apps_Deployment', '', undefined],
  ];
  for (const [name, id, version, expected] of ids) it(`inventory: ${name}`, () => assert.deepEqual(inventoryRef(id, version), expected));

  const durations: readonly (readonly [string | undefined, number | undefined])[] = [['10m0s', 600_000], ['1h30m', 5_400_000], ['500ms', 500], ['1.5s', 1_500], ['10', undefined], ['-1s', undefined], ['', undefined], [undefined, undefined]];
  for (const [text, ms] of durations) it(`duration ${text}`, () => assert.equal(durationMs(text), ms));

  const paths: readonly (readonly [string, string])[] = [['./apps//web/', 'apps/web'], ['', ''], ['./', ''], ['/apps', 'apps'], ['../../etc', 'etc'], ['apps/../../..', ''], ['.', '']];
  for (const [path, clean] of paths) it(`path ${path}`, () => assert.equal(cleanPath(path), clean));
});
