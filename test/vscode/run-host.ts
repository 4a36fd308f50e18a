import { join } from 'node:path';
import { startEdge, type Edge } from '../bench/edge';
import { startPlayground, type Playground } from '../bench/playground';
import { aborted, ending } from './ending';
import { buildHostSuite, ROOT, toolFolders } from './host-suite';
import { launch } from './launch';

interface Setup {
  readonly name: string;
  /** Whether the sample repository is open, with its cluster running; else the window is empty and no kubeconfig exists. */
  readonly playground: boolean;
  /** The folder of the sample repository that is open; its root where left out. */
  readonly folder?: string;
  /** A second cluster, whose context is called `edge`. */
  readonly edge?: true;
  readonly asksForTrust: boolean;
  readonly settings?: Readonly<Record<string, unknown>>;
}

/** The windows that host tests run in; the names stand in file names: `X.NAME.host.ts`, and `X.host.ts` for the first. */
const SETUPS: readonly Setup[] = [
  { name: 'main', playground: true, asksForTrust: false },
  { name: 'untrusted', playground: true, asksForTrust: true, settings: { 'security.workspace.trust.startupPrompt': 'never' } },
  { name: 'clusters', playground: true, edge: true, asksForTrust: false },
  { name: 'subfolder', playground: true, folder: 'apps/catalog/overlays/production', asksForTrust: false },
  { name: 'empty', playground: false, asksForTrust: false },
];
const LIMIT_MS = 600_000;

const log = (line: string): void => console.log(line);

/** Runs every host suite, each in a VS Code of its own. True when all passed. */
async function runAll(chosen: readonly string[]): Promise<boolean> {
  let playground: Playground | undefined;
  let edge: Edge | undefined;
  let passed = true;
  try {
    for (const { name, asksForTrust, settings = {}, ...setup } of SETUPS) {
      if (chosen.length > 0 && !chosen.includes(name)) continue;
      const tests = await buildHostSuite(name);
      if (tests === undefined) continue;
      if (setup.playground) playground ??= await startPlayground({ log });
      if (setup.edge && playground) edge ??= await startEdge(playground, { log });
      log(`\nVS Code, ${name}`);
      const open = setup.playground && playground ? { folder: join(playground.folder, setup.folder ?? ''), kubeconfig: (setup.edge && edge ? edge : playground).kubeconfig, path: await toolFolders() } : {};
      if (!(await launch({ setup: name, extension: ROOT, tests, asksForTrust, settings, limitMs: LIMIT_MS, log, ...open }))) passed = false;
    }
  } finally {
    await edge?.stop();
    await playground?.stop();
  }
  return passed;
}

async function main(): Promise<void> {
  const stop = ending();
  const result = await Promise.race([runAll(process.argv.slice(2)), aborted(stop).then(() => undefined)]);
  if (result === undefined) process.exit(130);
  process.exitCode = result ? 0 : 1;
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
