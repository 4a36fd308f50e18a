import type { Memento } from 'vscode';
import { MEANT_KEY } from '../core/drift/meant';
import type { Memory } from '../core/drift/ports';

/** Keys that belong to one window's folder; the others hold for every window of this user on this machine. Nothing is synchronised. */
const OF_THE_WORKSPACE: ReadonlySet<string> = new Set(['contexts', MEANT_KEY]);

/** Keeps small decisions in VS Code's own state. */
export class EditorMemory implements Memory {
  readonly #global: Memento;
  readonly #workspace: Memento;

  constructor(state: { readonly globalState: Memento; readonly workspaceState: Memento }) {
    this.#global = state.globalState;
    this.#workspace = state.workspaceState;
  }

  get(key: string): unknown {
    return this.#of(key).get(key);
  }

  async set(key: string, value: unknown): Promise<void> {
    await this.#of(key).update(key, value);
  }

  #of(key: string): Memento {
    return OF_THE_WORKSPACE.has(key) ? this.#workspace : this.#global;
  }
}
