import { mkdtemp, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { at, textAt, type Json } from '../../src/core/base/json';
import type { Log } from '../vscode/cache';
import type { BenchCluster } from './cluster';
import { conditionOf, installCrds } from './crds';
import { freePort, start, until, type Running } from './process';
import { moduleFolder, program, toStderr, type Mode } from './programs';
import { startPublisher, type Publisher } from './publisher';

/**
 * A real kustomize-controller beside a bench cluster, with Flux's own CRDs and the publisher in place of
 * source-controller. It reconciles every namespace of the cluster.
 */
export interface BenchFlux {
  readonly publisher: Publisher;
  /** What the controller printed last. */
  output(): string;
  /** Resolves once the Kustomization is Ready at its current generation, and at this commit where one is given. */
  applied(namespace: string, name: string, commit?: string): Promise<void>;
  /** `flux reconcile`: asks for a run now and waits until the controller has seen the wish. Not for suspended objects. */
  reconcile(kind: FluxKind, namespace: string, name: string): Promise<void>;
  /** Suspends a Kustomization that is or becomes Ready, and waits for the end of a run that had begun: it would undo what is changed by hand. */
  suspend(namespace: string, name: string): Promise<void>;
  /** Ends the controller and the publisher; the objects stay. */
  stop(): Promise<void>;
}

/** An object of Flux's, as one would write it. */
export const fluxObject = (namespace: string, group: 'source' | 'kustomize' | 'helm' | 'image', kind: string, name: string, spec: Json, version = 'v1'): Json => ({ apiVersion: `${group}.toolkit.fluxcd.io/${version}`, kind, metadata: { name, namespace }, spec });

export type FluxKind = 'kustomization' | 'gitrepository' | 'ocirepository';

const PATHS: Readonly<Record<FluxKind, readonly [group: string, plural: string]>> = {
  kustomization: ['kustomize.toolkit.fluxcd.io', 'kustomizations'],
  gitrepository: ['source.toolkit.fluxcd.io', 'gitrepositories'],
  ocirepository: ['source.toolkit.fluxcd.io', 'ocirepositories'],
};

const pathOf = (kind: FluxKind, namespace: string, name: string): string => `/apis/${PATHS[kind][0]}/v1/namespaces/${namespace}/${PATHS[kind][1]}/${name}`;

/** Waits for a controller that has much to do on a slow machine. */
const PATIENCE_MS = 60_000;

/** Installs the CRDs and starts the controller. Takes about four seconds. */
export async function startFlux(cluster: BenchCluster, options: { readonly mode?: Mode; readonly log?: Log } = {}): Promise<BenchFlux> {
  const [controller] = await Promise.all([program('kustomize-controller', options.mode, options.log ?? toStderr), installCrds(cluster, await crds(), 'flux', /\.toolkit\.fluxcd\.io$/)]);
  await cluster.request('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'flux-system' } });
  const publisher = await startPublisher(cluster);
  const [metrics, health] = [await freePort(), await freePort()];
  // One that starts removes what lies in the folder for temporary files from one that ended: of another that runs, too.
  const work = await mkdtemp(join(tmpdir(), 'plumbline-flux-'));
  const running = start(controller, ['--watch-all-namespaces', '--feature-gates=ExternalArtifact=true', '--events-addr=', `--metrics-addr=127.0.0.1:${metrics}`, `--health-addr=127.0.0.1:${health}`], {
    env: { SOURCE_CONTROLLER_LOCALHOST: publisher.address, RUNTIME_NAMESPACE: 'flux-system', KUBECONFIG: cluster.kubeconfig(), TMPDIR: work },
    remove: [work],
  });
  const flux = new Flux(cluster, publisher, running);
  try {
    await until('kustomize-controller', async () => (await fetch(`http://127.0.0.1:${health}/readyz`)).ok, PATIENCE_MS, running);
    return flux;
  } catch (error) {
    await flux.stop();
    throw error;
  }
}

async function crds(): Promise<string[]> {
  const folders = await Promise.all(['kustomize-controller', 'source-controller'].map(name => moduleFolder('flux', `github.com/fluxcd/${name}`)));
  const files: string[] = [];
  for (const folder of folders) {
    const bases = join(folder, 'config', 'crd', 'bases');
    for (const name of await readdir(bases)) files.push(join(bases, name));
  }
  return files;
}

class Flux implements BenchFlux {
  readonly publisher: Publisher;
  readonly #cluster: BenchCluster;
  readonly #running: Running;

  constructor(cluster: BenchCluster, publisher: Publisher, running: Running) {
    this.#cluster = cluster;
    this.publisher = publisher;
    this.#running = running;
  }

  output(): string {
    return this.#running.output();
  }

  async applied(namespace: string, name: string, commit?: string): Promise<void> {
    let seen: Json = null;
    const ready = async (): Promise<boolean> => {
      seen = (await this.#cluster.request('GET', pathOf('kustomization', namespace, name))).body;
      if (at(seen, 'status', 'observedGeneration') !== at(seen, 'metadata', 'generation') || conditionOf(seen, 'Ready') !== 'True') return false;
      return commit === undefined || textAt(seen, 'status', 'lastAppliedRevision')?.endsWith(`:${commit}`) === true;
    };
    await until(`Kustomization ${namespace}/${name}`, ready, PATIENCE_MS, this.#running).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${JSON.stringify(at(seen, 'status') ?? null)}`);
    });
  }

  async reconcile(kind: FluxKind, namespace: string, name: string): Promise<void> {
    const path = pathOf(kind, namespace, name);
    const wish = new Date().toISOString();
    const { status } = await this.#cluster.request('PATCH', `${path}?fieldManager=flux`, { metadata: { annotations: { 'reconcile.fluxcd.io/requestedAt': wish } } }, { type: 'application/merge-patch+json' });
    if (status !== 200) throw new Error(`${kind} ${namespace}/${name}: HTTP ${status}`);
    await until(`${kind} ${namespace}/${name}`, async () => textAt((await this.#cluster.request('GET', path)).body, 'status', 'lastHandledReconcileAt') === wish, PATIENCE_MS, this.#running);
  }

  async suspend(namespace: string, name: string): Promise<void> {
    const { status } = await this.#cluster.request('PATCH', `${pathOf('kustomization', namespace, name)}?fieldManager=plumbline`, { spec: { suspend: true } }, { type: 'application/merge-patch+json' });
    if (status !== 200) throw new Error(`Kustomization ${namespace}/${name}: HTTP ${status}`);
    // It works on one object one at a time, and writes the generation that it has seen at the end.
    await this.applied(namespace, name);
  }

  async stop(): Promise<void> {
    await Promise.all([this.#running.stop(), this.publisher.stop()]);
  }
}
