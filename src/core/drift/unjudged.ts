import { objectId } from '../kube/identity';
import { countVerdicts } from './assemble';
import type { FolderSource } from './folder-source';
import type { JudgedGroup } from './group-judge';
import type { Group } from './groups';
import type { ObjectState } from './snapshot';
import type { ObjectVerdict } from './verdict';

/** What a folder holds while no cluster may or can be asked: every object unknown, for the one reason. */
export function unjudgedGroup(group: Group, folder: FolderSource, reason: string): JudgedGroup {
  const id = `folder:${group.folder}`;
  const problems = new Map(group.files.map(file => [file, folder.index.parsed(file, 'K2').problems]));
  const objects = group.files.flatMap(file =>
    folder.index.parsed(file, 'K2').manifests.map((manifest): ObjectState => {
      const verdict: ObjectVerdict = { ref: manifest.ref, verdict: 'unknown', reason, fields: [], kept: [], notes: [], steps: [reason] };
      return { id: `${id}|${manifest.file}#${manifest.root.range.start}|${objectId(manifest.ref)}`, application: id, ref: manifest.ref, manifest, verdict };
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
