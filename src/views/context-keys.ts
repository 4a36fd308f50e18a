import * as vscode from 'vscode';

/** Every `plumbline.…` key that `when` clauses in package.json use, and what it may be. */
export interface Keys {
  /** Which empty state fits; `loading` before the first snapshot. */
  readonly state: 'loading' | 'untrusted' | 'noFolder' | 'noManifests' | 'noKubeconfig' | 'disconnected' | 'connecting' | 'offline' | 'denied' | 'invalid' | 'consent' | 'connected';
  /** Some cluster is being read for the first time. */
  readonly reading: boolean;
  /** A kubeconfig waits to be allowed to start a program. */
  readonly waitsForLogin: boolean;
  readonly driftedOnly: boolean;
  /** What stays undecided is asked about by itself in the connected cluster. */
  readonly verifying: 'none' | 'some' | 'all';
  /** The active editor shows a file with manifests. */
  readonly editorHasManifest: boolean;
}

/** Sets a key only when it changed: each is a message to the window. */
export class ContextKeys {
  readonly #set: Partial<Keys> = {};
  readonly #onFailure: (error: unknown) => void;

  constructor(onFailure: (error: unknown) => void) {
    this.#onFailure = onFailure;
  }

  set<K extends keyof Keys>(key: K, value: Keys[K]): void {
    if (this.#set[key] === value) return;
    this.#set[key] = value;
    vscode.commands.executeCommand('setContext', `plumbline.${key}`, value).then(undefined, this.#onFailure);
  }
}
