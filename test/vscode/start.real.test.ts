import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { ROOT } from './host-suite';
import { openBrowser, Workbench } from './page';

/** One `npm start`, as far as it goes beyond building. */
class Start {
  readonly child: ChildProcess;
  output = '';

  constructor(args: readonly string[], env: NodeJS.ProcessEnv) {
    this.child = spawn(process.execPath, ['--import', 'tsx', join('test', 'vscode', 'start.ts'), ...args], { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        this.output += chunk.toString();
      });
    }
  }

  /** What it printed after this word. */
  async says(word: string): Promise<string> {
    const end = Date.now() + 120_000;
    for (;;) {
      const found = new RegExp(`^${word}: +(\\S+)`, 'm').exec(this.output)?.[1];
      if (found !== undefined) return found;
      if (Date.now() > end || this.child.exitCode !== null) assert.fail(this.output);
      await wait(100);
    }
  }

  /** As Ctrl-C does. Resolves to the exit code. */
  async interrupt(): Promise<number | null> {
    if (this.child.exitCode === null) {
      this.child.kill('SIGINT');
      await once(this.child, 'exit');
    }
    return this.child.exitCode;
  }
}

const listens = (address: string): Promise<boolean> =>
  new Promise(resolve => {
    const socket = connect(Number(new URL(address).port), '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false)).once('close', () => socket.destroy());
    socket.once('connect', () => socket.end());
  });

describe('npm start', function () {
  this.timeout(240_000);
  const starts: Start[] = [];
  const start = (args: readonly string[], env: NodeJS.ProcessEnv = process.env): Start => {
    const one = new Start(args, { ...env, DISPLAY: undefined, WAYLAND_DISPLAY: undefined });
    starts.push(one);
    return one;
  };
  let folder = '';

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'plumbline-start-'));
  });
  after(async () => {
    for (const one of starts) await one.interrupt();
    await rm(folder, { recursive: true, force: true });
  });

  it('serves the sample on a cluster of its own, a folder of one’s own on one’s own cluster, and leaves nothing behind', async () => {
    // A kubeconfig of the person that must not be read: what reads it says that it is none.
    const theirs = join(folder, 'theirs');
    await writeFile(theirs, 'no kubeconfig');
    const sample = start([], { ...process.env, KUBECONFIG: theirs });
    const [kubeconfig, repository, address] = [await sample.says('Kubeconfig'), await sample.says('Repository'), await sample.says('Open')];
    const own = start(['--context', 'bench', '--folder', repository], { ...process.env, KUBECONFIG: kubeconfig });
    const ownAddress = await own.says('Open');
    const browser = await openBrowser(() => undefined);
    try {
      const window = await Workbench.create(browser);
      await window.open(address);
      await window.appears('.statusbar-item[id*="plumbline"]:has-text("drifted")', 90_000);
      const second = await Workbench.create(browser);
      await second.open(ownAddress);
      await second.openViewContainer('GitOps');
      await second.command('Workspaces: Manage Workspace Trust');
      await second.press('Trust');
      await second.appears('.statusbar-item[id*="plumbline"]:has-text("bench: ")', 90_000);
    } finally {
      await browser.close();
    }
    assert.equal(await own.interrupt(), 0, own.output);
    assert.deepEqual([await listens(ownAddress), await listens(address)], [false, true], 'only its own server ends');
    assert.equal(await sample.interrupt(), 0, sample.output);
    assert.equal(await listens(address), false);
    assert.equal(await stat(repository).catch(() => undefined), undefined, 'the sample’s folder is left behind');
  });

  it('says what is missing when only one of context and folder is given', async () => {
    const one = start(['--context', 'bench']);
    await once(one.child, 'exit');
    assert.equal(one.child.exitCode, 1);
    assert.match(one.output, /--context NAME and --folder PATH belong together/);
  });
});
