/** What a row of a tree stands for; also the argument that commands get from the tree. Ids are those of the snapshot; a cluster's is its context. */
export interface TreeNode {
  readonly kind: 'cluster' | 'environment' | 'application' | 'object' | 'field';
  readonly id: string;
  /** The place of a field among its object's fields; for fields only. */
  readonly field?: number;
}
