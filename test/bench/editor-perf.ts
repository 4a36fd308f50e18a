import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../vscode/host-suite';
import { openBrowser, Workbench } from '../vscode/page';
import { startServer } from '../vscode/server';
import { startCluster, type BenchCluster } from './cluster';

const CHANGES = 20;
/** Two digits, so that none is part of another. */
const FIRST = 20;
const PATH = '/apis/apps/v1/namespaces/default/deployments';
const MANIFEST = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: default
spec:
  replicas: 2
  selector:
    matchLabels: { app: web }
  template:
    metadata:
      labels: { app: web }
    spec:
      containers:
        - name: web
          image: web:1
`;

interface PlainWatch {
  /** Date.now() when it had an event with so many replicas. */
  had(replicas: number): number | undefined;
  stop(): void;
}

/** What a client can have at best: it only looks at the bytes. */
function watchPlainly(cluster: BenchCluster): PlainWatch {
  const seen = new Map<number, number>();
  const watching = get(`${cluster.server}${PATH}?watch=true`, { ca: cluster.ca, headers: { authorization: `Bearer ${cluster.token()}`, accept: 'application/json' } }, answer => {
    answer.on('data', (chunk: Buffer) => {
      for (const [, replicas] of chunk.toString('latin1').matchAll(/"replicas":(\d+)/g)) if (!seen.has(Number(replicas))) seen.set(Number(replicas), Date.now());
    });
  });
  watching.on('error', () => undefined);
  return { had: replicas => seen.get(replicas), stop: () => void watching.destroy() };
}

const middle = (times: readonly number[]): number => [...times].sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? Number.NaN;

/** From a change by somebody else to what stands behind the line, in a real window: the manifest is open and the cluster is watched. */
export async function measureEditor(): Promise<void> {
  const log = (line: string): void => console.log(line);
  const cluster = await startCluster({ mode: 'optimised' });
  const folder = await mkdtemp(join(tmpdir(), 'plumbline-editor-'));
  const [file, plain] = [join(folder, 'web.yaml'), watchPlainly(cluster)];
  const browser = await openBrowser(log);
  const server = await startServer({ extension: ROOT, ownHome: true, env: { KUBECONFIG: cluster.kubeconfig() }, log });
  try {
    await writeFile(file, MANIFEST);
    await cluster.kubectl(['apply', '--server-side', '-f', file]);
    const window = await Workbench.create(browser);
    await window.open(server.address({ folder }));
    // Nothing is asked before somebody looks.
    await window.openViewContainer('GitOps');
    await window.openFile('web.yaml');
    const [drawn, told]: [number[], number[]] = [[], []];
    for (let replicas = FIRST; replicas <= FIRST + CHANGES; replicas++) {
      const shown = window.drawsBehindLine(`live: ${replicas}`);
      const began = Date.now();
      await cluster.request('PATCH', `${PATH}/web?fieldManager=kubectl-edit`, { spec: { replicas } }, { type: 'application/merge-patch+json' });
      const at = await shown;
      // The first one has the window connect.
      if (replicas > FIRST) drawn.push(at - began);
      if (replicas > FIRST) told.push((plain.had(replicas) ?? Number.NaN) - began);
    }
    console.log(`a change in the cluster to what stands behind the line in VS Code: ${middle(drawn)} ms, ${Math.max(...drawn)} ms at most, of ${CHANGES}; target 300 ms; a plain watch has it after ${middle(told)} ms, ${(middle(drawn) / middle(told)).toFixed(1)} x`);
  } finally {
    plain.stop();
    await browser.close();
    await server.stop();
    await cluster.stop();
    await rm(folder, { recursive: true, force: true });
  }
}
