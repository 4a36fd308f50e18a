import { spawn } from 'node:child_process';
import { resolve, dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { findProgram } from '../../src/core/git/program';
import { startPlayground } from '../bench/playground';
import { program } from '../bench/programs';
import { aborted, ending } from './ending';
import { ROOT } from './host-suite';
import { startServer, type VsCodeServer } from './server';

const began = Date.now();
const log = (line: string): void => console.log(`[${((Date.now() - began) / 1000).toFixed(1).padStart(5)} s] ${line}`);

interface Running {
  readonly lines: readonly string[];
  readonly address: string;
  stop(): Promise<void>;
}

/** The sample repository with a cluster of its own. */
async function sample(): Promise<Running> {
  const [playground, kubectl] = await Promise.all([startPlayground({ log }), program('kubectl', 'functional', log)]);
  const server = await vscode({ KUBECONFIG: playground.kubeconfig }, [dirname(kubectl)], {});
  const helm = await findProgram('helm', { env: process.env, untrusted: [playground.folder] });
  const address = server.address({ folder: playground.folder, file: join(playground.folder, 'apps', 'staging', 'web.yaml') });
  return {
    address,
    lines: [
      `Kubeconfig:  ${playground.kubeconfig}`,
      `Repository:  ${playground.folder}`,
      'Look at:     the GitOps view (the plumb bob) and the marks in apps/staging/web.yaml; then try `kubectl scale deployment/web -n shop-staging --replicas=7` in a terminal.',
      'Not real:    neither Argo CD nor helm-controller runs here: what they would have applied of apps/payments and charts/search, and reported, was written once. The rest of Flux is real.',
      `Charts:      ${helm === undefined ? 'no helm is on PATH: charts/search is compared with what Helm stored, and its drift stands at clusters/bench/search.yaml.' : `charts/search is rendered by ${helm}.`}`,
    ],
    stop: async () => {
      await server.stop();
      await playground.stop();
    },
  };
}

/** A repository and a cluster of one's own. Only here is the person's kubeconfig read. */
async function own(folder: string, context: string): Promise<Running> {
  const server = await vscode({ KUBECONFIG: process.env['KUBECONFIG'] }, [], { 'plumbline.contexts': [context] }, true);
  return {
    address: server.address({ folder: resolve(folder) }),
    lines: [`Repository:  ${resolve(folder)}`, `Context:     ${context}`, 'Look at:     the GitOps view (the plumb bob); nothing is written until you enable changes for an environment.'],
    stop: () => server.stop(),
  };
}

async function vscode(env: Record<string, string | undefined>, path: string[], settings: Record<string, unknown>, asksForTrust = false): Promise<VsCodeServer> {
  const server = await startServer({ extension: ROOT, env, path, settings, asksForTrust, log });
  log('VS Code is up');
  return server;
}

function openBrowser(address: string): void {
  const opener = process.platform === 'darwin' ? 'open' : (process.env['DISPLAY'] ?? process.env['WAYLAND_DISPLAY']) !== undefined ? 'xdg-open' : undefined;
  if (opener === undefined) return;
  // No browser is no failure: the address is on the screen.
  spawn(opener, [address], { stdio: 'ignore', detached: true }).on('error', () => undefined).unref();
}

async function main(): Promise<void> {
  const stop = ending();
  const { values } = parseArgs({ options: { context: { type: 'string' }, folder: { type: 'string' } } });
  if ((values.context === undefined) !== (values.folder === undefined)) throw new Error('--context NAME and --folder PATH belong together');
  const starting = values.context !== undefined && values.folder !== undefined ? own(values.folder, values.context) : sample();
  const running = await Promise.race([starting, aborted(stop).then(() => undefined)]);
  // What is half started is held by guards that see this process end.
  if (running === undefined) process.exit(130);
  log('ready\n');
  console.log([...running.lines, `Open:        ${running.address}`, '\nCtrl-C ends all of it.'].join('\n'));
  openBrowser(running.address);
  await aborted(stop);
  console.log('\nending');
  await running.stop();
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  },
);
