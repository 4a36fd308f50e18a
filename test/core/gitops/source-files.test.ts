import assert from 'node:assert/strict';
import { readSourceFiles } from '../../../src/core/gitops/source-files';
import { sourceIgnore } from '../../../src/core/gitops/source-ignore';

const nothing = sourceIgnore(new Map(), '');

describe('files of a source, as Flux reads them', () => {
  const read = (folder: string, files: readonly string[]): Record<string, string> =>
    Object.fromEntries([...readSourceFiles(files, folder, nothing)].map(([file, reading]) => [file, reading.kind === 'rendered' ? reading.by : reading.kind]));

  const table: readonly (readonly [string, string, readonly string[], Record<string, string>])[] = [
    ['all YAML below the folder, at any depth', 'apps', ['apps/a.yaml', 'apps/x/y/b.yml', 'apps/README.md', 'other/c.yaml', 'apps2/d.yaml'], { 'apps/a.yaml': 'plain', 'apps/x/y/b.yml': 'plain', 'apps/README.md': 'left-out' }],
    ['JSON is not applied', '', ['a.json'], { 'a.json': 'left-out' }],
    ['a kustomization file renders everything below', 'apps', ['apps/kustomization.yaml', 'apps/a.yaml', 'apps/x/b.yaml'], { 'apps/kustomization.yaml': 'apps/kustomization.yaml', 'apps/a.yaml': 'apps/kustomization.yaml', 'apps/x/b.yaml': 'apps/kustomization.yaml' }],
    ['a subfolder with one is rendered, the rest is not', '', ['a.yaml', 'x/Kustomization', 'x/b.yaml', 'x/y/c.yaml'], { 'a.yaml': 'plain', 'x/Kustomization': 'x/Kustomization', 'x/b.yaml': 'x/Kustomization', 'x/y/c.yaml': 'x/Kustomization' }],
    ['one above the folder does not count', 'apps/x', ['apps/kustomization.yaml', 'apps/x/b.yaml'], { 'apps/x/b.yaml': 'plain' }],
  ];
  for (const [name, folder, files, expected] of table) it(name, () => assert.deepEqual(read(folder, files), expected));

  it('an ignored kustomization file is not there', () => {
    const ignore = sourceIgnore(new Map([['', 'kustomization.yaml\n']]), undefined);
    assert.deepEqual([...readSourceFiles(['kustomization.yaml', 'a.yaml'], '', ignore)].map(([, { kind }]) => kind), ['left-out', 'plain']);
  });
});

describe('.sourceignore', () => {
  const table: readonly (readonly [string, string, readonly string[], readonly string[]])[] = [
    ['a name at any depth', 'secret.yaml', ['secret.yaml', 'a/b/secret.yaml'], ['secret.yaml.bak', 'xsecret.yaml']],
    ['a folder', 'docs/', ['docs/a.yaml', 'x/docs/b/c.yaml'], ['docs', 'x/docs']],
    ['tied to the root', '/apps/*.yaml', ['apps/a.yaml'], ['apps/x/a.yaml', 'x/apps/a.yaml', 'apps/a.yml']],
    ['a slash in the middle ties it too', 'apps/x', ['apps/x/a.yaml', 'apps/x'], ['b/apps/x']],
    ['two stars', 'apps/**/test.yaml', ['apps/test.yaml', 'apps/a/b/test.yaml'], ['test.yaml']],
    ['a question mark is one character', 'v?.yaml', ['v1.yaml', 'vü.yaml'], ['v10.yaml', 'v.yaml']],
    ['the last rule decides', '*.yaml\n!keep.yaml', ['a.yaml'], ['keep.yaml']],
    ['a file may come back below a folder left out, as each is asked about alone', 'docs/\n!docs/keep.yaml', ['docs/other.yaml'], ['docs/keep.yaml']],
    ['a class', '[ab].yaml\n[^a-y].yml', ['a.yaml', 'z.yml'], ['c.yaml', 'b.yml']],
    ['a bad pattern matches nothing', '[a\n[]a]\nx\\', [], ['[a', 'a', 'x']],
    ['what is under version control is brought back by name only', '!.gitignore', ['.gitmodules', '.git/config'], ['.gitignore']],
    ['all but one folder', '/*\n!/deploy', ['a.yaml', 'apps/b.yaml'], ['deploy/c.yaml']],
    ['comments, blanks, CRLF', '# a.yaml\r\n\r\n  \r\nb.yaml  \r\n', ['b.yaml'], ['a.yaml']],
    ['an escaped hash', '\\#a.yaml', ['#a.yaml'], ['a.yaml']],
  ];
  for (const [name, text, left, kept] of table)
    it(name, () => {
      const ignore = sourceIgnore(new Map([['', text]]), '');
      for (const file of left) assert.equal(ignore(file), true, `${file} is left out`);
      for (const file of kept) assert.equal(ignore(file), false, `${file} stays`);
    });

  it('a file in a subfolder rules there only', () => {
    const ignore = sourceIgnore(new Map([['apps', '/a.yaml']]), '');
    assert.deepEqual([ignore('apps/a.yaml'), ignore('a.yaml'), ignore('apps/x/a.yaml')], [true, false, false]);
  });

  it('Flux\'s own list holds until there is any other rule, wherever it stands', () => {
    const files = ['.github/workflows/ci.yaml', '.sops.yaml', 'x/.sops.yaml', 'cloudbuild.yaml', 'logo.png'];
    assert.deepEqual(files.map(sourceIgnore(new Map(), undefined)), files.map(() => true));
    assert.deepEqual(files.map(sourceIgnore(new Map(), '# nothing')), files.map(() => true));
    assert.deepEqual(files.map(sourceIgnore(new Map(), 'a')), files.map(() => false));
    assert.deepEqual(files.map(sourceIgnore(new Map([['x', 'a']]), undefined)), files.map(() => false));
    assert.equal(sourceIgnore(new Map(), 'a')('.gitignore'), true);
  });

  it('spec.ignore comes after the files', () => {
    const ignore = sourceIgnore(new Map([['', '*.yaml']]), '!keep.yaml');
    assert.deepEqual([ignore('a.yaml'), ignore('keep.yaml')], [true, false]);
  });

  it('many stars come to an end', () => {
    const ignore = sourceIgnore(new Map([['', `${'*a'.repeat(200)}b`]]), '');
    assert.equal(ignore('a'.repeat(5_000)), false);
  });
});
