import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { listFiles } from '../core/cluster/kubeconfig-files';
import { RecordedSession, type Recording } from '../core/cluster/recording';
import type { SchemaFiles } from '../core/cluster/schema-files';
import { openSaved } from '../core/cluster/saved-cluster';
import type { ClusterModule } from '../core/drift/engine';
import { isBelow } from '../core/drift/groups';
import type { Kubeconfigs } from '../core/drift/ports';
import { CliFailure, EXIT } from './exit-code';
import type { Options } from './options';
import type { Target } from './target';

type Env = Readonly<Record<string, string | undefined>>;

/** How this run gets its cluster: from the network, read once, or from a file. */
export interface ClusterSource {
  readonly load: () => Promise<ClusterModule>;
  readonly kubeconfigs: Kubeconfigs;
  /** Fulfilled once what is kept for the next run is kept. */
  settled(): Promise<void>;
  /** What was read so far, for a file; `undefined` before there is a session, and where there is nothing to record. */
  recording(): Recording | undefined;
}

/** Rejects with `CliFailure` where the saved file cannot be read. */
export async function clusterSource(options: Options, target: Target, place: { readonly cwd: string; readonly env: Env }): Promise<ClusterSource> {
  return options.offline === undefined ? liveSource(options, target, place) : savedSource(options.offline, options.namespace, place.cwd);
}

function liveSource({ kubeconfig, context, namespace, command, allowExec }: Options, { folders }: Target, { cwd, env }: { readonly cwd: string; readonly env: Env }): ClusterSource {
  const files = listFiles(kubeconfig, env['KUBECONFIG'], homedir(), cwd);
  let recorded: RecordedSession | undefined;
  let schemas: SchemaFiles | undefined;
  return {
    kubeconfigs: { files: () => files, context },
    settled: async () => schemas?.settled,
    recording: () => recorded?.recording(),
    load: async () => {
      const { connect, readContexts, SchemaFiles: Files } = await import('../core/cluster/connect');
      schemas ??= new Files(join(cacheFolder(env), 'schemas'));
      const kept = schemas;
      return {
        readContexts,
        connect: async (given, signal) => {
          const cluster = await connect(
            {
              ...given,
              once: true,
              schemas: kept,
              ...(namespace !== undefined && { namespace }),
              // Who names a kubeconfig vouches for it, unless it came with the files that are judged.
              allowExec: ({ source }) =>
                Promise.resolve(
                  allowExec || !folders.some(folder => isBelow(folder, source)) ? { kind: 'allowed' } : { kind: 'refused', reason: 'it lies in the folder that is judged, so whoever wrote there chose the program; --allow-exec runs it' },
                ),
            },
            signal,
          );
          if (command !== 'record') return cluster;
          recorded = new RecordedSession(cluster);
          return recorded.cluster;
        },
      };
    },
  };
}

/** Where programs of this system keep what can be made anew: XDG's folder, and what stands for it elsewhere. */
function cacheFolder(env: Env): string {
  const own = env['XDG_CACHE_HOME'] ?? '';
  if (isAbsolute(own)) return join(own, 'plumbline');
  if (process.platform === 'win32') return join(env['LOCALAPPDATA'] ?? join(homedir(), 'AppData', 'Local'), 'plumbline', 'Cache');
  return join(homedir(), ...(process.platform === 'darwin' ? ['Library', 'Caches'] : ['.cache']), 'plumbline');
}

async function savedSource(file: string, namespace: string | undefined, cwd: string): Promise<ClusterSource> {
  const text = await readFile(resolve(cwd, file), 'utf8').catch((error: unknown) => {
    throw new CliFailure(EXIT.unreachable, `${file} cannot be read (${error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'})`);
  });
  const cluster = openSaved(text, file, namespace);
  const { context } = cluster.pin;
  return {
    kubeconfigs: { files: () => [file], context },
    settled: () => Promise.resolve(),
    recording: () => undefined,
    load: () => Promise.resolve({ connect: () => Promise.resolve(cluster), readContexts: () => Promise.resolve({ contexts: [{ name: context, server: undefined, user: undefined, namespace: undefined }], current: context }) }),
  };
}
