import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { systemClock } from '../../../src/core/base/clock';
import { KustomizeRenderer } from '../../../src/core/render/kustomize';
import { Sandbox } from '../../../src/core/render/sandbox';
import { program } from '../../bench/programs';
import { sandboxFiles } from '../../bench/sandbox';
import { FEATURES, type Case } from './features';
import { memoryTree } from './memory-tree';
import { randomRoot } from './random-roots';

/** Processes of the real kustomize at a time. */
const PROCESSES = 4;
const SEEDS = 520;

const { signal } = new AbortController();

/** What the real program says, with the folder it ran in taken out. */
interface Said {
  readonly yaml: string;
  readonly error: string | undefined;
}

describe('kustomize in the sandbox, against the real program', () => {
  let kustomize: string;
  let folder: string;
  let sandbox: Sandbox;
  let renderer: KustomizeRenderer;

  before(async function () {
    this.timeout(20 * 60_000);
    kustomize = await program('kustomize', 'optimised');
    folder = await realpath(await mkdtemp(join(tmpdir(), 'plumbline-kustomize-')));
    sandbox = new Sandbox(await sandboxFiles(), systemClock);
    renderer = new KustomizeRenderer(sandbox);
  });
  after(async () => {
    sandbox.dispose();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  async function real({ files, root }: Case, place: string): Promise<Said> {
    const top = join(folder, place);
    for (const [path, content] of Object.entries(files)) {
      await mkdir(dirname(join(top, path)), { recursive: true });
      await writeFile(join(top, path), content);
    }
    return new Promise(resolve => {
      execFile(kustomize, ['build', join(top, root)], { maxBuffer: 1 << 24 }, (error, stdout, stderr) => resolve({ yaml: stdout, error: error ? stderr.replaceAll(top, '') : undefined }));
    });
  }

  async function ours(one: Case): Promise<Said> {
    const rendered = await renderer.render(memoryTree(one.files), one.root, {}, signal);
    return rendered.kind === 'rendered' ? { yaml: rendered.yaml, error: undefined } : { yaml: '', error: rendered.problems.map(({ message }) => message).join('\n') };
  }

  for (const [i, one] of FEATURES.entries()) {
    it(`${one.name}: byte-equal`, async () => {
      const [want, got] = [await real(one, `feature-${i}`), await ours(one)];
      assert.equal(got.yaml, want.yaml);
      assert.equal(got.error === undefined, want.error === undefined, `${got.error ?? 'no error'}; the real one: ${want.error ?? 'no error'}`);
    });
  }

  it(`${SEEDS} random roots: byte-equal, and refused alike`, async function () {
    this.timeout(10 * 60_000);
    const seeds = Array.from({ length: SEEDS }, (_, seed) => seed);
    const outcome = { equal: 0, refused: 0 };
    const run = async (): Promise<void> => {
      for (let seed = seeds.shift(); seed !== undefined; seed = seeds.shift()) {
        const one = randomRoot(seed);
        const [want, got] = await Promise.all([real(one, `random-${seed}`), ours(one)]);
        assert.equal(got.yaml, want.yaml, one.name);
        assert.equal(got.error === undefined, want.error === undefined, `${one.name}: ${got.error ?? 'no error'}; the real one: ${want.error ?? 'no error'}`);
        outcome[want.error === undefined ? 'equal' : 'refused']++;
      }
    };
    await Promise.all(Array.from({ length: PROCESSES }, run));
    assert.ok(outcome.equal >= 350, `only ${outcome.equal} of ${SEEDS} roots could be built at all`);
  });
});
