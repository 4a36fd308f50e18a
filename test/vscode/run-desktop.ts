import { runTests } from '@vscode/test-electron';
import { delimiter } from 'node:path';
import { startPlayground } from '../bench/playground';
import { FACTS_VARIABLE, type Facts } from './facts';
import { buildHostSuite, ROOT, toolFolders } from './host-suite';

/** The oldest VS Code that the manifest allows would be `1.110.0`; the one that the other launcher runs is the default. */
const VERSION = process.env['PLUMBLINE_VSCODE'] ?? '1.139.1';

/** The suite of the main window in a desktop VS Code, downloaded where that is possible. Tests that press buttons need the other launcher and are told so. */
async function main(): Promise<void> {
  const tests = await buildHostSuite('main');
  if (tests === undefined) throw new Error('test/host holds no test for the main window');
  const log = (line: string): void => console.log(line);
  const playground = await startPlayground({ log });
  try {
    const facts: Facts = { setup: 'main', folder: playground.folder, kubeconfig: playground.kubeconfig };
    await runTests({
      version: VERSION,
      extensionDevelopmentPath: ROOT,
      extensionTestsPath: tests,
      launchArgs: [playground.folder, '--disable-workspace-trust', '--disable-extensions'],
      extensionTestsEnv: {
        KUBECONFIG: playground.kubeconfig,
        PATH: [...(await toolFolders()), process.env['PATH'] ?? ''].join(delimiter),
        [FACTS_VARIABLE]: JSON.stringify(facts),
      },
    });
  } finally {
    await playground.stop();
  }
}

main().catch((error: unknown) => {
  console.error(`Desktop VS Code: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
});
