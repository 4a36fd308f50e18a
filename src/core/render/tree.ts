/** What stands at a path. `unreadable` is there, but is not read: `reason` completes "this path …". */
export type TreeEntry =
  | { readonly kind: 'file'; readonly bytes: Uint8Array }
  | { readonly kind: 'folder' }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unreadable'; readonly reason: string };

/** The files of a working tree or of a commit. Paths are `/`-separated from its top, normalised, never leading out of it. */
export interface Tree {
  entry(path: string, signal: AbortSignal): Promise<TreeEntry>;
}
