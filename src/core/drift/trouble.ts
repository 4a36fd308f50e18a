import type { KindStatus, LiveStore, Want } from '../cluster/api';
import { listed, type Unread } from '../gitops/unread';
import type { Progress, Reading } from './snapshot';

/** What keeps a part of the cluster from being read now; one for each cause. */
export interface Trouble {
  /** `lost`: the server does not answer. `failing`: some kinds cannot be read at the moment. `denied`: this context may not read them. */
  readonly kind: 'lost' | 'failing' | 'denied';
  /** One sentence, without a full stop. */
  readonly text: string;
  /** The cause in the server's words, for the log. */
  readonly detail: string;
  /** Milliseconds since the epoch; `undefined` where it never was otherwise. */
  readonly since: number | undefined;
}

/** Kinds that one sentence names; more are counted. */
const MAX_NAMES = 5;

interface Place {
  readonly name: string;
  readonly status: KindStatus;
}

/** What is wrong with the reading of these kinds. While the connection is lost nothing else is said: everything follows from it. */
export function troublesOf(wants: readonly Want[], unread: readonly Unread[], store: Pick<LiveStore, 'status' | 'lost'>): Trouble[] {
  const { lost } = store;
  if (lost) return [{ kind: 'lost', text: `the connection is lost: ${lost.reason}`, detail: lost.reason, since: lost.since }];
  const controllers = new Set(unread.map(({ kind }) => kind));
  const places = wants.filter(({ kind, extra }) => extra !== true && !controllers.has(kind)).flatMap(want => placesOf(want, store));
  return [...aboutControllers(unread), ...aboutKinds(places)];
}

/** Equal as long as nothing has become readable, or stopped being so. */
export const standingOf = (wants: readonly Want[], store: Pick<LiveStore, 'status' | 'lost'>): string =>
  JSON.stringify([store.lost?.since, ...wants.flatMap(want => placesOf(want, store)).map(({ name, status }) => [name, status.kind])]);

/** How far the first reading has come; `undefined` once all has been read, or nothing can be, and all is rendered. */
export function readingOf(wants: readonly Want[], store: Pick<LiveStore, 'status' | 'lost'>, rendering?: Progress): Reading | undefined {
  const places = store.lost ? [] : wants.flatMap(want => placesOf(want, store));
  const open = places.filter(({ status }) => status.kind === 'loading').length;
  return open === 0 && !rendering ? undefined : { done: places.length - open, of: places.length, ...(rendering && { rendering }) };
}

function placesOf({ apiVersion, kind, namespaces }: Want, store: Pick<LiveStore, 'status'>): Place[] {
  if (namespaces === undefined) return [{ name: kind, status: store.status(apiVersion, kind, undefined) }];
  const places = namespaces.map((namespace): Place => ({ name: `${kind} in ${namespace}`, status: store.status(apiVersion, kind, namespace) }));
  const [first] = places;
  return first && places.every(({ status }) => status.kind === first.status.kind) ? [{ name: kind, status: first.status }] : places;
}

/** Said apart: without them it is not known who applies what, which is more than a kind that cannot be compared. */
function aboutControllers(unread: readonly Unread[]): Trouble[] {
  const about = (kind: 'denied' | 'failing', what: string): Trouble[] => {
    const those = unread.filter(({ status }) => troubleKind(status) === kind);
    const [first] = those;
    const names = listed(those.map(one => one.what));
    return first ? [{ kind, text: `${what} ${names}: which controller applies a folder could not be told`, ...factsOf(first.status) }] : [];
  };
  return [...about('denied', 'no permission to read'), ...about('failing', 'could not read')];
}

function aboutKinds(places: readonly Place[]): Trouble[] {
  const about = (kind: 'denied' | 'failing', textOf: (names: string, detail: string) => string): Trouble[] => {
    const those = places.filter(({ status }) => troubleKind(status) === kind);
    const [first] = those;
    if (!first) return [];
    const names = [...new Set(those.map(({ name }) => name))];
    const facts = factsOf(first.status);
    return [{ kind, text: textOf(names.slice(0, MAX_NAMES).join(', ') + (names.length > MAX_NAMES ? ` and ${names.length - MAX_NAMES} more` : ''), facts.detail), ...facts }];
  };
  return [...about('denied', names => `no permission to read ${names}`), ...about('failing', (names, detail) => `${names}: not current: ${detail}`)];
}

function troubleKind({ kind }: KindStatus): 'denied' | 'failing' | undefined {
  if (kind === 'denied') return 'denied';
  return kind === 'stale' || kind === 'offline' ? 'failing' : undefined;
}

const factsOf = (status: KindStatus): Pick<Trouble, 'detail' | 'since'> => ({
  detail: 'reason' in status ? status.reason : '',
  since: 'since' in status && status.since > 0 ? status.since : undefined,
});
