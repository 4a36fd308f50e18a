import { sameItems } from '../base/same-items';
import type { ManifestProblem } from '../manifests/document';
import { AbsentFolders } from './absent-folders';
import { byBadness } from './assemble';
import type { Connection, FileState, Snapshot } from './snapshot';
import { worst } from './verdict';

/** A snapshot of one cluster; `at` grows with every one that is made, whichever cluster it is of. */
export interface Part {
  readonly snapshot: Snapshot;
  readonly at: number;
}

/** What several clusters say of the same folders, as one snapshot. What has not changed since the one before is the same object. */
export class Merging {
  readonly #absent: AbsentFolders;
  #files = new Map<string, Merged>();

  /** `isSaid`: a person said which clusters a folder is meant for. */
  constructor(isSaid: (folder: string) => boolean) {
    this.#absent = new AbsentFolders(isSaid);
  }

  /**
   * A cluster that is not connected adds its connection and nothing else as long as another one is: what is not known there
   * must not hide what is known here.
   */
  merged(parts: readonly [Part, ...Part[]], generation: number): Snapshot {
    const [first] = parts;
    if (parts.length === 1) return { ...first.snapshot, generation };
    const connected = parts.filter(({ snapshot }) => snapshot.connection.kind === 'connected');
    const telling = this.#absent.of(connected.length > 0 ? connected : [first]);
    return {
      generation,
      connection: (connected[0] ?? parts.find(({ snapshot }) => snapshot.connection.kind === 'connecting') ?? first).snapshot.connection,
      connections: parts.map(({ snapshot }) => snapshot.connection),
      environments: telling.flatMap(({ snapshot }) => snapshot.environments).sort(byBadness),
      files: telling.length === 1 ? (telling[0]?.snapshot.files ?? new Map<string, FileState>()) : this.#mergedFiles(telling),
    };
  }

  #mergedFiles(parts: readonly Part[]): Map<string, FileState> {
    const known = new Map<string, Merged>();
    for (const [i, { snapshot }] of parts.entries()) {
      for (const path of snapshot.files.keys()) {
        // The first one that has it does it for all.
        if (i > 0 && known.has(path)) continue;
        const before = this.#files.get(path);
        const states = parts.flatMap(part => {
          const file = part.snapshot.files.get(path);
          return file ? [{ file, at: part.at }] : [];
        });
        const merging = mergingOf(states);
        if (merging.length > 0) known.set(path, before && sameItems(before.from, merging) ? before : { from: merging, made: mergedFile(merging) });
      }
    }
    this.#files = known;
    return new Map([...known].map(([path, { made }]) => [path, made]));
  }
}

interface Merged {
  readonly from: readonly FileState[];
  readonly made: FileState;
}

/** Those of the newest text. Verdicts of a text that has been typed over since are left out: their ranges are those of another text. Their cluster judges the new one in a moment. */
function mergingOf(states: readonly { readonly file: FileState; readonly at: number }[]): readonly FileState[] {
  const newest = states.reduce<(typeof states)[number] | undefined>((best, state) => (best && best.at >= state.at ? best : state), undefined)?.file;
  return states.map(({ file }) => file).filter(({ textVersion }) => textVersion === newest?.textVersion);
}

function mergedFile(files: readonly FileState[]): FileState {
  const [first] = files;
  if (!first) throw new RangeError('no file to merge');
  if (files.length === 1) return first;
  const objects = files.flatMap(file => file.objects).sort((a, b) => (a.manifest?.range.start ?? 0) - (b.manifest?.range.start ?? 0));
  const verdicts = files.flatMap(({ verdict }) => verdict ?? []);
  return { file: first.file, textVersion: first.textVersion, objects, placed: files.flatMap(file => file.placed), problems: onlyOnce(files.flatMap(file => file.problems)), verdict: verdicts.length === 0 ? undefined : worst(verdicts) };
}

/** What is wrong with a text is wrong for every cluster. */
function onlyOnce(problems: readonly ManifestProblem[]): ManifestProblem[] {
  return [...new Map(problems.map(problem => [`${problem.range.start}:${problem.range.end}:${problem.message}`, problem])).values()];
}

/** The context that a connection is about; `undefined` where there is none yet. */
export function contextOf(connection: Connection): string | undefined {
  switch (connection.kind) {
    case 'connected':
      return connection.pin.context;
    case 'connecting':
    case 'failed':
      return connection.context === '' ? undefined : connection.context;
    case 'untrusted':
    case 'noFolder':
    case 'noManifests':
    case 'noKubeconfig':
    case 'disconnected':
      return undefined;
  }
}
