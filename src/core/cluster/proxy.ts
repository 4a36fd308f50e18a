import { isIP } from 'node:net';

/**
 * The proxy for a server, as Go's `http.ProxyFromEnvironment` chooses it, which kubectl uses: the kubeconfig's
 * `proxy-url` first, then `HTTPS_PROXY`/`HTTP_PROXY` (small letters too) unless `NO_PROXY` names the host; loopback is
 * never proxied. `undefined`: none.
 */
export function proxyFor(server: URL, proxyUrl: string | undefined, env: Readonly<Record<string, string | undefined>>): string | undefined {
  if (proxyUrl !== undefined) return proxyUrl;
  const host = hostName(server);
  if (isLoopback(host)) return undefined;
  const value = (name: string): string | undefined => nonEmpty(env[name]) ?? nonEmpty(env[name.toLowerCase()]);
  const proxy = value(server.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY');
  if (proxy === undefined || isExcepted(host, server.port, value('NO_PROXY') ?? '')) return undefined;
  return proxy.includes('://') ? proxy : `http://${proxy}`;
}

export const hostName = (server: URL): string => server.hostname.replace(/^\[|\]$/g, '').toLowerCase();

export const isLoopback = (host: string): boolean => host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));

function isExcepted(host: string, port: string, list: string): boolean {
  return list.split(',').some(raw => {
    const entry = raw.trim().toLowerCase();
    if (entry === '') return false;
    if (entry === '*') return true;
    if (entry.includes('/')) return inRange(host, entry);
    const match = /^\[?([^\]]*?)\]?(?::(\d+))?$/.exec(entry);
    const name = isIP(entry) ? entry : (match?.[1] ?? entry);
    const wanted = isIP(entry) ? undefined : match?.[2];
    if (wanted !== undefined && wanted !== (port === '' ? '443' : port)) return false;
    const bare = name.replace(/^\*?\./, '');
    return name === host || (name.startsWith('.') || name.startsWith('*.') ? host.endsWith(`.${bare}`) : !isIP(host) && host.endsWith(`.${name}`));
  });
}

/** IPv4 only; an IPv6 range excepts nothing. */
function inRange(host: string, range: string): boolean {
  const [base = '', bits = ''] = range.split('/');
  if (isIP(host) !== 4 || isIP(base) !== 4) return false;
  const size = 2 ** (32 - Number(bits));
  return Math.floor(numeric(host) / size) === Math.floor(numeric(base) / size);
}

const numeric = (address: string): number => address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
const nonEmpty = (value: string | undefined): string | undefined => (value === '' ? undefined : value);
