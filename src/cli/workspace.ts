import type { Workspace, Memory } from '../core/drift/ports';

const never = (): { dispose(): void } => ({ dispose: () => undefined });

/** Folders for one run: nothing is typed in, nothing is watched. Whoever starts the program vouches for it as a trusting editor's user does. */
export const headlessWorkspace = (folders: readonly string[]): Workspace => ({ trusted: true, folders, unsaved: () => new Map(), visible: () => new Set(), onShape: never, onFiles: never, onGit: never });

/** A run remembers nothing. */
export const noMemory: Memory = { get: () => undefined, set: () => Promise.resolve() };
