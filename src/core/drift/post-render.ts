import { fromEntries, type JsonObject, mapAt, withMember } from '../base/json';
import { stringifyJson } from '../base/json-text';
import { objectId } from '../kube/identity';
import type { Manifest } from '../manifests/document';
import type { Renderer } from '../render/renderer';
import type { Tree } from '../render/tree';

const INPUT = 'helm-output.yaml';

/**
 * What one post-renderer of a HelmRelease makes of these objects: patches and images of a kustomization around them
 * (helm-controller `internal/postrender`). Each stays at its own place. A text: what kustomize says is wrong.
 */
export async function postRendered(renderer: Pick<Renderer, 'kustomize'>, manifests: readonly Manifest[], kustomization: JsonObject, signal: AbortSignal): Promise<readonly Manifest[] | string> {
  const files = new Map([
    [INPUT, manifests.map(({ object }) => stringifyJson(object)).join('\n---\n')],
    ['kustomization.yaml', stringifyJson({ resources: [INPUT], ...kustomization })],
  ]);
  const tree: Tree = {
    entry: path => {
      const text = files.get(path);
      return Promise.resolve(text === undefined ? { kind: path === '' ? 'folder' : 'absent' } : { kind: 'file', bytes: Buffer.from(text) });
    },
  };
  const built = await renderer.kustomize(tree, { folder: '', options: {}, overrides: [], top: '/' }, signal);
  if (built.kind === 'failed') return built.problems[0]?.message ?? 'no reason given';
  const before = new Map(manifests.map(manifest => [objectId(manifest.ref), manifest]));
  // A patch may rename what it changes, or add what was not there: that then stands where the first one does.
  const [first] = manifests;
  return first ? built.manifests.map(({ object, ref }) => ({ ...(before.get(objectId(ref)) ?? first), object, ref })) : [];
}

/** The objects with these labels and annotations over their own. */
export function withMetadata(manifests: readonly Manifest[], added: Readonly<Record<'labels' | 'annotations', JsonObject>>): readonly Manifest[] {
  return manifests.map(manifest => {
    let metadata = mapAt(manifest.object, 'metadata');
    for (const part of ['labels', 'annotations'] as const) {
      const entries = Object.entries(added[part]);
      if (entries.length > 0) metadata = withMember(metadata, part, fromEntries([...Object.entries(mapAt(metadata, part)), ...entries]));
    }
    return { ...manifest, object: withMember(manifest.object, 'metadata', metadata) };
  });
}
