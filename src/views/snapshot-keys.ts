import * as vscode from 'vscode';
import { Lifetime } from '../core/base/lifetime';
import type { Engine } from '../core/drift/ports';
import type { Snapshot } from '../core/drift/snapshot';
import type { ContextKeys, Keys } from './context-keys';

/** Keeps the context keys that follow from the snapshot and the active editor. */
export class SnapshotKeys implements vscode.Disposable {
  readonly #lifetime = new Lifetime();

  constructor(engine: Engine, keys: ContextKeys) {
    keys.set('state', 'loading');
    const show = (): void => {
      const { current } = engine;
      keys.set('state', stateOf(current));
      keys.set('reading', current.connections.some(connection => connection.kind === 'connected' && connection.reading !== undefined));
      keys.set('waitsForLogin', current.connections.some(connection => connection.kind === 'failed' && connection.failure === 'consent'));
      keys.set('verifying', howMany(current.connections.flatMap(connection => (connection.kind === 'connected' ? [connection.verifying] : []))));
      const document = vscode.window.activeTextEditor?.document;
      keys.set('editorHasManifest', document?.uri.scheme === 'file' && (current.files.get(document.uri.fsPath)?.objects.length ?? 0) > 0);
    };
    this.#lifetime.add(engine.onSnapshot(show));
    this.#lifetime.add(vscode.window.onDidChangeActiveTextEditor(show));
    show();
  }

  dispose(): void {
    this.#lifetime.dispose();
  }
}

const howMany = (answers: readonly boolean[]): Keys['verifying'] => (!answers.includes(true) ? 'none' : answers.includes(false) ? 'some' : 'all');

function stateOf({ generation, connection }: Snapshot): Keys['state'] {
  if (generation === 0) return 'loading';
  return connection.kind === 'failed' ? connection.failure : connection.kind;
}

