import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { systemClock } from '../../src/core/base/clock';
import { DiskTree } from '../../src/core/render/disk-tree';
import { KustomizeRenderer } from '../../src/core/render/kustomize';
import { LIMITS, Sandbox } from '../../src/core/render/sandbox';
import { DEPLOYMENT, SERVICE } from '../core/render/features';
import { report } from './measure';
import { program } from './programs';

/** Quick things are measured more often: the program is compiled better while it runs. */
const ROUNDS = { quick: 40, long: 5 };
const DIST = join(__dirname, '..', '..', 'dist');
const OBJECTS = 500;

function write(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

/** Milliseconds of the best run: a busy machine only ever adds. */
async function best(rounds: number, work: () => unknown): Promise<number> {
  let least = Infinity;
  for (let round = 0; round < rounds; round++) {
    const began = performance.now();
    await work();
    least = Math.min(least, performance.now() - began);
  }
  return least;
}

/** kustomize in the sandbox that ships, next to a process of the real one, on the same files. */
export async function measureRender(): Promise<void> {
  const kustomize = await program('kustomize', 'optimised');
  const folder = mkdtempSync(join(tmpdir(), 'plumbline-render-'));
  const sandbox = new Sandbox({ worker: join(DIST, 'kustomize-worker.cjs'), program: join(DIST, 'kustomize.wasm.br'), runtime: join(DIST, 'kustomize.js') }, systemClock, { ...LIMITS, buildMs: 120_000 });
  const { signal } = new AbortController();
  const native = (root: string): Promise<number> => best(ROUNDS.long, () => execFileSync(kustomize, ['build', join(folder, root)], { maxBuffer: 1 << 26, stdio: 'pipe' }));
  // A renderer of its own each time: nothing is remembered.
  const ours = (root: string, rounds: number): Promise<number> => best(rounds, () => new KustomizeRenderer(sandbox).render(new DiskTree(folder, () => undefined), root, {}, signal));
  try {
    const names = Array.from({ length: OBJECTS }, (_, i) => `d${i}.yaml`);
    write(folder, {
      'base/kustomization.yaml': 'resources: [web.yaml, service.yaml]\n', 'base/web.yaml': DEPLOYMENT, 'base/service.yaml': SERVICE,
      'overlay/kustomization.yaml': 'resources: [../base]\nnamePrefix: p-\nimages: [{name: nginx, newTag: "2"}]\nreplicas: [{name: web, count: 3}]\n',
      'many/kustomization.yaml': `resources: [${names.join(', ')}]\nnamespace: shop\nimages: [{name: nginx, newTag: "2"}]\n`,
      ...Object.fromEntries(names.map((name, i) => [`many/${name}`, DEPLOYMENT.replaceAll('web', `web${i}`)])),
    });
    const began = performance.now();
    await sandbox.globals();
    console.log(`kustomize: started in ${(performance.now() - began).toFixed(0)} ms`);
    report('rendering a small overlay', await ours('overlay', ROUNDS.quick), 'a process of the real kustomize', await native('overlay'), { target: 20 });
    report(`rendering ${OBJECTS} objects`, await ours('many', ROUNDS.long), 'a process of the real kustomize', await native('many'), { target: 1_500 });
  } finally {
    sandbox.dispose();
    rmSync(folder, { recursive: true, force: true });
  }
}
