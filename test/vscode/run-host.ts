import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildHostSuite, ROOT } from './host-suite';
import { launch } from './launch';

const log = (line: string): void => console.log(line);

/** Runs every host suite, each in its own VS Code; names of setups as arguments choose. */
async function main(chosen: readonly string[]): Promise<void> {
  let passed = true;
  for (const setup of ['main', 'untrusted', 'empty']) {
    if (chosen.length > 0 && !chosen.includes(setup)) continue;
    const tests = await buildHostSuite(setup);
    if (tests === undefined) continue;
    log(`\nVS Code, ${setup}`);
    const home = await mkdtemp(join(tmpdir(), 'plumbline-home-'));
    try {
      const ok = await launch({ setup, extension: ROOT, tests, env: { HOME: home }, asksForTrust: setup === 'untrusted', ...(setup === 'empty' ? {} : { folder: ROOT }), limitMs: 300_000, log });
      passed &&= ok;
    } finally {
      await rm(home, { recursive: true, force: true });
    }
  }
  process.exitCode = passed ? 0 : 1;
}

void main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
