import * as vscode from 'vscode';
import { Lifetime } from '../core/base/lifetime';
import { noIcons, shortName } from '../core/drift/labels';
import type { ContextFacts } from '../core/drift/ports';
import { clean, timeText } from '../core/drift/words';

const BESIDE: vscode.QuickInputButton = { iconPath: new vscode.ThemeIcon('split-horizontal'), tooltip: 'Show beside' };
const AWAY: vscode.QuickInputButton = { iconPath: new vscode.ThemeIcon('close'), tooltip: 'Stop showing' };

interface Item extends vscode.QuickPickItem {
  readonly name: string;
}

/**
 * The contexts of the kubeconfig with what tells one from another. Taking one shows it in place of all that is shown; its
 * button shows it beside them, or takes it away. Resolves to what is to be shown then; `undefined`: nothing was chosen.
 */
export function pickContexts(contexts: readonly ContextFacts[], now: number): Promise<readonly string[] | undefined> {
  const shown = contexts.filter(({ shown }) => shown !== undefined).sort((a, b) => (a.shown ?? 0) - (b.shown ?? 0)).map(({ name }) => name);
  return new Promise(resolve => {
    const lifetime = new Lifetime();
    const pick = lifetime.add(vscode.window.createQuickPick<Item>());
    const end = (chosen: readonly string[] | undefined): void => {
      resolve(chosen);
      lifetime.dispose();
    };
    pick.title = 'Connect to a Cluster';
    pick.placeholder = placeholderOf(contexts.length, shown);
    pick.matchOnDescription = true;
    pick.matchOnDetail = true;
    pick.items = [...contexts].sort((a, b) => (a.shown ?? Infinity) - (b.shown ?? Infinity)).map(facts => itemOf(facts, shown.length, now));
    pick.onDidAccept(() => {
      const [item] = pick.selectedItems;
      end(item && [item.name]);
    });
    pick.onDidTriggerItemButton(({ button, item }) => end(button === BESIDE ? [...shown, item.name] : shown.filter(name => name !== item.name)));
    pick.onDidHide(() => end(undefined));
    pick.show();
  });
}

function itemOf({ name, server, user, namespace, current, production, shown, reached }: ContextFacts, count: number, now: number): Item {
  const time = reached === undefined ? undefined : timeText(new Date(reached).toISOString(), now);
  const marks = [shown === undefined ? '' : 'shown now', production ? 'production' : '', current ? 'current in the kubeconfig' : ''];
  const facts = [server === undefined ? 'no server' : clean(server, 100), user === undefined ? 'no user' : `user ${clean(user, 60)}`, `namespace ${clean(namespace ?? 'default', 60)}`, time === undefined ? 'not reached yet' : `reached ${time}`];
  return {
    name,
    label: `$(${shown !== undefined ? 'pinned' : production ? 'server-environment' : 'server'}) ${noIcons(clean(name))}`,
    description: marks.filter(mark => mark !== '').join(' · '),
    detail: noIcons(facts.join(' · ')),
    buttons: shown === undefined ? (count > 0 ? [BESIDE] : []) : count > 1 ? [AWAY] : [],
  };
}

/** What Enter does, and what the button at the end of a row; Tab goes there. */
function placeholderOf(contexts: number, [first, ...others]: readonly string[]): string {
  if (first === undefined) return 'Context of the kubeconfig; connecting only reads';
  if (contexts === 1) return 'The only context of the kubeconfig';
  return others.length === 0 ? `Enter: in place of ${shortName(first)} · the button at its end: beside it` : 'Enter: this one alone · the button at its end: add it, or take it away';
}
