import { openBrowser, Workbench } from './page';
import { serveDriver } from './driver';
import { FACTS_VARIABLE, type Facts } from './facts';
import { startServer } from './server';
import { MARK } from './suite';
import type { Log } from './cache';

export interface Launch {
  readonly setup: string;
  /** Folder of the extension. */
  readonly extension: string;
  /** Path of the bundled suite. */
  readonly tests: string;
  readonly folder?: string;
  readonly kubeconfig?: string;
  readonly asksForTrust?: boolean;
  readonly path?: readonly string[];
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Longest time for the whole suite. */
  readonly limitMs: number;
  readonly log: Log;
}

/** What VS Code said beside the suite's own lines; kept for a failure report. */
const KEPT_LINES = 40;

/** Runs a suite inside a fresh VS Code and prints what it prints. True when VS Code says that it passed. */
export async function launch(options: Launch): Promise<boolean> {
  const { log } = options;
  const browser = await openBrowser(log);
  const workbench = await Workbench.create(browser);
  const driver = await serveDriver(workbench);
  const facts: Facts = {
    setup: options.setup,
    driver: driver.address,
    ...(options.folder === undefined ? {} : { folder: options.folder }),
    ...(options.kubeconfig === undefined ? {} : { kubeconfig: options.kubeconfig }),
  };
  const server = await startServer({
    extension: options.extension,
    asksForTrust: options.asksForTrust ?? false,
    settings: options.settings ?? {},
    ownHome: true,
    path: options.path ?? [],
    env: { KUBECONFIG: options.kubeconfig, [FACTS_VARIABLE]: JSON.stringify(facts) },
    log,
  });
  const noise: string[] = [];
  try {
    const verdict = new Promise<string>(resolve => {
      const timer = setTimeout(() => resolve(`did not end within ${options.limitMs / 1000} s`), options.limitMs);
      void workbench.page.exposeFunction('codeAutomationExit', (code: number) => {
        clearTimeout(timer);
        resolve(code === 0 ? '' : `ended with ${code}`);
      });
    });
    await workbench.page.exposeFunction('codeAutomationLog', (_type: string, args: unknown[]) => {
      const line = args.map(arg => (typeof arg === 'string' ? arg : JSON.stringify(arg))).join(' ');
      if (line.startsWith(MARK)) log(line.slice(MARK.length));
      else noise.push(line.slice(0, 500));
    });
    await workbench.page.goto(server.address({ folder: options.folder, tests: options.tests }));
    const failure = await verdict;
    if (failure !== '') log(`VS Code (${options.setup}) ${failure}`);
    if (failure.startsWith('did not')) log([...noise.slice(-KEPT_LINES), server.output().slice(-2000)].join('\n'));
    return failure === '';
  } finally {
    driver.close();
    await browser.close();
    await server.stop();
  }
}
