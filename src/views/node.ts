/** What a row of a tree stands for; also the argument that commands get from the tree. Ids are those of the snapshot; a cluster's is its context, and `more` has the id of the row whose rows are not all listed. */
export interface TreeNode {
  readonly kind: 'cluster' | 'environment' | 'application' | 'object' | 'field' | 'more';
  readonly id: string;
  /** The place of a field among its object's fields; for fields only. */
  readonly field?: number;
}
