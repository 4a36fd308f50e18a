import * as vscode from 'vscode';
import type { ContextNews } from '../core/cluster/context-watch';
import { contextOf } from '../core/drift/merged';
import type { Engine } from '../core/drift/ports';
import { noLinks } from '../core/drift/labels';
import { unreachable } from '../core/base/unreachable';
import { clean } from '../core/drift/words';

/** Says what a changed kubeconfig means for this window, which stays where it is unless the person chooses otherwise. */
export async function tellContextNews(news: ContextNews, engine: Engine): Promise<void> {
  const { text, action, context } = wordsOf(news);
  const answer = await vscode.window.showInformationMessage(noLinks(`Plumbline: ${text}`), action, 'Stay');
  if (answer !== action) return;
  if (context === undefined) await vscode.commands.executeCommand('plumbline.connect');
  else if (context === news.open) await engine.reopen(context);
  else await engine.show(engine.current.connections.flatMap(connection => contextOf(connection) ?? []).map(name => (name === news.open ? context : name)));
}

function wordsOf(news: ContextNews): { readonly text: string; readonly action: string; readonly context: string | undefined } {
  const open = clean(news.open, 80);
  switch (news.kind) {
    case 'current':
      return { text: `the current context of the kubeconfig is now ${clean(news.current, 80)}. This window stays connected to ${open}.`, action: 'Switch', context: news.current };
    case 'moved':
      return { text: `context ${open} of the kubeconfig names another ${news.what} now. This window stays connected to the one it knew.`, action: 'Connect Again', context: news.open };
    case 'gone':
      return { text: `the kubeconfig has no context ${open} any more. This window stays connected to it.`, action: 'Choose Another', context: undefined };
    default:
      return unreachable(news);
  }
}
