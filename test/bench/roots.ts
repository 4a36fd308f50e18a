import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { SandboxFiles } from '../../src/core/render/sandbox-messages';
import { DEPLOYMENT, SERVICE } from '../core/render/features';

const DIST = join(__dirname, '..', '..', 'dist');
/** What ships. */
export const BUILT: SandboxFiles = { worker: join(DIST, 'kustomize-worker.cjs'), program: join(DIST, 'kustomize.wasm.br'), runtime: join(DIST, 'kustomize.js') };

/** A repository: roots, each with a base of its own; 25 files in all for one. */
export const ROOTS = 200;
const BASE_FILES = 20;
const OWN_FILES = 3;

const list = (prefix: string, count: number): string[] => Array.from({ length: count }, (_, n) => `${prefix}${n}.yaml`);
const [BASE, OWN] = [list('m', BASE_FILES), list('o', OWN_FILES)];

export const rootFolder = (i: number): string => `apps/a${i}/over`;
export const namespaceOfRoot = (i: number): string => `n${i}`;
/** A manifest of the root's own. */
export const ownFile = (i: number): string => `${rootFolder(i)}/${OWN[1] ?? ''}`;

const textOf = (i: number, file: string, n: number): string => (n % 2 === 0 ? DEPLOYMENT : SERVICE).replaceAll('web', `web-${i}-${file.replace('.yaml', '')}`);

/** Manifests of one root, as they are written. */
export const manifestsOf = (i: number): readonly string[] => [BASE, OWN].flatMap(files => files.map((file, n) => textOf(i, file, n)));

/** The files of one root, by their path. */
export function rootFiles(i: number): Readonly<Record<string, string>> {
  return {
    [`apps/a${i}/base/kustomization.yaml`]: `resources: [${BASE.join(', ')}]\n`,
    ...Object.fromEntries(BASE.map((file, n) => [`apps/a${i}/base/${file}`, textOf(i, file, n)])),
    [`${rootFolder(i)}/kustomization.yaml`]: `namespace: ${namespaceOfRoot(i)}\nresources: [../base, ${OWN.join(', ')}]\nimages: [{name: nginx, newTag: "2"}]\n`,
    ...Object.fromEntries(OWN.map((file, n) => [`${rootFolder(i)}/${file}`, textOf(i, file, n)])),
  };
}

export function writeFiles(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}
