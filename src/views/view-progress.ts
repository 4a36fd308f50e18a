import * as vscode from 'vscode';
import { Lifetime } from '../core/base/lifetime';
import type { Engine } from '../core/drift/ports';
import type { Snapshot } from '../core/drift/snapshot';

/** The moving line above the Environments view, for as long as something is read for the first time. */
export class ViewProgress implements vscode.Disposable {
  readonly #lifetime = new Lifetime();
  readonly #engine: Engine;
  #end: (() => void) | undefined;

  constructor(engine: Engine) {
    this.#engine = engine;
    this.#lifetime.add(engine.onSnapshot(() => this.#show()));
    this.#show();
  }

  dispose(): void {
    this.#end?.();
    this.#lifetime.dispose();
  }

  #show(): void {
    const reads = isReading(this.#engine.current);
    if (reads === (this.#end !== undefined)) return;
    this.#end?.();
    this.#end = undefined;
    if (!reads) return;
    const done = new Promise<void>(resolve => {
      this.#end = resolve;
    });
    void vscode.window.withProgress({ location: { viewId: 'plumbline.environments' } }, () => done);
  }
}

const isReading = ({ connections }: Snapshot): boolean => connections.some(connection => connection.kind === 'connecting' || (connection.kind === 'connected' && connection.reading !== undefined));
