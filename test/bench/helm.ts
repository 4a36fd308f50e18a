import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Json, JsonObject } from '../../src/core/base/json';
import { stringifyJson } from '../../src/core/base/json-text';
import type { BenchCluster } from './cluster';
import { program } from './programs';

const run = promisify(execFile);

/** `helm-controller` is Helm 4 under that field manager, as the controller of this name runs it. */
export type HelmProgram = 'helm' | 'helm3' | 'helm-controller';

/** The real Helm, 4 (`helm`) or 3, with folders of its own: it reads nothing of the person who runs the tests. */
export class BenchHelm {
  readonly path: string;
  readonly #folder: string;
  readonly #kubeconfig: string;
  readonly #driver: string;

  private constructor(path: string, folder: string, kubeconfig: string, driver: string) {
    this.#driver = driver;
    this.path = path;
    this.#folder = folder;
    this.#kubeconfig = kubeconfig;
  }

  /** A first build takes minutes: ask in a hook with room for that. `driver` is where it keeps its records. */
  static async open(which: HelmProgram, cluster: BenchCluster, driver: 'secret' | 'configmap' = 'secret'): Promise<BenchHelm> {
    const built = await program(which === 'helm-controller' ? 'helm-manager' : which);
    const folder = await mkdtemp(join(tmpdir(), 'plumbline-helm-'));
    return new BenchHelm(built, folder, cluster.kubeconfig(), driver);
  }

  /** Resolves to what it prints; rejects with its standard error in the message. */
  async run(...args: readonly string[]): Promise<string> {
    const env = { PATH: process.env['PATH'], HOME: this.#folder, KUBECONFIG: this.#kubeconfig, HELM_FIELD_MANAGER: 'helm-controller', HELM_DRIVER: this.#driver, HELM_PLUGINS: join(this.#folder, 'plugins') };
    return (await run(this.path, args, { env, maxBuffer: 1 << 26 })).stdout;
  }

  /** The folder of a chart of this name that holds these files, by path; what is there already is overwritten. */
  async chart(name: string, files: Readonly<Record<string, string>>, version = '1.0.0'): Promise<string> {
    const folder = join(this.#folder, name);
    const all = { 'Chart.yaml': `apiVersion: v2\nname: ${name}\nversion: ${version}\n`, ...files };
    for (const [path, text] of Object.entries(all)) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), text);
    }
    return folder;
  }

  /** Path of a file that holds this text. */
  async file(name: string, text: string): Promise<string> {
    const path = join(this.#folder, name);
    await writeFile(path, text);
    return path;
  }

  /** A post-renderer of this name: a real kustomize that builds what Helm printed with each of these kustomizations in turn. */
  async postRenderer(name: string, kustomizations: readonly Json[]): Promise<void> {
    const kustomize = await program('kustomize');
    const folder = join(this.#folder, 'plugins', name);
    await mkdir(folder, { recursive: true });
    const steps: string[] = ['#!/bin/sh', 'set -e', `cat > '${folder}/in.yaml'`];
    for (const [i, kustomization] of kustomizations.entries()) {
      const step = join(folder, String(i));
      await mkdir(step, { recursive: true });
      await writeFile(join(step, 'kustomization.yaml'), stringifyJson({ resources: ['in.yaml'], ...(kustomization as JsonObject) }));
      steps.push(`cp '${folder}/in.yaml' '${step}/in.yaml'`, `'${kustomize}' build '${step}' > '${folder}/in.yaml'`);
    }
    const script = join(folder, 'render.sh');
    await writeFile(script, [...steps, `cat '${folder}/in.yaml'`, ''].join('\n'), { mode: 0o755 });
    await writeFile(join(folder, 'plugin.yaml'), stringifyJson({ apiVersion: 'v1', name, version: '1.0.0', type: 'postrenderer/v1', runtime: 'subprocess', runtimeConfig: { platformCommand: [{ command: script }] } }));
  }

  async dispose(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** Templates that print these texts as they are: nothing in them is a template. */
export function verbatim(texts: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(texts).flatMap(([name, text]) => [[`texts/${name}`, text], [`templates/${name}`, `{{ .Files.Get "texts/${name}" }}`]]));
}
