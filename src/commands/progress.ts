import * as vscode from 'vscode';
import { noLinks } from '../core/drift/labels';

/** Runs with a notification that has a Cancel button; cancelling aborts the signal. */
export function withProgress<T>(title: string, run: (signal: AbortSignal) => Promise<T>): Promise<T> {
  return Promise.resolve(
    vscode.window.withProgress({ location: vscode.ProgressLocation.Notification, title: noLinks(title), cancellable: true }, async (_, token) => {
      const abort = new AbortController();
      const listener = token.onCancellationRequested(() => abort.abort());
      try {
        return await run(abort.signal);
      } finally {
        listener.dispose();
      }
    }),
  );
}
