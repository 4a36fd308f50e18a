import { noIcons, shortName } from '../core/drift/labels';
import { contextOf } from '../core/drift/merged';
import { countOut } from '../core/drift/snapshot-lookup';
import type { Connection, Environment, Snapshot } from '../core/drift/snapshot';
import type { Trouble } from '../core/drift/trouble';

/** Of which nothing can be said. */
const UNCLEAR = ['undecided', 'unknown'] as const;

/** The status bar item as plain data. `text` may draw icons; `spoken` is what screen readers say. */
export interface Face {
  readonly text: string;
  readonly spoken: string;
  readonly warns: boolean;
}

/** What the status bar says of a snapshot; `undefined` where there is nothing to say yet. */
export function faceOf({ connection, connections, environments }: Snapshot): Face | undefined {
  if (connections.length > 1) {
    const name = `${connections.length} clusters`;
    if (connection.kind === 'connected') return connectedFace(name, environments, connections);
    return connections.some(({ kind }) => kind === 'connecting') ? plainFace('$(sync~spin)', `${name}: connecting`) : plainFace('$(debug-disconnect)', `${name}: not connected`);
  }
  switch (connection.kind) {
    case 'noFolder':
    case 'noManifests':
    case 'untrusted':
    case 'noKubeconfig':
    case 'disconnected':
      return undefined;
    case 'connecting':
      return plainFace('$(sync~spin)', `${shortName(connection.context)}: connecting`);
    case 'failed':
      return plainFace('$(debug-disconnect)', `${connection.context === '' ? 'kubeconfig' : shortName(connection.context)}: not connected`);
    case 'connected':
      return connectedFace(shortName(connection.pin.context), environments, [connection]);
  }
}

function connectedFace(name: string, environments: readonly Environment[], connections: readonly Connection[]): Face {
  const connected = connections.filter(connection => connection.kind === 'connected');
  const troubles = connected.flatMap(connection => connection.troubles);
  const reading = connected.some(connection => connection.reading !== undefined) || connections.some(({ kind }) => kind === 'connecting');
  const renders = connected.some(connection => connection.reading?.rendering !== undefined) && !connected.some(({ reading: kinds }) => kinds && kinds.done < kinds.of);
  const absent = connections.filter(({ kind }) => kind !== 'connected' && kind !== 'connecting').map(connection => `${shortName(contextOf(connection) ?? 'one')} not connected`);
  const out = environments.reduce((sum, { counts }) => sum + countOut(counts), 0);
  const applications = environments.flatMap(environment => environment.applications.map(application => ({ environment, application })));
  const paused = applications.filter(({ application }) => application.pause !== undefined);
  const pending = environments.reduce((sum, { counts }) => sum + (counts.pending ?? 0), 0);
  const unclear = environments.reduce((sum, { counts }) => sum + UNCLEAR.reduce((n, verdict) => n + (counts[verdict] ?? 0), 0), 0);
  const parts = [out > 0 ? `${out} drifted` : '', reading ? (renders ? 'rendering' : 'reading') : '', out === 0 && pending > 0 ? `${pending} pending` : '', out === 0 && !reading && unclear > 0 ? `${unclear} not known` : '', paused.length > 0 ? `${paused.length} paused` : '', troubleWord(troubles), ...absent].filter(part => part !== '');
  const said = `${name}: ${parts.length > 0 ? parts.join(', ') : environments.length > 0 ? 'in sync' : 'connected'}`;
  const current = absent.length === 0 && !troubles.some(({ kind }) => kind !== 'denied');
  const icon = reading ? '$(sync~spin)' : !current ? '$(debug-disconnect)' : paused.length > 0 ? '$(debug-pause)' : out > 0 ? '$(warning)' : pending + unclear > 0 || troubles.length > 0 || environments.length === 0 ? '$(circle-large-outline)' : '$(pass)';
  return { ...plainFace(icon, said), warns: paused.some(({ environment }) => environment.production) };
}

function troubleWord(troubles: readonly Trouble[]): string {
  if (troubles.some(({ kind }) => kind === 'lost')) return 'connection lost';
  if (troubles.some(({ kind }) => kind === 'failing')) return 'not current';
  return troubles.length > 0 ? 'not all may be read' : '';
}

const plainFace = (icon: string, said: string): Face => ({ text: `${icon} ${noIcons(said)}`, spoken: `GitOps drift: ${said}`, warns: false });
