import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ManifestIndex } from '../../../src/core/manifests/folder-index';
import { parseManifests } from '../../../src/core/manifests/parse';
import type { Dialect, ParsedFile } from '../../../src/core/manifests/document';

const OBJECT = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: good}\n';
const bomb = `a: &a [x, x, x, x, x, x, x, x, x]\n${'bcdefghi'
  .split('')
  .map((name, i) => `${name}: &${name} [${Array.from({ length: 9 }, () => `*${String.fromCharCode(97 + i)}`).join(', ')}]`)
  .join('\n')}\n`;

const names = ({ manifests }: ParsedFile): string[] => manifests.map(({ ref }) => ref.name);

interface Row {
  readonly what: string;
  readonly text: string;
  readonly dialect?: Dialect;
  readonly manifests: readonly string[];
  /** One entry per problem: what its message says. */
  readonly problems: readonly RegExp[];
}

const rows: readonly Row[] = [
  { what: 'a broken document costs only itself', text: `${OBJECT}---\nkind: [\n---\n${OBJECT.replace('good', 'other')}`, manifests: ['good', 'other'], problems: [/./] },
  { what: 'a tab as indentation is named, the other document is used', text: `apiVersion: v1\nkind: X\nmetadata:\n\tname: a\n---\n${OBJECT}`, manifests: ['good'], problems: [/./] },
  { what: 'CRLF is read as LF', text: OBJECT.replaceAll('\n', '\r\n'), manifests: ['good'], problems: [] },
  { what: 'a byte order mark is no character of the text', text: `\ufeff${OBJECT}`, manifests: ['good'], problems: [] },
  { what: 'a duplicate key under kubectl: the last one counts, with a warning', text: `${OBJECT}data: {a: "1", a: "2"}\n`, manifests: ['good'], problems: [/./] },
  { what: 'a duplicate key under kustomize is an error', text: `${OBJECT}data: {a: "1", a: "2"}\n`, dialect: 'K3', manifests: [], problems: [/./] },
  { what: 'an object without a name', text: 'apiVersion: v1\nkind: ConfigMap\nmetadata: {}\n', manifests: [], problems: [/name/] },
  { what: 'a name that the server makes up: there is no one object to compare with', text: 'apiVersion: batch/v1\nkind: Job\nmetadata: {generateName: web-}\n', manifests: [], problems: [/generateName/] },
  { what: 'a number that JSON cannot hold, to kubectl', text: `${OBJECT}data: {a: .inf}\n`, manifests: [], problems: [/\.inf/] },
  { what: 'a number that JSON cannot hold, to kustomize', text: `${OBJECT}data: {a: .nan}\n`, dialect: 'K3', manifests: [], problems: [/\.nan/] },
  { what: 'what is no Kubernetes object is nobody’s problem', text: 'replicas: 3\nimage: x\n', manifests: [], problems: [] },
  { what: 'empty and comment-only documents', text: `# only words\n---\n---\nnull\n---\n${OBJECT}`, manifests: ['good'], problems: [] },
  { what: 'an empty file', text: '', manifests: [], problems: [] },
];

describe('bad manifests', () => {
  for (const { what, text, dialect = 'K2', manifests, problems } of rows) {
    it(what, () => {
      const parsed = parseManifests('/x.yaml', text, dialect);
      assert.deepEqual(names(parsed), manifests);
      assert.equal(parsed.problems.length, problems.length, parsed.problems.map(({ message }) => message).join('\n'));
      problems.forEach((pattern, i) => assert.match(parsed.problems[i]?.message ?? '', pattern));
      for (const { range } of parsed.problems) assert.ok(range.start >= 0 && range.start <= range.end && range.end <= text.length);
    });
  }

  for (const [what, text] of [
    ['an alias bomb', `${bomb}apiVersion: v1\nkind: ConfigMap\nmetadata: {name: bomb}\n`],
    ['a depth of 20,000', `${OBJECT}data: ${'['.repeat(20_000)}${']'.repeat(20_000)}\n`],
    ['50,000 keys in one map', `${OBJECT}data:\n${Array.from({ length: 50_000 }, (_, i) => `  k${i}: v\n`).join('')}`],
    ['garbage', '\u0000\u0001{]}:\n\t- %@`'],
  ] as const) {
    it(`${what} ends, and throws nothing (fault 50)`, () => {
      const { manifests, problems } = parseManifests('/x.yaml', text, 'K3');
      assert.ok(manifests.length + problems.length > 0, 'nothing was said of it');
    });
  }

  it('keys that JavaScript has a meaning for are keys', () => {
    const [manifest] = parseManifests('/x.yaml', `${OBJECT}data: {__proto__: a, constructor: b}\n`, 'K3').manifests;
    assert.deepEqual(Object.keys(manifest?.object['data'] ?? {}), ['__proto__', 'constructor']);
    assert.equal(({} as Record<string, unknown>)['a'], undefined);
  });
});

describe('a folder with bad files', () => {
  let root: string;
  let index: ManifestIndex;

  before(async () => {
    root = mkdtempSync(join(tmpdir(), 'plumbline-index-'));
    const put = (name: string, content: string | Buffer): void => writeFileSync(join(root, name), content);
    put('good.yaml', OBJECT);
    put('broken.yaml', 'kind: [\n');
    put('huge.yaml', `${OBJECT}data: {a: ${'x'.repeat(5 * 1024 * 1024)}}\n`);
    put('binary.yaml', Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 1, 2, 3]));
    put('utf16.yaml', Buffer.from(`\ufeff${OBJECT}`, 'utf16le'));
    put('secret.yaml', 'apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {password: canary-3141}\n');
    mkdirSync(join(root, 'loop'));
    symlinkSync(root, join(root, 'loop', 'again'));
    symlinkSync('/etc', join(root, 'outside'));
    execFileSync('mkfifo', [join(root, 'pipe.yaml')]);
    index = new ManifestIndex(root);
    await index.scan(new AbortController().signal);
  });
  after(() => rmSync(root, { recursive: true, force: true }));

  const said = (name: string): string[] => index.parsed(join(root, name), 'K2').problems.map(({ message }) => message);

  it('the good file is used', () => assert.deepEqual(names(index.parsed(join(root, 'good.yaml'), 'K2')), ['good']));
  for (const name of ['broken.yaml', 'huge.yaml', 'binary.yaml', 'utf16.yaml']) it(`${name}: one entry says what is wrong (fault 49)`, () => assert.equal(said(name).length, 1, said(name).join('\n')));
  it('neither a loop of links nor a link out of the folder is followed (fault 49)', () => assert.deepEqual(index.files().filter(file => file.includes('again') || file.includes('outside')), []));
  it('a folder that is removed meanwhile is empty, and nothing hangs (fault 48)', async () => {
    const gone = mkdtempSync(join(tmpdir(), 'plumbline-index-'));
    writeFileSync(join(gone, 'good.yaml'), OBJECT);
    const reading = new ManifestIndex(gone);
    await reading.scan(new AbortController().signal);
    assert.deepEqual(reading.files(), [join(gone, 'good.yaml')]);
    rmSync(gone, { recursive: true });
    await reading.scan(new AbortController().signal);
    assert.deepEqual(reading.files(), []);
  });
  it('no problem says a secret', () => assert.ok(!index.files().flatMap(file => index.parsed(file, 'K2').problems).some(({ message }) => message.includes('canary'))));
});
