import { Turns } from '../base/turns';
import { objectId } from '../kube/identity';
import { covers, type Asked } from './asked';
import { assembleEnvironments, countVerdicts } from './assemble';
import { chartsIn, collect, objectsIn, stateOf, type Computed } from './computed';
import type { FolderSource } from './folder-source';
import type { JudgedGroup } from './group-judge';
import { groupFiles, type Group } from './groups';
import type { ObjectState } from './snapshot';
import type { ObjectVerdict } from './verdict';

/** Without a session: what the files hold, nothing judged. `trusted` says why there is none. */
export async function withoutCluster(folders: readonly FolderSource[], trusted: boolean, asked: Asked | undefined, signal: AbortSignal): Promise<Computed> {
  const reason = trusted ? 'not connected to a cluster' : 'Restricted Mode: the cluster is not asked before the workspace is trusted';
  const groups = folders.flatMap(folder => groupFiles(folder.index.files().filter(file => covers(asked, file)), [], reason).map(group => unjudgedGroup(group, folder, reason)));
  const manifests = objectsIn(groups) + chartsIn(folders);
  const states = groups.map(group => stateOf(group, '', []));
  const environments = manifests === 0 || trusted ? [] : assembleEnvironments(states, { context: '', isProduction: () => false, isWritable: () => false });
  const collected = await new Turns().finish(collect({ folders, groups, asked, before: new Map() }), signal);
  return { ...collected, environments, manifests, troubles: [], reading: undefined, settled: undefined, doubt: reason };
}

/** What a folder holds while no cluster may or can be asked: every object unknown, for the one reason. */
function unjudgedGroup(group: Group, folder: FolderSource, reason: string): JudgedGroup {
  const id = `folder:${group.folder}`;
  const problems = new Map(group.files.map(file => [file, folder.index.parsed(file, 'K2').problems]));
  const objects = group.files.flatMap(file =>
    folder.index.parsed(file, 'K2').manifests.map((manifest): ObjectState => {
      const verdict: ObjectVerdict = { ref: manifest.ref, verdict: 'unknown', reason, fields: NONE, kept: NONE, notes: NONE };
      // One text, and not a chain of its parts: each of ten thousand is kept.
      return { id: [id, '|', manifest.file, '#', manifest.range.start, '|', objectId(manifest.ref)].join(''), application: id, ref: manifest.ref, manifest, verdict };
    }),
  );
  return {
    ...group,
    id,
    namespace: '',
    objects,
    counts: countVerdicts(objects.map(({ verdict }) => verdict.verdict)),
    problems,
    inputs: new Map(),
  };
}

const NONE: readonly never[] = [];
