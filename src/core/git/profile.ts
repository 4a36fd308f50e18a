import { GitError } from './repository';

/** Settings of the repository that could start a program of its choosing, overruled (`reference/robustness.md` C1). */
export const CONFIG = ['core.fsmonitor=false', 'core.hooksPath=/dev/null', 'safe.bareRepository=explicit', 'protocol.ext.allow=never', 'core.pager=cat'] as const;

/** Before the subcommand. */
export const SWITCHES = ['--no-optional-locks', '--no-pager', '--literal-pathspecs'] as const;

/**
 * Set for every call. No transport is allowed at all: reading never needs one, and a partial clone would otherwise
 * fetch what is missing through a program that its config names.
 */
export const GIT_ENV = {
  GIT_TERMINAL_PROMPT: '0',
  GIT_OPTIONAL_LOCKS: '0',
  GIT_ALLOW_PROTOCOL: 'none',
  GIT_NO_LAZY_FETCH: '1',
  LC_ALL: 'C',
} as const;

/** What Git needs of the outer world to find its own configuration and libraries. No `GIT_*`: they could point it elsewhere. */
const INHERITED = new Set(['PATH', 'HOME', 'USERPROFILE', 'HOMEDRIVE', 'HOMEPATH', 'XDG_CONFIG_HOME', 'SYSTEMROOT', 'WINDIR', 'PROGRAMDATA', 'APPDATA', 'LOCALAPPDATA', 'TEMP', 'TMP', 'TMPDIR']);

export function environment(outer: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const kept = Object.entries(outer).filter((entry): entry is [string, string] => INHERITED.has(entry[0].toUpperCase()) && entry[1] !== undefined);
  return { ...Object.fromEntries(kept), ...GIT_ENV };
}

const REVISION = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

/** A full commit hash, or `GitError`: nothing else is ever handed to Git as a revision. */
export function checked(revision: string): string {
  if (!REVISION.test(revision)) throw new GitError('badRevision', 'not a commit hash');
  return revision;
}
