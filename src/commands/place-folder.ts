import * as vscode from 'vscode';
import { clean } from '../core/drift/words';
import type { CommandContext } from './context';
import { connectedClusters, folderTarget } from './target';

interface Item extends vscode.QuickPickItem {
  readonly context: string;
}

const FOUND = 'Found by What Is There';

/** Asks which of the connected clusters a plain folder is meant for. Nothing is written to any of them. */
export async function chooseClusters(context: CommandContext, argument: unknown): Promise<void> {
  const { engine } = context;
  const title = 'Choose Clusters of a Folder';
  const folder = await folderTarget(context, argument, title);
  if (folder === undefined) return;
  const said = engine.placed().find(one => one.folder === folder);
  const shown = engine.current.environments.filter(({ applications }) => applications.some(application => application.application === undefined && application.folder === folder && application.elsewhere === undefined));
  const meant = said?.contexts ?? shown.map(environment => environment.context);
  const items = connectedClusters(engine).map(({ pin }): Item => ({ context: pin.context, label: clean(pin.context), description: clean(pin.server), picked: meant.includes(pin.context) }));
  const answer = await ask(items, `${title}: ${clean(vscode.workspace.asRelativePath(folder), 100)}`, said !== undefined);
  if (answer === undefined) return;
  await vscode.window.withProgress({ location: { viewId: 'plumbline.environments' } }, () => engine.place(folder, answer === FOUND ? undefined : answer));
}

/** Resolves to the contexts that were ticked; `undefined`: nothing was chosen. */
function ask(items: readonly Item[], title: string, isSaid: boolean): Promise<readonly string[] | typeof FOUND | undefined> {
  return new Promise(resolve => {
    const pick = vscode.window.createQuickPick<Item>();
    const forget: vscode.QuickInputButton = { iconPath: new vscode.ThemeIcon('discard'), tooltip: `${FOUND}: forget what was chosen` };
    const end = (answer: readonly string[] | typeof FOUND | undefined): void => {
      resolve(answer);
      pick.dispose();
    };
    pick.title = title;
    pick.placeholder = 'It is shown where it is ticked, and nowhere else';
    pick.canSelectMany = true;
    pick.items = items;
    pick.selectedItems = items.filter(({ picked }) => picked === true);
    pick.buttons = isSaid ? [forget] : [];
    pick.onDidTriggerButton(() => end(FOUND));
    pick.onDidAccept(() => end(pick.selectedItems.map(({ context }) => context)));
    pick.onDidHide(() => end(undefined));
    pick.show();
  });
}
