import { format } from 'node:util';
import { pathToFileURL } from 'node:url';
import type Mocha from 'mocha';
import { facts } from './facts';

/** Starts every line that a suite prints inside the extension host, to tell it from what VS Code itself says. */
export const MARK = '[suite] ';

export interface Suite {
  /** Path of mocha's entry file. */
  readonly mocha: string;
  /** Path of the reporter. */
  readonly reporter: string;
  /** Loads the test files, which register themselves. */
  readonly load: () => Promise<void>;
}

/** Runs mocha inside the extension host. Rejects when a test failed or none ran. */
export async function runSuite({ mocha: entry, reporter, load }: Suite): Promise<void> {
  markConsole();
  const { default: MochaClass } = (await import(pathToFileURL(entry).href)) as { default: typeof Mocha };
  const mocha = new MochaClass({ ui: 'bdd', timeout: 20_000, reporter, color: process.env['PLUMBLINE_COLOR'] === '1', forbidOnly: true });
  const grep = process.env['PLUMBLINE_GREP'];
  if (grep !== undefined && grep !== '') mocha.grep(new RegExp(grep));
  mocha.suite.emit('pre-require', globalThis, '', mocha);
  await load();
  const { failures, tests } = await new Promise<{ failures: number; tests: number }>(resolve => {
    const runner = mocha.run(failures => resolve({ failures, tests: runner.total }));
  });
  if (tests === 0) throw new Error('no test ran');
  if (failures > 0) throw new Error(`${failures} failed`);
}

/**
 * What `console.log` prints from here on carries the mark; warnings and errors do not: VS Code's own go there.
 * VS Code ignores assignments to the methods of its console, so the console is replaced.
 */
function markConsole(): void {
  // A desktop VS Code prints straight to the terminal.
  const mark = facts().driver === undefined ? '' : MARK;
  const original = console;
  const marked = (['log', 'info'] as const).map(name => [name, { value: (...args: unknown[]) => original[name](`${mark}${format(...args)}`) }] as const);
  globalThis.console = Object.create(original, Object.fromEntries(marked)) as Console;
}
