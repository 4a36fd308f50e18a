import { sleep, type Clock } from '../core/base/clock';
import { Lifetime } from '../core/base/lifetime';
import type { Log } from '../core/base/log';
import type { Asked, BaseChoice } from '../core/drift/asked';
import { DriftEngine } from '../core/drift/engine';
import type { Connection, Snapshot } from '../core/drift/snapshot';
import { CliFailure, EXIT } from './exit-code';
import type { Options } from './options';
import type { ClusterSource } from './session';
import type { Target } from './target';
import { headlessWorkspace, noMemory } from './workspace';

export interface ScanParts {
  readonly options: Options;
  readonly target: Target;
  readonly source: ClusterSource;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly version: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly progress: (text: string) => void;
}

/** One snapshot with everything in it, and the engine that made it, which still knows what the verdicts came from. */
export interface Scan {
  readonly snapshot: Snapshot;
  readonly engine: DriftEngine;
  /** Why it is not the whole answer. */
  readonly trouble: string | undefined;
}

/**
 * Judges the target once: the editor's engine, waited for until all that it wants has been read. Rejects with
 * `CliFailure` when there is no cluster to judge against; when time is up what is not read yet is unknown.
 */
export async function scan(parts: ScanParts, lifetime: Lifetime): Promise<Scan> {
  const { options, target, source, env, version, clock, log, progress } = parts;
  const asked = await askedOf(options, target);
  const engine = lifetime.add(
    new DriftEngine({
      workspace: headlessWorkspace(target.folders),
      memory: noMemory,
      kubeconfigs: source.kubeconfigs,
      loadCluster: source.load,
      loadJudge: () => import('../core/drift/computation'),
      loadRenderer: async () => (await import('../core/render/renderer')).openRenderer(clock, { env, untrusted: target.folders, path: undefined }),
      openRepository: () => Promise.resolve(target.repository),
      env,
      userAgent: `plumbline/${version}`,
      isProduction: () => false,
      verifiesSecrets: () => false,
      clock,
      log,
      asked,
    }),
  );
  const ended = new AbortController();
  lifetime.add({ dispose: () => ended.abort() });
  progress('connecting to the cluster');
  lifetime.add(engine.onSnapshot(snapshot => progress(progressOf(snapshot))));
  const whole = await Promise.race([engine.once(), sleep(clock, options.timeout, ended.signal).then(() => undefined)]);
  if (!whole && !engine.cluster) throw new CliFailure(EXIT.unreachable, `the cluster did not answer within ${options.timeout / 1000} s`);
  const snapshot = whole ?? engine.current;
  const why = engine.cluster ? undefined : whyNot(snapshot.connection);
  if (why !== undefined) throw new CliFailure(EXIT.unreachable, why);
  return { snapshot, engine, trouble: whole ? undefined : `Not everything was read within ${options.timeout / 1000} s.` };
}

async function askedOf({ base, applier, application }: Options, { paths, repository }: Target): Promise<Asked> {
  return { paths, alone: repository === undefined, applier, application, base: await baseOf(base, repository) };
}

async function baseOf(base: string, repository: Target['repository']): Promise<BaseChoice> {
  if (base === 'auto' || base === 'none') return { kind: base };
  const revision = await repository?.resolve(base);
  if (revision === undefined) throw new CliFailure(EXIT.usage, repository ? `this repository has no revision "${base}"` : '--base names a revision, and the paths lie in no repository');
  return { kind: 'revision', revision };
}

/** Why there is no session; `undefined` when none was needed. */
function whyNot(connection: Connection): string | undefined {
  switch (connection.kind) {
    case 'failed':
      return connection.message;
    case 'noKubeconfig':
      return `no kubeconfig with a context was found (looked at ${connection.looked.join(', ')})`;
    case 'disconnected':
      return `the kubeconfig has no current context: name one with --context${connection.contexts.length === 0 ? '' : ` (${connection.contexts.join(', ')})`}`;
    case 'connecting':
    case 'connected':
      return 'the cluster could not be reached';
    case 'untrusted':
    case 'noFolder':
    case 'noManifests':
      return undefined;
  }
}

function progressOf({ connection, environments }: Snapshot): string {
  if (connection.kind === 'connecting') return `connecting to ${connection.context}`;
  if (connection.kind !== 'connected') return 'reading files';
  const counts = environments.map(environment => environment.counts);
  const all = counts.flatMap(count => Object.values(count)).reduce((sum, n) => sum + n, 0);
  return `reading ${connection.pin.context}: ${all - counts.reduce((sum, count) => sum + (count.unknown ?? 0), 0)} of ${all} objects`;
}
