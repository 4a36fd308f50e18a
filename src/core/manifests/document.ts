import type { Json, JsonObject } from '../base/json';
import type { ObjectRef } from '../kube/identity';

/** UTF-16 offsets into the text that was parsed, end exclusive. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/**
 * Who reads the file decides how its scalars resolve (`reference/drift.md` 2.3): `K2` kubectl, Helm, Argo CD plain
 * folders (sigs.k8s.io/yaml); `K3` anything through kustomize, hence all of Flux (yaml.v3).
 */
export type Dialect = 'K2' | 'K3';

/** A node of the source: where a value stands, without copying the value. */
export type SourceNode = ScalarNode | MapNode | ListNode | AliasNode;

interface NodeBase {
  /** The value's own characters: no key, no trailing comment, no trailing line break. Includes quotes, block header, anchor and tag. */
  readonly range: Range;
  /** The resolved value, equal to what the reader of this dialect gets. */
  readonly value: Json;
}

export interface ScalarNode extends NodeBase {
  readonly kind: 'scalar';
  readonly style: 'plain' | 'single' | 'double' | 'literal' | 'folded';
}

export interface MapNode extends NodeBase {
  readonly kind: 'map';
  readonly flow: boolean;
  /** In source order, the ones that count: a key that a later duplicate or an explicit key overrides is left out; members that come through `<<` stand with `merged`. */
  readonly pairs: readonly Pair[];
}

export interface Pair {
  readonly key: string;
  readonly keyRange: Range;
  readonly node: SourceNode;
  /** Set for a member that comes through a merge key: where the `*alias` (or inline map) stands. */
  readonly merged?: Range;
}

export interface ListNode extends NodeBase {
  readonly kind: 'list';
  readonly flow: boolean;
  readonly items: readonly SourceNode[];
}

/** `*name`; `range` is the alias token, `target` the anchored node. */
export interface AliasNode extends NodeBase {
  readonly kind: 'alias';
  readonly target: ScalarNode | MapNode | ListNode;
}

/** One Kubernetes object written in a file. */
export interface Manifest {
  /** Absolute path. */
  readonly file: string;
  /** 1-based, counting only documents that are not empty: as the reader counts them. */
  readonly document: number;
  readonly ref: ObjectRef;
  /** May have to be made again of its text, as another but equal object: ask once, not in a loop. Of the same manifest it says the same for ever. */
  readonly object: JsonObject;
  /** Of all of it: `root.range`. */
  readonly range: Range;
  /** The value of `metadata.name`, else the first key: where to say something of the whole object. */
  readonly named: Range;
  /** Where it is written; of a rendered object what it was made from. May have to be read from the text again: ask once, not in a loop. */
  readonly root: MapNode;
  /** `object` is not what `root` says: a tool made it. */
  readonly rendered?: true;
}

/** Something wrong in a file, said once, where it is. */
export interface ManifestProblem {
  readonly file: string;
  readonly range: Range;
  readonly severity: 'error' | 'warning' | 'information';
  readonly message: string;
  /** Something that the file holds, or may hold, is not compared because of it. */
  readonly lost: boolean;
}

export interface ParsedFile {
  readonly manifests: readonly Manifest[];
  readonly problems: readonly ManifestProblem[];
}
