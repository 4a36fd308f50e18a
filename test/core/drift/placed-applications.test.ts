import assert from 'node:assert/strict';
import { placeApplications } from '../../../src/core/drift/placed-applications';
import type { MatchedApplication } from '../../../src/core/gitops/match';

const matched = (name: string, folder: string): MatchedApplication => ({ application: { tool: 'flux', ref: { apiVersion: 'v1', kind: 'Kustomization', namespace: 'n', name } } as MatchedApplication['application'], repositoryRoot: '/r', folder, evidence: [] });

const ALL = [matched('root', '/r'), matched('apps', '/r/apps'), matched('web', '/r/apps/web'), matched('webhooks', '/r/apps/webhooks'), matched('infra', '/r/infra')];

const placed = (roots: readonly string[]): unknown =>
  placeApplications(roots.map(root => ({ root, matched: ALL }))).map(({ within, above, beside }) => [within, above, beside].map(list => list.map(({ application }) => application.ref.name).join(' ')));

describe('applications by where their folders lie', () => {
  const table: readonly (readonly [string, readonly string[], unknown])[] = [
    ['the repository is open: all lie within', ['/r'], [['root apps web webhooks infra', '', '']]],
    ['a folder is open', ['/r/apps'], [['apps web webhooks', 'root', 'infra']]],
    ['a folder with the same beginning is another', ['/r/apps/web'], [['web', 'root apps', 'webhooks infra']]],
    ['several folders: each application once, where it lies', ['/r/apps/web', '/r/infra'], [['web', 'root apps', 'webhooks'], ['infra', '', 'webhooks']]],
    ['folders in each other: each application once, in the innermost', ['/r', '/r/apps', '/r/apps/web'], [['root infra', '', ''], ['apps webhooks', '', ''], ['web', '', '']]],
    ['the same, whichever was opened first', ['/r/apps/web', '/r'], [['web', '', ''], ['root apps webhooks infra', '', '']]],
  ];
  for (const [name, roots, expected] of table) it(name, () => assert.deepEqual(placed(roots), expected));
});
