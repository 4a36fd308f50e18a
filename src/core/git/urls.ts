/**
 * Whether two remote addresses name the same repository, however it is reached: scheme, user, password, default port, `.git`
 * and trailing slashes do not count, `git@host:o/r` is `ssh://host/o/r` is `https://host/o/r` (`reference/controllers.md` 2.1.7).
 */
export function sameRemote(a: string, b: string): boolean {
  const left = remoteKey(a);
  return left !== undefined && left === remoteKey(b);
}

/** `host/owner/repository`: fit for showing, holds no user and no password. `undefined` for what is no address. */
export function remoteKey(address: string): string | undefined {
  const text = address.trim();
  const place = local(text) ?? scheme(text) ?? scpLike(text);
  if (!place) return undefined;
  const path = place.path.replace(/\/+/g, '/').replace(/^\//, '').replace(/\/$/, '').replace(/\.git$/i, '').replace(/\/$/, '');
  if (path === '') return undefined;
  if (place.host === '') return `/${path}`;
  const key = azure(place.host, path) ?? `${HOST_ALIASES.get(place.host) ?? place.host}/${path}`;
  return CASELESS.has(key.slice(0, key.indexOf('/'))) ? key.toLowerCase() : key;
}

interface Place {
  /** Lower case, with the port where it is not the scheme's own; empty for a path of this machine. */
  readonly host: string;
  readonly path: string;
}

const DEFAULT_PORT: ReadonlyMap<string, string> = new Map([['http', '80'], ['https', '443'], ['ssh', '22'], ['git+ssh', '22'], ['ssh+git', '22'], ['git', '9418']]);

/** The same service behind another name, for networks that let only port 443 out. */
const HOST_ALIASES: ReadonlyMap<string, string> = new Map([
  ['ssh.github.com:443', 'github.com'],
  ['www.github.com', 'github.com'],
  ['altssh.gitlab.com:443', 'gitlab.com'],
  ['altssh.bitbucket.org:443', 'bitbucket.org'],
]);

/** Hosts that do not tell `Owner/Repo` from `owner/repo`. */
const CASELESS: ReadonlySet<string> = new Set(['github.com', 'gitlab.com', 'bitbucket.org', 'dev.azure.com']);

function local(text: string): Place | undefined {
  if (/^file:\/\//i.test(text)) return { host: '', path: decoded(text.slice('file://'.length).replace(/^localhost(?=\/)/i, '')) };
  if (text.startsWith('/') || text.startsWith('\\\\')) return { host: '', path: text.replaceAll('\\', '/') };
  return /^[a-z]:[\\/]/i.test(text) ? { host: '', path: text.replaceAll('\\', '/') } : undefined;
}

function scheme(text: string): Place | undefined {
  const found = /^([a-z][a-z0-9+.-]*):\/\/(?:[^/]*@)?(\[[^\]]+\]|[^/:@]+)(?::(\d*))?(\/[^?#]*)?/i.exec(text);
  const port = DEFAULT_PORT.get(found?.[1]?.toLowerCase() ?? '');
  if (!found?.[2] || port === undefined) return undefined;
  const ownPort = found[3] && found[3] !== port ? `:${found[3]}` : '';
  return { host: found[2].toLowerCase() + ownPort, path: decoded(found[4] ?? '') };
}

function scpLike(text: string): Place | undefined {
  if (text.includes('://') || /\s/.test(text)) return undefined;
  const found = /^(?:[^@/:]+@)?(\[[^\]]+\]|[^@/:]+):(.+)$/.exec(text);
  return found?.[1] && found[2] ? { host: found[1].toLowerCase(), path: found[2] } : undefined;
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** Azure DevOps has four spellings of one address: https and ssh, each under its new and its old host. */
function azure(host: string, path: string): string | undefined {
  const parts = path.split('/').filter(part => part !== '' && part !== 'DefaultCollection');
  const old = /^([a-z0-9-]+)\.visualstudio\.com$/.exec(host)?.[1];
  const all = old !== undefined && old !== 'vs-ssh' ? [old, ...parts] : parts;
  if (host === 'ssh.dev.azure.com' || host === 'vs-ssh.visualstudio.com') return all[0] === 'v3' && all.length === 4 ? `dev.azure.com/${all.slice(1).join('/')}` : undefined;
  if (host !== 'dev.azure.com' && old === undefined) return undefined;
  const at = all.indexOf('_git');
  const name = all[at + 1];
  if (at < 1 || name === undefined) return undefined;
  return `dev.azure.com/${[all[0], all[at - 1] === all[0] && at === 1 ? name : all[at - 1], name].join('/')}`;
}
