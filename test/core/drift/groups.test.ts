import assert from 'node:assert/strict';
import { groupFiles, isBelow, type FoundApplication } from '../../../src/core/drift/groups';
import { SortedFiles } from '../../../src/core/drift/sorted-files';
import type { Application } from '../../../src/core/gitops/application';

const application = (name: string): Application => ({
  tool: 'flux',
  kind: 'Kustomization',
  ref: { apiVersion: 'kustomize.toolkit.fluxcd.io/v1', kind: 'Kustomization', namespace: 'flux-system', name },
  uid: 'u',
  resourceVersion: '1',
  manager: 'kustomize-controller',
  source: undefined,
  path: name,
  appliedRevision: undefined,
  attemptedRevision: undefined,
  pause: undefined,
  interval: undefined,
  reconciling: false,
  ready: undefined,
  prune: true,
  force: false,
  targetNamespace: undefined, ignore: [],
  commonMetadata: { labels: {}, annotations: {} },
  decrypts: false,
  inventory: [],
  build: { added: {}, fields: {}, substitution: undefined },
  notComputed: [],
  ranAt: undefined,
  ranFor: undefined,
  remoteCluster: undefined,
  waitsFor: undefined,
  parent: undefined,
  doubt: undefined,
});

const found = (name: string, folder: string): FoundApplication => ({ application: application(name), folder, evidence: [] });

const cases: readonly { name: string; files: string[]; found: FoundApplication[]; expect: Record<string, string[]> }[] = [
  {
    name: 'what an application claims is its own, the rest is plain',
    files: ['/r/apps/web.yaml', '/r/ops/a.yaml'],
    found: [found('apps', '/r/apps')],
    expect: { 'apps /r/apps': ['/r/apps/web.yaml'], 'plain /r/ops': ['/r/ops/a.yaml'] },
  },
  {
    name: 'two applications on one folder both judge its files',
    files: ['/r/apps/web.yaml'],
    found: [found('one', '/r/apps'), found('two', '/r/apps')],
    expect: { 'one /r/apps': ['/r/apps/web.yaml'], 'two /r/apps': ['/r/apps/web.yaml'] },
  },
  {
    name: 'a folder whose name begins like another is not below it',
    files: ['/r/apps-old/web.yaml'],
    found: [found('apps', '/r/apps')],
    expect: { 'apps /r/apps': [], 'plain /r/apps-old': ['/r/apps-old/web.yaml'] },
  },
  {
    name: 'a plain folder takes its subfolders, and siblings stay apart',
    files: ['/r/ops/a.yaml', '/r/ops/sub/b.yaml', '/r/x/1/c.yaml', '/r/x/2/d.yaml'],
    found: [],
    expect: { 'plain /r/ops': ['/r/ops/a.yaml', '/r/ops/sub/b.yaml'], 'plain /r/x/1': ['/r/x/1/c.yaml'], 'plain /r/x/2': ['/r/x/2/d.yaml'] },
  },
  { name: 'an application at the root claims everything', files: ['/r/a.yaml', '/r/b/c.yaml'], found: [found('all', '/r')], expect: { 'all /r': ['/r/a.yaml', '/r/b/c.yaml'] } },
];

describe('files are given to whoever applies them', () => {
  it('finds what lies below a folder as asking for each file would, in the order of the files, whatever order that is', () => {
    const names = ['/r/a.yaml', '/r/apps/a.yaml', '/r/apps/b/c.yaml', '/r/apps-old/a.yaml', '/r/apps.yaml', '/r/apps0/a.yaml', '/r/z/ä.yaml', '/s/a.yaml', '/r/apps/b.yaml', '/r/apps/é/😀.yaml'];
    const folders = ['/', '/r', '/r/apps', '/r/apps/b', '/r/apps/é', '/r/none', '/r/./apps/../apps/', '/r/a.yaml', '/s', '/t'];
    for (const files of [names, [...names].sort(), [...names].reverse(), []]) {
      const sorted = new SortedFiles(files);
      for (const folder of folders) assert.deepEqual(sorted.below(folder), files.filter(file => isBelow(folder, file)), folder);
    }
  });

  for (const { name, files, found: applications, expect } of cases) {
    it(name, () => {
      const groups = groupFiles(files, applications, undefined);
      assert.deepEqual(Object.fromEntries(groups.map(group => [`${group.application?.ref.name ?? 'plain'} ${group.folder}`, group.files])), expect);
    });
  }

  it('what no application claims is nobody\'s only as long as all applications are known', () => {
    const files = ['/r/apps/web.yaml', '/r/ops/a.yaml'];
    const said = (unclear: string | undefined): unknown => groupFiles(files, [found('apps', '/r/apps')], unclear).map(({ folder, evidence, doubt }) => [folder, evidence, doubt]);
    assert.deepEqual(said(undefined), [['/r/apps', [], undefined], ['/r/ops', ['no controller in this cluster applies this folder'], undefined]]);
    const doubt = "could not tell which controller applies this folder: Flux's Kustomizations are being read";
    assert.deepEqual(said("Flux's Kustomizations are being read"), [['/r/apps', [], undefined], ['/r/ops', [doubt], doubt]]);
  });

  it('an application that may have changed is as doubtful as its controller\'s objects', () => {
    const [group] = groupFiles([], [{ ...found('apps', '/r/apps'), application: { ...application('apps'), doubt: 'out of date' } }], undefined);
    assert.equal(group?.doubt, 'out of date');
  });

  for (const [folder, file, expected] of [
    ['/r', '/r/a', true],
    ['/r', '/r', false],
    ['/r', '/other/a', false],
    ['/r', '/r/..b/a', true],
  ] as const) {
    it(`${file} is ${expected ? '' : 'not '}below ${folder}`, () => assert.equal(isBelow(folder, file), expected));
  }
});
