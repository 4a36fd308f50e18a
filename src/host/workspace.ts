import { basename } from 'node:path';
import * as vscode from 'vscode';
import { Emitter } from '../core/base/event';
import { Lifetime, type Disposable } from '../core/base/lifetime';
import type { Log } from '../core/base/log';
import type { Workspace } from '../core/drift/ports';
import { isManifestName } from '../core/manifests/file-names';
import { findGit, GitWatch } from './git-watch';

/** Where no file is read from, and most changes are. */
const UNREAD = /\/(?:\.git|node_modules)\//;

/** A file of this machine that may hold manifests. */
export const isManifestFile = (uri: vscode.Uri): boolean => uri.scheme === 'file' && isManifestName(basename(uri.fsPath));

/** What VS Code knows of folders, open texts and files. Nothing outside is watched before somebody listens to `onFiles`. */
export class EditorWorkspace implements Workspace, Disposable {
  readonly #lifetime = new Lifetime();
  readonly #shape: Emitter<void>;
  readonly #files: Emitter<readonly string[]>;
  readonly #git: Emitter<string>;
  readonly #log: Log;
  #gitWatches = new Lifetime();
  #watching = false;

  constructor(log: Log) {
    this.#log = log;
    const onFailure = (error: unknown): void => log.error('a listener of the workspace failed', error);
    this.#shape = this.#lifetime.add(new Emitter<void>(onFailure));
    this.#files = this.#lifetime.add(new Emitter<readonly string[]>(onFailure));
    this.#git = this.#lifetime.add(new Emitter<string>(onFailure));
    const reshape = (): void => {
      this.#watchGit();
      this.#shape.fire();
    };
    this.#lifetime.add(vscode.workspace.onDidGrantWorkspaceTrust(reshape));
    this.#lifetime.add(vscode.workspace.onDidChangeWorkspaceFolders(reshape));
    this.#lifetime.add({ dispose: () => this.#gitWatches.dispose() });
  }

  get trusted(): boolean {
    return vscode.workspace.isTrusted;
  }

  get folders(): readonly string[] {
    return (vscode.workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === 'file').map(({ uri }) => uri.fsPath);
  }

  unsaved(): ReadonlyMap<string, string> {
    const texts = new Map<string, string>();
    for (const document of vscode.workspace.textDocuments) {
      if (document.isDirty && isManifestFile(document.uri)) texts.set(document.uri.fsPath, document.getText());
    }
    return texts;
  }

  visible(): ReadonlySet<string> {
    return new Set(vscode.window.visibleTextEditors.flatMap(({ document: { uri } }) => (uri.scheme === 'file' ? [uri.fsPath] : [])));
  }

  readonly onShape: Workspace['onShape'] = listener => this.#shape.event(listener);

  readonly onFiles: Workspace['onFiles'] = listener => {
    this.#watch();
    return this.#files.event(listener);
  };

  readonly onGit: Workspace['onGit'] = listener => {
    this.#watch();
    return this.#git.event(listener);
  };

  dispose(): void {
    this.#lifetime.dispose();
  }

  #watch(): void {
    if (this.#watching) return;
    this.#watching = true;
    const changed = (uri: vscode.Uri): void => {
      if (isManifestFile(uri)) this.#files.fire([uri.fsPath]);
    };
    // A generator may read any file, and a folder that goes away is told once, by its own name: who listens knows which ones matter.
    this.#report(this.#lifetime, '**');
    this.#lifetime.add(
      vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        if (contentChanges.length > 0) changed(document.uri);
      }),
    );
    this.#lifetime.add(vscode.workspace.onDidSaveTextDocument(document => changed(document.uri)));
    // Closing without saving takes the unsaved text back.
    this.#lifetime.add(vscode.workspace.onDidCloseTextDocument(document => changed(document.uri)));
    this.#watchGit();
  }

  /** Only in a trusted workspace is Git read at all, so only then is it worth watching. */
  #watchGit(): void {
    this.#gitWatches.dispose();
    this.#gitWatches = new Lifetime();
    if (!this.#watching || !this.trusted) return;
    for (const folder of this.folders) {
      this.#gitWatches.add(new GitWatch(folder, root => this.#git.fire(root), this.#log));
      this.#watchAround(folder, this.#gitWatches).catch((error: unknown) => this.#log.error('watching the repository failed', error));
    }
  }

  /** What a folder is built of may lie elsewhere in its repository. */
  async #watchAround(folder: string, lifetime: Lifetime): Promise<void> {
    const found = await findGit(folder);
    if (found === undefined || found.root === folder || lifetime.ended) return;
    this.#report(lifetime, new vscode.RelativePattern(vscode.Uri.file(found.root), '**'));
  }

  #report(lifetime: Lifetime, pattern: vscode.GlobPattern): void {
    const watcher = lifetime.add(vscode.workspace.createFileSystemWatcher(pattern));
    const onDisk = (uri: vscode.Uri): void => {
      if (uri.scheme === 'file' && !UNREAD.test(uri.path)) this.#files.fire([uri.fsPath]);
    };
    watcher.onDidChange(onDisk);
    watcher.onDidCreate(onDisk);
    watcher.onDidDelete(onDisk);
  }
}
