import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { access } from 'node:fs/promises';
import { connect } from 'node:net';
import { promisify } from 'node:util';
import { freePort, start, until } from './process';

const run = promisify(execFile);

/** What the child of the test started, as it reports it. */
interface Started {
  readonly pid: number;
  readonly folder: string;
  readonly ports: readonly number[];
}

const CHILD = `
  const { startCluster } = require('./cluster');
  const { startFlux } = require('./flux');
  void (async () => {
    const cluster = await startCluster();
    const flux = await startFlux(cluster);
    const ports = [cluster.server, cluster.etcd, 'http://' + flux.publisher.address].map(url => Number(new URL(url).port));
    console.log(JSON.stringify({ pid: process.pid, folder: cluster.folder, ports }));
  })();
`;

/** Every process below this one. */
async function descendants(pid: number): Promise<number[]> {
  const { stdout } = await run('ps', ['-A', '-o', 'pid=,ppid=']);
  const parents = new Map(stdout.trim().split('\n').map(line => line.trim().split(/\s+/).map(Number) as [number, number]));
  const below = (id: number): boolean => {
    for (let at = parents.get(id); at !== undefined && at !== 0; at = parents.get(at)) if (at === pid) return true;
    return false;
  };
  return [...parents.keys()].filter(below);
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function listens(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

const exists = (path: string): Promise<boolean> => access(path).then(() => true, () => false);

describe('the bench: processes', function () {
  this.timeout(120_000);

  it('leaves no process, port or folder behind when the one that started a cluster is killed', async () => {
    const child = spawn(process.execPath, ['--require', 'tsx/cjs', '--eval', CHILD], { cwd: __dirname, stdio: ['ignore', 'pipe', 'inherit'] });
    const started = await new Promise<Started>((resolve, reject) => {
      let out = '';
      child.stdout.on('data', (chunk: Buffer) => {
        out += chunk.toString();
        if (out.endsWith('\n')) resolve(JSON.parse(out) as Started);
      });
      child.on('exit', code => reject(new Error(`ended with ${String(code)} before it was ready`)));
    });
    const below = await descendants(started.pid);
    // etcd, kube-apiserver, kustomize-controller, and a guard for each.
    assert.ok(below.length >= 6, `only ${below.length} processes`);
    assert.deepEqual(await Promise.all(started.ports.map(listens)), [true, true, true]);
    assert.ok(await exists(started.folder));
    child.removeAllListeners('exit');
    child.kill('SIGKILL');
    await until('the end of everything', async () => {
      const ports = await Promise.all(started.ports.map(listens));
      return !below.some(alive) && !ports.includes(true) && !(await exists(started.folder));
    }, 15_000);
  });

  it('fails at once, with what was printed, when a program ends', async () => {
    const running = start(process.execPath, ['-e', 'console.error("no such flag"); process.exit(2)']);
    await assert.rejects(until('the program', () => Promise.resolve(false), 30_000, running), /the program ended\s+no such flag/);
  });

  it('a free port can be listened on', async () => {
    const port = await freePort();
    assert.equal(await listens(port), false);
    const running = start(process.execPath, ['-e', `require('node:http').createServer().listen(${port}, '127.0.0.1')`]);
    await until('the listener', () => listens(port), 10_000, running);
    await running.stop();
    assert.equal(await listens(port), false);
  });
});
