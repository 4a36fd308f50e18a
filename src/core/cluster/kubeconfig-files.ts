import { delimiter, isAbsolute, join, resolve } from 'node:path';

/**
 * The setting, else `KUBECONFIG`, else `~/.kube/config`. `~` is the home folder. Paths that are not absolute are taken
 * from `current`; without it they are left out: they would mean another file in every folder that is opened.
 */
export function listFiles(setting: string | undefined, variable: string | undefined, home: string, current?: string): readonly string[] {
  const split = (text: string | undefined): string[] =>
    (text ?? '')
      .split(delimiter)
      .filter(path => path !== '')
      .map(path => (path === '~' || path.startsWith('~/') ? join(home, path.slice(1)) : path))
      .map(path => (current === undefined ? path : resolve(current, path)))
      .filter(path => isAbsolute(path));
  const set = split(setting);
  if (set.length > 0) return set;
  const fromVariable = split(variable);
  return fromVariable.length > 0 ? fromVariable : [join(home, '.kube', 'config')];
}
