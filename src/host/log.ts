import * as vscode from 'vscode';
import type { Log } from '../core/base/log';
import { clean } from '../core/drift/words';
import type { Disposable } from '../core/base/lifetime';

/** Longest line in the log, characters. */
const MAX = 2000;

/** The output channel "Plumbline". Takes messages only: no bodies, no headers, no values of objects. */
export class EditorLog implements Log, Disposable {
  readonly #channel = vscode.window.createOutputChannel('Plumbline', { log: true });

  info(message: string): void {
    this.#channel.info(clean(message, MAX));
  }

  warn(message: string): void {
    this.#channel.warn(clean(message, MAX));
  }

  /** Of the cause, its name and message; never the object itself, which may hold a request or an answer. */
  error(message: string, cause?: unknown): void {
    this.#channel.error(clean(cause === undefined ? message : `${message}: ${describe(cause)}`, MAX));
  }

  show(): void {
    this.#channel.show(true);
  }

  dispose(): void {
    this.#channel.dispose();
  }
}

function describe(cause: unknown): string {
  if (!(cause instanceof Error)) return 'unknown error';
  const place = cause.name === 'Error' || cause.name === 'TypeError' ? ` ${(cause.stack ?? '').split('\n').slice(1, 4).join(' ')}` : '';
  return `${cause.name}: ${cause.message}${place}`;
}
