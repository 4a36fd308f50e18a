import { execFile } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from './host-suite';
import { installNode } from './install';
import type { Log } from './cache';

/** kustomize, compressed, may weigh this much of what is published, in bytes; everything else together the other. */
export const KUSTOMIZE_LIMIT = 7_000_000;
export const REST_LIMIT = 1_000_000;
export const KUSTOMIZE = 'dist/kustomize.wasm.br';
const VSCE_NODE = 22;

/** Makes the VSIX from what stands in `dist/`. Rejects with what vsce says. */
export async function makeVsix(out: string, log: Log): Promise<void> {
  const node = Number(process.versions.node.split('.')[0]) >= VSCE_NODE ? process.execPath : await installNode(log);
  const vsce = join(ROOT, 'node_modules', '@vscode', 'vsce', 'vsce');
  // Relative pictures in the README ship with the extension; there is nothing to rewrite them to.
  const args = [vsce, 'package', '--no-dependencies', '--no-rewrite-relative-links', '--allow-missing-repository', '--out', out];
  await promisify(execFile)(node, args, { cwd: ROOT, maxBuffer: 16 * 1024 * 1024 });
}

/** Names of the files in a ZIP archive, in its order, read from its central directory (PKWARE APPNOTE 4.3.12). */
export function namesInZip(zip: Buffer): string[] {
  const end = zip.lastIndexOf(Buffer.from([0x50, 0x4b, 5, 6]));
  if (end < 0) throw new Error('not a ZIP archive');
  const names: string[] = [];
  for (let at = zip.readUInt32LE(end + 16), left = zip.readUInt16LE(end + 10); left > 0; left--) {
    const [name, extra, comment] = [zip.readUInt16LE(at + 28), zip.readUInt16LE(at + 30), zip.readUInt16LE(at + 32)];
    names.push(zip.toString('utf8', at + 46, at + 46 + name));
    at += 46 + name + extra + comment;
  }
  return names;
}

async function main(): Promise<void> {
  const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as { version: string };
  const out = join(ROOT, `plumbline-${version}.vsix`);
  await makeVsix(out, line => console.log(line));
  const { size } = await stat(out);
  for (const name of namesInZip(await readFile(out))) console.log(`  ${name}`);
  const { size: kustomize } = await stat(join(ROOT, KUSTOMIZE)).catch(() => ({ size: NaN }));
  console.log(`${out}: ${Math.round(size / 1000)} kB; kustomize ${Math.round(kustomize / 1000)} kB of ${KUSTOMIZE_LIMIT / 1000} kB, the rest ${Math.round((size - kustomize) / 1000)} kB of ${REST_LIMIT / 1000} kB`);
  // Without kustomize, which a machine without Go leaves out, this is no package to publish.
  if (!(kustomize <= KUSTOMIZE_LIMIT && size - kustomize <= REST_LIMIT)) process.exitCode = 1;
}

if (require.main === module) {
  main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  });
}
