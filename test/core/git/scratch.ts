import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A real repository in a folder of its own. Git reads no configuration of the person who runs the tests. */
export class Scratch {
  readonly base = realpathSync(mkdtempSync(join(tmpdir(), 'plumbline-git-')));
  readonly root: string;
  readonly env: Record<string, string>;

  constructor(name = 'repo') {
    this.root = join(this.base, name);
    mkdirSync(join(this.base, 'home'));
    this.env = { PATH: process.env['PATH'] ?? '', HOME: join(this.base, 'home'), XDG_CONFIG_HOME: join(this.base, 'home') };
    mkdirSync(this.root);
    this.git('init', '-q', '-b', 'main');
  }

  git(...args: string[]): string {
    const identity = { GIT_AUTHOR_NAME: 'Ana', GIT_AUTHOR_EMAIL: 'ana@example.com', GIT_COMMITTER_NAME: 'Ana', GIT_COMMITTER_EMAIL: 'ana@example.com' };
    return execFileSync('git', args, { cwd: this.root, env: { ...this.env, ...identity, GIT_CONFIG_NOSYSTEM: '1' }, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  }

  write(path: string, content: string | Buffer): void {
    mkdirSync(dirname(join(this.root, path)), { recursive: true });
    writeFileSync(join(this.root, path), content);
  }

  /** The new commit's hash. */
  commit(files: Readonly<Record<string, string | Buffer>>): string {
    for (const [path, content] of Object.entries(files)) this.write(path, content);
    this.git('add', '-A');
    this.git('commit', '-q', '-m', 'change');
    return this.git('rev-parse', 'HEAD');
  }

  dispose(): void {
    rmSync(this.base, { recursive: true, force: true });
  }
}
