import { contextOf } from '../core/drift/merged';
import type { Connection, Snapshot } from '../core/drift/snapshot';
import type { Trouble } from '../core/drift/trouble';
import { clean } from '../core/drift/words';
import { sinceText, withSince } from './trouble-text';
import type { Click, Row } from './rows';

/** One row for each cause that keeps a cluster, or a part of it, from being compared. It stands above what is compared, and can be tried again. */
export function clusterRows({ connections }: Snapshot, now: number): Row[] {
  const several = connections.length > 1;
  const [only] = connections;
  if (!several && only && isFailing(only)) return failingRows(only);
  return connections.flatMap(connection => {
    const context = contextOf(connection) ?? '';
    return causesOf(connection, several).map((cause, i) => rowOf(context, cause, { place: i, several, now }));
  });
}

interface Cause {
  readonly icon: string;
  /** One sentence without a full stop. */
  readonly text: string;
  readonly since: number | undefined;
  /** It may be tried again; what is under way needs no push. */
  readonly retry: boolean;
}

const ICONS: Readonly<Record<Trouble['kind'], string>> = { lost: 'debug-disconnect', failing: 'history', denied: 'lock' };

export type Failing = Extract<Connection, { kind: 'failed' }> & { readonly failure: 'offline' | 'denied' | 'invalid' };

/** Not connected for a reason that is said above the rows. That a program has to be allowed has a text and a button of its own. */
export const isFailing = (connection: Connection): connection is Failing => connection.kind === 'failed' && connection.failure !== 'consent';

const STEPS: readonly { readonly click: Click; readonly icon: string; readonly label: string }[] = [
  { click: 'retry', icon: 'refresh', label: 'Retry' },
  { click: 'connect', icon: 'plug', label: 'Choose Another Context…' },
  { click: 'log', icon: 'output', label: 'Open Log' },
];

/** What can be done where the only cluster is not connected. */
const failingRows = ({ context }: Failing): Row[] =>
  STEPS.map(({ click, icon, label }) => ({
    id: `cluster:${context}:${click}`,
    node: { kind: 'cluster', id: context },
    parent: undefined,
    opens: false,
    label,
    description: '',
    icon: { id: icon, verdict: undefined, tone: undefined },
    flags: '',
    open: false,
    known: true,
    spoken: label,
    tooltip: label,
    click,
  }));

/** A single cluster that is not connected has rows of its own, or leaves the tree empty: the text in its place says why, and has buttons. */
function causesOf(connection: Connection, several: boolean): Cause[] {
  switch (connection.kind) {
    case 'connected':
      return connection.troubles.map(({ kind, text, since }) => ({ icon: ICONS[kind], text, since, retry: true }));
    case 'connecting':
      return several ? [{ icon: 'loading~spin', text: 'connecting', since: undefined, retry: false }] : [];
    case 'failed':
      return several ? [{ icon: 'debug-disconnect', text: `not connected: ${connection.message}`, since: connection.since, retry: true }] : [];
    case 'noKubeconfig':
    case 'disconnected':
      return several ? [{ icon: 'debug-disconnect', text: 'not connected', since: undefined, retry: true }] : [];
    case 'untrusted':
    case 'noFolder':
    case 'noManifests':
      return [];
  }
}

function rowOf(context: string, { icon, text, since, retry }: Cause, { place, several, now }: { readonly place: number; readonly several: boolean; readonly now: number }): Row {
  // What has happened stands first, and is short; why, and since when, may be cut off.
  const [what = '', ...why] = text.split(': ');
  const label = clean(several ? `${context}: ${what}` : `${what.charAt(0).toUpperCase()}${what.slice(1)}`, 300);
  const description = [sinceText(since, now), clean(why.join(': '), 300)].filter(part => part !== '').join(' · ');
  const sentence = [label, ...(why.length > 0 ? [clean(why.join(': '), 300)] : [])].join(': ');
  const spoken = [sentence, sinceText(since, now)].filter(part => part !== '').join(', ');
  return {
    id: `cluster:${context}:${place}`,
    node: { kind: 'cluster', id: context },
    parent: undefined,
    opens: false,
    label,
    description,
    icon: { id: icon, verdict: undefined, tone: 'grey' },
    flags: retry ? 'cluster' : '',
    open: false,
    known: true,
    spoken,
    tooltip: withSince(sentence, since, now),
    click: undefined,
  };
}
