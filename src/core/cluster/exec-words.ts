import type { ExecPlugin } from './kubeconfig';

const SECRET = /secret|token|passw|credential|private|api_?key|access_?key/i;

/**
 * What would be started, for a person to judge: one line each, the command first, arguments as they are handed over.
 * Values of variables that look like secrets by their name are left out; all others may choose what is run.
 */
export function describeExec({ command, args, env, source }: ExecPlugin): readonly string[] {
  return [
    [command, ...args].map(quoted).join(' '),
    ...env.map(([name, value]) => `with ${name}=${SECRET.test(name) ? '•••' : quoted(value)}`),
    `named by ${source}`,
  ];
}

/** As one would type it into a shell, so that it is seen where an argument ends. */
const quoted = (text: string): string => (/^[\w@%+=:,./~-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`);
