import assert from 'node:assert/strict';
import { systemClock } from '../../../src/core/base/clock';
import { KustomizeRenderer } from '../../../src/core/render/kustomize';
import { Sandbox } from '../../../src/core/render/sandbox';
import { sandboxFiles } from '../../bench/sandbox';
import { DEPLOYMENT, SERVICE, type Case } from './features';
import { memoryTree } from './memory-tree';

const { signal } = new AbortController();
const BASE = { 'base/kustomization.yaml': 'resources:\n  - web.yaml\n', 'base/web.yaml': DEPLOYMENT };

/** What kustomize says, and the text that is marked for it. */
const TABLE: readonly (readonly [name: string, files: Case['files'], message: RegExp, file: string, at: string])[] = [
  ['a file that is not there', { 'o/kustomization.yaml': 'resources:\n  - ../base\n  - absent.yaml\n' }, /absent\.yaml/, 'o/kustomization.yaml', 'absent.yaml'],
  ['a file that is not there, in a base', { 'o/kustomization.yaml': 'resources: [../base]\n', 'base/kustomization.yaml': 'resources:\n  - web.yaml\n  - absent.yaml\n' }, /absent\.yaml/, 'base/kustomization.yaml', 'absent.yaml'],
  ['a broken manifest: the line', { 'o/kustomization.yaml': 'resources: [../base]\n', 'base/web.yaml': 'apiVersion: v1\nkind: Service\nmetadata:\n  name: web\n labels: {}\n' }, /did not find expected key/, 'base/web.yaml', 'labels: {}'],
  ['an unknown field', { 'o/kustomization.yaml': 'resources: [../base]\nnonsense: 1\n' }, /unknown field "nonsense"/, 'o/kustomization.yaml', 'nonsense'],
  ['an unknown field in a base', { 'o/kustomization.yaml': 'resources: [../base]\n', 'base/kustomization.yaml': 'resources: [web.yaml]\nnonsense: 1\n' }, /unknown field "nonsense"/, 'base/kustomization.yaml', 'nonsense'],
  ['an unknown field below another', { 'o/kustomization.yaml': 'resources: [../base]\nimages:\n  - {name: nginx, newtags: x}\n' }, /unknown field "newtags"/, 'o/kustomization.yaml', 'newtags'],
  ['a file of replacements that is not there', { 'o/kustomization.yaml': 'resources: [../base]\nreplacements:\n  - path: r.yaml\n' }, /r\.yaml/, 'o/kustomization.yaml', 'r.yaml'],
  ['a file of replacements that is no list of them', { 'o/kustomization.yaml': 'resources: [../base]\nreplacements:\n  - path: r.yaml\n', 'o/r.yaml': 'just text\n' }, /unsupported replacement type/, 'o/kustomization.yaml', 'r.yaml'],
  ['a second one of several replacements in a file that finds nothing', { 'o/kustomization.yaml': 'resources: [../base]\nreplacements:\n  - path: r.yaml\n', 'o/r.yaml': '- sourceValue: a\n  targets: [{select: {kind: Deployment}, fieldPaths: [metadata.labels.app]}]\n- source: {kind: Nothing}\n  targets: [{select: {kind: Deployment}, fieldPaths: [metadata.labels.app]}]\n' }, /nothing selected by/, 'o/kustomization.yaml', 'replacements'],
  ['a kustomization with a character that is no text', { 'o/kustomization.yaml': 'resources: [../base]\nnamePrefix: a\0b\n' }, /control characters are not allowed/, 'o/kustomization.yaml', '\0b'],
  ['a kustomization that is broken', { 'o/kustomization.yaml': 'resources: [../base]\nimages: [\n' }, /invalid Kustomization/, 'o/kustomization.yaml', 'images: ['],
  ['the name of an image that is no regular expression', { 'o/kustomization.yaml': 'resources: [../base]\nimages:\n  - {name: "ng(inx", newTag: "1"}\n' }, /takes the name of an image for a regular expression, and breaks off at this one, which is none: ng\(inx/, 'o/kustomization.yaml', '"ng(inx"'],
  ['a cycle', { 'o/kustomization.yaml': 'resources: [../x]\n', 'x/kustomization.yaml': 'resources: [../o]\n' }, /cycle detected/, 'x/kustomization.yaml', '../o'],
  ['an object twice', { 'o/kustomization.yaml': 'resources:\n  - ../base\n  - again.yaml\n', 'o/again.yaml': DEPLOYMENT }, /already registered/, 'o/kustomization.yaml', 'again.yaml'],
  ['a patch without a target', { 'o/kustomization.yaml': 'resources: [../base]\npatches:\n  - path: p.yaml\n', 'o/p.yaml': SERVICE }, /no matches for Id/, 'o/kustomization.yaml', 'p.yaml'],
  ['a patch that cannot be read', { 'o/kustomization.yaml': 'resources: [../base]\npatches:\n  - path: p.yaml\n', 'o/p.yaml': 'a: [\n' }, /unable to parse SM or JSON patch/, 'o/kustomization.yaml', 'p.yaml'],
  ['no kustomization at all', { 'o/x.yaml': SERVICE }, /has no kustomization\.yaml/, 'o', ''],
];

describe('what kustomize complains about', () => {
  let sandbox: Sandbox;

  before(async function () {
    this.timeout(20 * 60_000);
    sandbox = new Sandbox(await sandboxFiles(), systemClock);
  });
  after(() => sandbox.dispose());

  for (const [name, own, message, file, at] of TABLE) {
    it(`${name}: its message, where to look`, async () => {
      const files = { ...BASE, ...own };
      const rendered = await new KustomizeRenderer(sandbox).render(memoryTree(files), 'o', {}, signal);
      if (rendered.kind !== 'failed') assert.fail('it was rendered');
      const [problem] = rendered.problems;
      assert.match(problem?.message ?? '', message);
      const text = Object.entries(files).find(([path]) => path === problem?.file)?.[1];
      assert.deepEqual({ file: problem?.file, at: text?.slice(problem?.range.start, problem?.range.end) ?? '' }, { file, at });
    });
  }

  it('what only Flux reads over: at its key, at any depth', async () => {
    const text = 'resources: [../base]\nimages:\n  - name: nginx\n    newTag: "9"\n    newtags: x\n';
    const rendered = await new KustomizeRenderer(sandbox).render(memoryTree({ ...BASE, 'o/kustomization.yaml': text }), 'o', { flux: { spec: {} } }, signal);
    if (rendered.kind === 'failed') assert.fail(rendered.problems[0]?.message);
    assert.deepEqual(rendered.warnings.map(({ file, range, message }) => [file, text.slice(range.start, range.end), message]), [['o/kustomization.yaml', 'newtags', 'Flux leaves out what it does not know here, and applies the rest; kustomize build refuses it: unknown field "newtags".']]);
  });
});
