import { objectId, type ObjectRef } from '../kube/identity';
import type { Manifest } from '../manifests/document';
import { isKustomization } from '../render/kustomization';
import { countVerdicts, mainNamespace, sortObjects } from './assemble';
import type { JudgedGroup } from './group-judge';
import type { GroupOrder, PreparedGroup } from './group-reader';
import type { ReadPaths } from './plan';
import type { ObjectState } from './snapshot';
import { usesOf } from './wants';

/** Why nothing is said of an object yet. */
export const BEING_RENDERED = 'it is being rendered';

/**
 * What is shown of a group while it is rendered: what its files hold as they are written, and what its application has in the
 * cluster, all of it unknown. `before`: as it was last prepared, whose kinds stay wanted.
 */
export function standInFor({ id, group, source, plan }: GroupOrder, { files, templates }: ReadPaths, before: PreparedGroup | undefined): PreparedGroup {
  const { application } = group;
  const { index } = source;
  const known = templates ? [] : [...files].filter(file => index.text(file) !== undefined);
  const written = known.filter(file => !isKustomization(file)).flatMap(file => index.parsed(file, 'K3').manifests);
  // Of an application with several sources nobody can tell which one has it.
  const inventory = application?.remoteCluster === undefined && !(application?.tool === 'argo' && application.part.of > 1) ? (application?.inventory ?? []) : [];
  const unknown = (ref: ObjectRef, manifest: Manifest | undefined, key: string): ObjectState => ({
    id: `${id}|${key}`,
    application: id,
    ref,
    manifest,
    verdict: { ref, verdict: 'unknown', reason: BEING_RENDERED, fields: [], kept: [], notes: [] },
  });
  const refs = before?.refs ?? [...inventory, ...(plan?.refs ?? [])];
  return {
    ...group,
    id,
    source,
    dialect: 'K3',
    entries: [],
    problems: new Map(known.map(file => [file, index.parsed(file, 'K3').problems])),
    complete: false,
    ahead: undefined,
    plan,
    saved: () => undefined,
    consumed: files,
    trace: undefined,
    refs,
    uses: usesOf(refs),
    standIn: [
      ...written.map(manifest => unknown(manifest.ref, manifest, `${manifest.file}#${manifest.range.start}|${objectId(manifest.ref)}`)),
      ...besides(written, inventory).map(ref => unknown(ref, undefined, objectId(ref))),
    ],
  };
}

/**
 * What of an inventory none of these manifests is. An object is mostly called in the cluster as in its file, wherever it is put, or
 * a prefix or a suffix is added to that.
 */
function besides(written: readonly Manifest[], inventory: readonly ObjectRef[]): readonly ObjectRef[] {
  const left = new Set(inventory);
  const take = (fits: (ref: ObjectRef) => boolean): boolean => {
    const [found] = [...left].filter(fits).sort((a, b) => a.name.length - b.name.length);
    return found !== undefined && left.delete(found);
  };
  const others = written.filter(({ ref: { kind, name } }) => !take(ref => ref.kind === kind && ref.name === name));
  for (const { ref: { kind, name } } of others) take(ref => ref.kind === kind && ref.name.includes(name));
  return [...left];
}


/** Said of it without judging. `fallback` is the namespace of what has none. */
export function unjudgedStandIn(group: PreparedGroup, objects: readonly ObjectState[], fallback: string): JudgedGroup {
  const { application } = group;
  return {
    ...group,
    namespace: application?.targetNamespace ?? mainNamespace(group.refs.map(({ namespace }) => namespace), application?.ref.namespace ?? fallback),
    objects: sortObjects(objects),
    counts: countVerdicts(objects.map(({ verdict }) => verdict.verdict)),
    inputs: new Map(),
  };
}
