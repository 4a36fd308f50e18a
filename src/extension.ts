import { userInfo } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { lazyChanges } from './commands/lazy-changes';
import { tellContextNews } from './commands/context-news';
import { registerCommands } from './commands/table';
import { systemClock as clock } from './core/base/clock';
import { Lifetime } from './core/base/lifetime';
import { activityOf } from './core/change/activity';
import { Journal } from './core/change/journal';
import { Clusters } from './core/drift/clusters';
import { DriftEngine } from './core/drift/engine';
import type { Engine } from './core/drift/ports';
import { EditorClusters } from './host/clusters';
import { Settings } from './host/config';
import { ModalConfirmDialog } from './host/confirm-dialog';
import { EditorKubeconfigs } from './host/kubeconfigs';
import { LoginConsents } from './host/login-consents';
import { EditorLog } from './host/log';
import { EditorMemory } from './host/memory';
import { matchesAny } from './host/production';
import { EditorWorkspace } from './host/workspace';
import { registerViews, type Views } from './views/register';

/** What tests inside VS Code may look at; nobody else gets it. */
export interface TestApi {
  readonly engine: Engine;
  readonly views: Views;
  /** How long `activate` took, milliseconds. */
  readonly activatedInMs: number;
}

export function activate(context: vscode.ExtensionContext): TestApi | undefined {
  const began = performance.now();
  const lifetime = new Lifetime();
  context.subscriptions.push(lifetime);
  const log = lifetime.add(new EditorLog());
  const onFailure = (error: unknown): void => log.error('something went wrong in the background', error);
  const settings = lifetime.add(new Settings(onFailure));
  const workspace = lifetime.add(new EditorWorkspace(log));
  const memory = new EditorMemory(context);
  const kubeconfigs = new EditorKubeconfigs(settings, process.env);
  const logins = new LoginConsents(memory, () => workspace.trusted);
  const clusters = lifetime.add(new EditorClusters({ kubeconfigs, allowExec: logins.answer, schemaFolder: join(context.globalStorageUri.fsPath, 'schemas'), pin: name => engine.session(name)?.pin, clock, log }));
  const shared = { workspace, memory, loadCluster: () => clusters.load(), isProduction: (name: string) => matchesAny(name, settings.current.production), clock };
  const engine: Engine = lifetime.add(
    new Clusters({
      ...shared,
      kubeconfigs,
      configured: () => settings.current.contexts,
      onFailure,
      open: files =>
        new DriftEngine({
          ...shared,
          kubeconfigs: files,
          loadJudge: () => import('./core/drift/computation'),
          loadRenderer: async () => (await import('./core/render/renderer')).openRenderer(clock, { env: process.env, untrusted: workspace.folders, path: settings.current.helm }),
          openRepository: async folder => (await import('./core/git/clone')).openRepository(folder, { env: process.env, untrusted: workspace.folders }),
          env: process.env,
          userAgent: `plumbline/${String((context.extension.packageJSON as { version?: unknown }).version)}`,
          verifiesSecrets: () => settings.current.verifySecrets,
          log,
        }),
    }),
  );
  const journal = new Journal(join(context.globalStorageUri.fsPath, 'journal'), clock, onFailure);
  const activity = { entries: () => journal.entries().map(activityOf), onChange: journal.onChange };
  const views = registerViews({ engine, loadSources: async () => (await import('./views/engine-sources')).engineSources(engine), activity, settings, clock, onFailure }, lifetime);
  const changes = lazyChanges(async () => {
    const { Changer } = await import('./core/change/changer');
    return new Changer({ engine, journal, person: () => userInfo().username, clock });
  });
  lifetime.add(
    registerCommands({
      engine,
      changes,
      dialog: new ModalConfirmDialog(),
      documents: views.documents,
      places: views.places,
      handles: views.handles,
      logins,
      log,
      clock,
      showDriftedOnly: on => views.environments.showDriftedOnly(on),
      showMore: row => views.environments.showMore(row),
    }),
  );
  lifetime.add(clusters.onNews(news => void tellContextNews(news, engine).catch(onFailure)));
  journal.load().catch(onFailure);
  return context.extensionMode === vscode.ExtensionMode.Test ? { engine, views, activatedInMs: performance.now() - began } : undefined;
}
