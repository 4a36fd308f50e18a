import { version } from '../../package.json';
import { parseArguments } from './arguments';
import { HELP } from './help';
import { Terminal } from './terminal';

/**
 * The command line. What is not needed for the first line on the screen is loaded after it. The exit code is that of
 * `cli.md`; 70 (EX_SOFTWARE of sysexits.h) for a mistake of our own, so that it cannot be taken for a finding.
 */
async function main(terminal: Terminal): Promise<number> {
  const invocation = parseArguments(process.argv.slice(2));
  switch (invocation.kind) {
    case 'help':
      await terminal.out(HELP);
      return 0;
    case 'version':
      await terminal.out(`plumbline ${version}\n`);
      return 0;
    case 'usage':
      terminal.error(`plumbline: ${invocation.message}\nplumbline --help says more\n`);
      return 3;
    case 'run': {
      const { options } = invocation;
      terminal.useQuietly(options.quiet);
      terminal.progress('reading files');
      const { run } = await import('./run');
      return run(options, terminal, { cwd: process.cwd(), env: process.env, version });
    }
  }
}

const terminal = new Terminal(process.stdout, process.stderr, process.env);
main(terminal).then(
  code => process.exit(code),
  (error: unknown) => {
    terminal.error(`plumbline: ${error instanceof Error ? (error.stack ?? error.message) : 'unknown error'}\n`);
    process.exit(70);
  },
);
