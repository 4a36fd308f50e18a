import * as vscode from 'vscode';
import { noLinks } from '../core/drift/labels';
import { clean } from '../core/drift/words';
import { compareApplication, compareFile, compareObject, explain, showLive } from './compare';
import { connect, disableChanges, enableChanges, refresh, retry } from './connect';
import type { CommandContext } from './context';
import { allowLogin, forgetLogins } from './login';
import { goToDrift, goToSetter, revealManifest } from './navigate';
import { pause, resume } from './pause';
import { chooseClusters } from './place-folder';
import { pushObject } from './push';
import { moreNamed } from './target';
import { verifyApplication, verifyObject } from './verify';
import { allowVerifying, stopVerifying } from './verify-consent';

export type Handler = (context: CommandContext, argument: unknown) => Promise<void>;

/**
 * One line per command; a test holds the ids against `contributes.commands`. An argument only ever says what the command
 * is about, as an id to look up in the snapshot: it is never what gets written, and it answers no question.
 */
export const COMMANDS: Readonly<Record<string, Handler>> = {
  'plumbline.connect': connect,
  'plumbline.allowLogin': allowLogin,
  'plumbline.forgetLogins': forgetLogins,
  'plumbline.refresh': refresh,
  'plumbline.retry': retry,
  'plumbline.compareFile': compareFile,
  'plumbline.compareObject': compareObject,
  'plumbline.compareApplication': compareApplication,
  'plumbline.revealManifest': revealManifest,
  'plumbline.goToSetter': goToSetter,
  'plumbline.showLive': showLive,
  'plumbline.explain': explain,
  'plumbline.verifyObject': verifyObject,
  'plumbline.verifyApplication': verifyApplication,
  'plumbline.allowVerifying': allowVerifying,
  'plumbline.stopVerifying': stopVerifying,
  'plumbline.nextDrift': context => goToDrift(context, 1),
  'plumbline.previousDrift': context => goToDrift(context, -1),
  'plumbline.enableChanges': enableChanges,
  'plumbline.disableChanges': disableChanges,
  'plumbline.pushObject': pushObject,
  'plumbline.pause': pause,
  'plumbline.resume': resume,
  'plumbline.showDriftedOnly': context => filter(context, true),
  'plumbline.showAll': context => filter(context, false),
  'plumbline.showMore': (context, argument) => {
    context.showMore(moreNamed(argument));
    return Promise.resolve();
  },
  'plumbline.chooseClusters': chooseClusters,
  'plumbline.openLog': context => {
    context.log.show();
    return Promise.resolve();
  },
};

function filter(context: CommandContext, on: boolean): Promise<void> {
  context.showDriftedOnly(on);
  return Promise.resolve();
}

export function registerCommands(context: CommandContext): vscode.Disposable {
  return vscode.Disposable.from(
    ...Object.entries(COMMANDS).map(([id, run]) =>
      vscode.commands.registerCommand(id, async (argument: unknown) => {
        try {
          context.engine.start();
          await run(context, argument);
        } catch (error) {
          await report(context, id, error);
        }
      }),
    ),
  );
}

async function report(context: CommandContext, id: string, error: unknown): Promise<void> {
  context.log.error(`${id} failed`, error);
  const message = error instanceof Error ? clean(error.message, 300) : 'it failed';
  const answer = await vscode.window.showErrorMessage(noLinks(`Plumbline: ${message}`), 'Open Log');
  if (answer === 'Open Log') context.log.show();
}
