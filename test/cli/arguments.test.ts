import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { parseArguments } from '../../src/cli/arguments';
import { HELP } from '../../src/cli/help';
import { COMMANDS, type Options } from '../../src/cli/options';

function optionsOf(...args: string[]): Options {
  const invocation = parseArguments(args);
  assert.ok(invocation.kind === 'run', JSON.stringify(invocation));
  return invocation.options;
}

describe('the command line: arguments', () => {
  it('a command alone means the current folder, all found by itself, and the verdicts that need somebody', () => {
    const { failOn, ...rest } = optionsOf('scan');
    assert.deepEqual([...failOn], ['drift', 'conflict', 'missing', 'orphan', 'invalid', 'blocked']);
    assert.deepEqual(rest, {
      command: 'scan', paths: ['.'], file: undefined, kubeconfig: undefined, context: undefined, namespace: undefined, allowExec: false, application: undefined,
      applier: 'auto', base: 'auto', output: 'text', offline: undefined, timeout: 60_000, color: true, quiet: false,
    });
  });

  const read: [string[], Partial<Options>, string][] = [
    [['scan', 'a', 'b'], { paths: ['a', 'b'] }, 'several paths'],
    [['--context', 'prod', 'diff', '-n', 'shop', '--kubeconfig=k'], { command: 'diff', context: 'prod', namespace: 'shop', kubeconfig: 'k' }, 'flags before and after the command'],
    [['record', 'r.json', 'apps'], { command: 'record', file: 'r.json', paths: ['apps'] }, 'record has its file first'],
    [['scan', '-o', 'sarif', '--applier', 'kubectl-ssa', '--base', 'v1.2'], { output: 'sarif', applier: 'kubectl-ssa', base: 'v1.2' }, 'output, applier, base'],
    [['scan', '--application', 'Kustomization/flux-system/apps'], { application: { kind: 'Kustomization', namespace: 'flux-system', name: 'apps' } }, 'an application'],
    [['scan', '--timeout', '2m'], { timeout: 120_000 }, 'a timeout in minutes'],
    [['scan', '--timeout', '5'], { timeout: 5_000 }, 'a bare number of seconds, as kubectl takes it'],
    [['scan', '--no-color', '-q'], { color: false, quiet: true }, 'no colour, quiet'],
    [['scan', '--fail-on', 'drift, pending,unknown'], { failOn: new Set(['drift', 'pending', 'unknown']) }, 'what fails'],
    [['scan', '--', '--odd'], { paths: ['--odd'] }, 'a path that looks like a flag'],
    [['scan', '--allow-exec'], { allowExec: true }, 'a login program of a kubeconfig among the files'],
  ];
  for (const [args, expected, name] of read) {
    it(`${name}: ${args.join(' ')}`, () => {
      const options = optionsOf(...args);
      assert.deepEqual(Object.fromEntries(Object.keys(expected).map(key => [key, options[key as keyof Options]])), expected);
    });
  }

  const refused: [string[], RegExp][] = [
    [[], /^no command given/],
    [['scna'], /^command "scna" is none of scan, diff, render, record$/],
    [['push'], /^command "push" is none of/],
    [['scan', '--colour'], /^Unknown option '--colour'$/],
    [['scan', '--context'], /--context/],
    [['scan', '--context='], /^--context is empty$/],
    [['scan', '-o', 'yaml'], /^--output "yaml" is none of/],
    [['render', '-o', 'junit'], /^render has the outputs text and json, not junit$/],
    [['diff', '-o', 'sarif'], /^diff has the outputs text and json/],
    [['record', 'f', '-o', 'json'], /^record writes one file/],
    [['record'], /^record needs the FILE/],
    [['record', 'f', '--offline', 'g'], /^record reads a cluster/],
    [['scan', '--applier', 'terraform'], /^--applier "terraform" is none of/],
    [['scan', '--fail-on', 'in-sync'], /^--fail-on "in-sync" is none of/],
    [['scan', '--fail-on', ','], /^--fail-on names no verdict$/],
    [['scan', '--timeout', 'soon'], /^--timeout "soon"/],
    [['scan', '--timeout', '0'], /^--timeout "0"/],
    [['scan', '--application', 'apps'], /^--application is KIND\/NAMESPACE\/NAME/],
    [['scan', '--application', 'HelmRelease/flux-system/x'], /^--application: kind "HelmRelease" is none of Kustomization, Application$/],
  ];
  for (const [args, message] of refused) {
    it(`refuses: ${args.join(' ')}`, () => {
      const invocation = parseArguments(args);
      assert.ok(invocation.kind === 'usage', invocation.kind);
      assert.match(invocation.message, message);
    });
  }

  it('help and version win over everything else that is right', () => {
    assert.deepEqual([['--help'], ['scan', '-h'], ['help']].map(args => parseArguments(args).kind), ['help', 'help', 'help']);
    assert.equal(parseArguments(['--version']).kind, 'version');
  });

  it('help names every command and every flag, and nothing that does not work', () => {
    const flags = [...readFileSync('src/cli/arguments.ts', 'utf8').matchAll(/^ {2}'?([a-z-]+)'?: \{ type:/gm)].map(match => match[1] ?? '');
    assert.ok(flags.length > 10);
    for (const flag of flags) assert.match(HELP, new RegExp(`--${flag}\\b`), flag);
    for (const command of COMMANDS) assert.match(HELP, new RegExp(`plumbline ${command} `));
    for (const mentioned of HELP.matchAll(/--([a-z][a-z-]+)/g)) assert.ok(flags.includes(mentioned[1] ?? '') || mentioned[0] === '--fail-on', mentioned[0]);
    for (const mentioned of HELP.matchAll(/^ {2}plumbline (\w+)/gm)) assert.ok(COMMANDS.some(command => command === mentioned[1]), mentioned[1]);
  });
});
