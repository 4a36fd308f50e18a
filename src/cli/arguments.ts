import { parseArgs, type ParseArgsConfig } from 'node:util';
import { APPLIERS } from '../core/drift/asked';
import { VERDICTS, type Verdict } from '../core/drift/verdict';
import { durationMs } from '../core/gitops/flux-values';
import { COMMANDS, OUTPUTS, type Command, type Options, type Output } from './options';

/** What a command line asks for. */
export type Invocation =
  | { readonly kind: 'help' }
  | { readonly kind: 'version' }
  | { readonly kind: 'usage'; readonly message: string }
  | { readonly kind: 'run'; readonly options: Options };

/** Verdicts that can make a run fail: the others are good ones. */
export const FAILABLE = VERDICTS.filter(verdict => verdict !== 'in-sync' && verdict !== 'equivalent');

const FLAGS = {
  kubeconfig: { type: 'string' },
  context: { type: 'string' },
  namespace: { type: 'string', short: 'n' },
  'allow-exec': { type: 'boolean', default: false },
  application: { type: 'string' },
  applier: { type: 'string', default: 'auto' },
  base: { type: 'string', default: 'auto' },
  output: { type: 'string', short: 'o', default: 'text' },
  'fail-on': { type: 'string', default: 'drift,conflict,missing,orphan,invalid,blocked' },
  offline: { type: 'string' },
  timeout: { type: 'string', default: '60s' },
  'no-color': { type: 'boolean', default: false },
  quiet: { type: 'boolean', short: 'q', default: false },
  help: { type: 'boolean', short: 'h', default: false },
  version: { type: 'boolean', default: false },
} satisfies ParseArgsConfig['options'];

/** Of the applications that are read. */
const KINDS = ['Kustomization', 'Application'] as const;

type Values = ReturnType<typeof read>['values'];

class UsageError extends Error {}

/** Reads the arguments after the program's name. Never throws. */
export function parseArguments(args: readonly string[]): Invocation {
  try {
    const { values, positionals } = read(args);
    if (values.help || (positionals[0] === 'help' && positionals.length === 1)) return { kind: 'help' };
    if (values.version) return { kind: 'version' };
    return { kind: 'run', options: optionsOf(values, positionals) };
  } catch (error) {
    if (error instanceof UsageError) return { kind: 'usage', message: error.message };
    // Node's own words: "Unknown option '--foo'", and a hint after the first sentence.
    if (error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')) return { kind: 'usage', message: error.message.split('. ')[0] ?? error.message };
    throw error;
  }
}

const read = (args: readonly string[]) => parseArgs({ args: [...args], options: FLAGS, allowPositionals: true, strict: true });

function optionsOf(values: Values, [name, ...rest]: readonly string[]): Options {
  if (name === undefined) throw new UsageError(`no command given: ${COMMANDS.join(', ')}`);
  const command = oneOf(COMMANDS, name, 'command');
  const file = command === 'record' ? rest[0] : undefined;
  if (command === 'record' && file === undefined) throw new UsageError('record needs the FILE to write to');
  const paths = command === 'record' ? rest.slice(1) : rest;
  if (command === 'record' && values.offline !== undefined) throw new UsageError('record reads a cluster: --offline has nothing to read');
  for (const flag of ['kubeconfig', 'context', 'namespace', 'application', 'base', 'offline'] as const) if (values[flag] === '') throw new UsageError(`--${flag} is empty`);
  return {
    command,
    paths: paths.length === 0 ? ['.'] : paths,
    file,
    kubeconfig: values.kubeconfig,
    context: values.context,
    namespace: values.namespace,
    allowExec: values['allow-exec'],
    application: values.application === undefined ? undefined : applicationOf(values.application),
    applier: oneOf(APPLIERS, values.applier, '--applier'),
    base: values.base,
    output: outputOf(values.output, command),
    failOn: failOnOf(values['fail-on']),
    offline: values.offline,
    timeout: timeoutOf(values.timeout),
    color: !values['no-color'],
    quiet: values.quiet,
  };
}

function oneOf<T extends string>(allowed: readonly T[], text: string, what: string): T {
  const found = allowed.find(one => one === text);
  if (found === undefined) throw new UsageError(`${what} "${text}" is none of ${allowed.join(', ')}`);
  return found;
}

function outputOf(text: string, command: Command): Output {
  const output = oneOf(OUTPUTS, text, '--output');
  if (command === 'render' && output !== 'text' && output !== 'json') throw new UsageError(`render has the outputs text and json, not ${output}`);
  if (command === 'diff' && output !== 'text' && output !== 'json') throw new UsageError(`diff has the outputs text and json, not ${output}`);
  if (command === 'record' && output !== 'text') throw new UsageError('record writes one file and has no --output');
  return output;
}

function failOnOf(text: string): ReadonlySet<Verdict> {
  const names = text.split(',').map(name => name.trim()).filter(name => name !== '');
  if (names.length === 0) throw new UsageError('--fail-on names no verdict');
  return new Set(names.map(name => oneOf(FAILABLE, name, '--fail-on')));
}

function applicationOf(text: string): Options['application'] {
  const [kind, namespace, name, ...more] = text.split('/');
  if (!kind || !namespace || !name || more.length > 0) throw new UsageError('--application is KIND/NAMESPACE/NAME, such as Kustomization/flux-system/apps');
  oneOf(KINDS, kind, '--application: kind');
  return { kind, namespace, name };
}

function timeoutOf(text: string): number {
  const ms = durationMs(/^\d+$/.test(text) ? `${text}s` : text);
  if (ms === undefined || ms <= 0) throw new UsageError(`--timeout "${text}" is not a duration such as 60s or 2m`);
  return ms;
}
