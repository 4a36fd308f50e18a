/** What a row of a tree stands for; also the argument that commands get from the tree. Ids are those of the snapshot. */
export interface TreeNode {
  readonly kind: 'environment' | 'application' | 'object' | 'field';
  readonly id: string;
  /** The place of a field among its object's fields; for fields only. */
  readonly field?: number;
}
