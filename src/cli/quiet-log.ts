import type { Log } from '../core/base/log';
import { clean } from '../core/drift/words';

/** Keeps what went wrong on the way, each once, to be told after the findings' own line of progress is gone. */
export class QuietLog implements Log {
  readonly #lines = new Set<string>();

  info(): void {
    // What goes well is not told.
  }

  warn(message: string): void {
    this.#lines.add(clean(message, 500));
  }

  /** Of the cause its message only: the object may hold a request or an answer. */
  error(message: string, cause?: unknown): void {
    this.#lines.add(clean(cause instanceof Error ? `${message}: ${cause.message}` : message, 500));
  }

  lines(): readonly string[] {
    return [...this.#lines];
  }
}
