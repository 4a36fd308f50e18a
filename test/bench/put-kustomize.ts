import { copyFile, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { kustomizeProgram } from './sandbox';

/** Puts kustomize, and Go's runtime for it, into the folder of the argument: what the build does. Without Go it is left out, in so many words. */
async function main(folder: string): Promise<void> {
  const built = await kustomizeProgram().catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : 'unknown error';
    if (!/Go is not on PATH|needs Go/.test(reason)) throw error;
    console.error(`kustomize is left out of ${folder}: what it builds will be shown as undecided (${reason})`);
    return undefined;
  });
  if (built === undefined) return;
  await mkdir(folder, { recursive: true });
  for (const name of await readdir(built)) await copyFile(join(built, name), join(folder, name));
}

main(process.argv[2] ?? 'dist').catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
