import { readFile, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import * as vscode from 'vscode';
import { Lifetime, type Disposable } from '../core/base/lifetime';
import type { Log } from '../core/base/log';

/** Longest walk upwards from a workspace folder to its repository. */
const MAX_DEPTH = 30;

/** Where Git keeps what can change under one working tree. */
interface GitFolders {
  readonly root: string;
  /** HEAD of this working tree. */
  readonly own: string;
  /** Branches and configuration; the same as `own` except in a linked working tree. */
  readonly common: string;
}

/**
 * Tells when HEAD, a branch, a remote-tracking branch or the configuration changed. The index is left alone: nothing is
 * read from it, and every `git status` rewrites it.
 */
export class GitWatch implements Disposable {
  readonly #lifetime = new Lifetime();

  constructor(folder: string, onChange: (root: string) => void, log: Log) {
    findGit(folder).then(
      found => {
        if (found && !this.#lifetime.ended) this.#watch(found, onChange);
      },
      (error: unknown) => log.error('watching the Git folder failed', error),
    );
  }

  dispose(): void {
    this.#lifetime.dispose();
  }

  #watch({ root, own, common }: GitFolders, onChange: (root: string) => void): void {
    const patterns: [string, string][] = [
      [own, 'HEAD'],
      [common, '{packed-refs,config,FETCH_HEAD}'],
      [common, 'refs/**'],
    ];
    for (const [base, pattern] of patterns) {
      const watcher = this.#lifetime.add(vscode.workspace.createFileSystemWatcher(new vscode.RelativePattern(vscode.Uri.file(base), pattern)));
      const changed = (uri: vscode.Uri): void => {
        if (!uri.path.endsWith('.lock')) onChange(root);
      };
      watcher.onDidChange(changed);
      watcher.onDidCreate(changed);
      watcher.onDidDelete(changed);
    }
  }
}

/** Reads files only: `.git` is a folder, or in a linked working tree a file that names one. */
export async function findGit(folder: string): Promise<GitFolders | undefined> {
  let root = folder;
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    const own = await gitFolderOf(join(root, '.git'));
    if (own !== undefined) return { root, own, common: await commonOf(own) };
    const above = dirname(root);
    if (above === root) return undefined;
    root = above;
  }
  return undefined;
}

async function gitFolderOf(path: string): Promise<string | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory() === true) return path;
  if (found?.isFile() !== true || found.size > 4096) return undefined;
  const target = /^gitdir: (.+)/.exec(await readFile(path, 'utf8'))?.[1]?.trim();
  return target === undefined ? undefined : resolve(dirname(path), target);
}

async function commonOf(own: string): Promise<string> {
  const text = await readFile(join(own, 'commondir'), 'utf8').catch(() => undefined);
  return text === undefined ? own : resolve(own, text.trim());
}
