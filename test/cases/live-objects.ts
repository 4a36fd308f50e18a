import { textAt, type Json } from '../../src/core/base/json';
import { isBuiltIn } from '../../src/core/drift/empty-values';
import { splitApiVersion, type ObjectRef } from '../../src/core/kube/identity';
import type { BenchCluster } from '../bench/cluster';
import type { Step } from './case';
import { manifestIn } from './manifest-in';
import type { ServerKinds } from './server-kinds';

/** Objects of a real server: written, and changed the ways that people and tools change them. */
export class LiveObjects {
  readonly #cluster: BenchCluster;
  readonly #server: ServerKinds;

  constructor(cluster: BenchCluster, server: ServerKinds) {
    this.#cluster = cluster;
    this.#server = server;
  }

  /** One step of a case; `text` puts the case's own namespace in place of `NS`. */
  async step(step: Exclude<Step, { readonly refuseDryRuns: true }>, ref: ObjectRef, text: (yaml: string) => string, namespace: string): Promise<void> {
    const path = await this.#server.path(ref);
    if ('kubectl' in step) {
      await this.#cluster.kubectl([...step.kubectl.map(text), '-n', namespace]);
    } else if ('patch' in step) {
      const type = isBuiltIn(splitApiVersion(ref.apiVersion).group) ? 'application/strategic-merge-patch+json' : 'application/merge-patch+json';
      await this.write('PATCH', `${path}${step.subresource === undefined ? '' : `/${step.subresource}`}?fieldManager=${step.as}`, step.patch, type);
    } else if ('json' in step) {
      await this.write('PATCH', `${path}?fieldManager=${step.as}`, step.json, 'application/json-patch+json');
    } else if ('apply' in step) {
      await this.write('PATCH', `${path}?fieldManager=${step.as}&force=true`, manifestIn(text(step.apply), false).object, 'application/apply-patch+yaml');
    } else if ('strip' in step) {
      await this.write('PATCH', path, [{ op: 'replace', path: '/metadata/managedFields', value: [{}] }], 'application/json-patch+json');
    } else {
      await this.write('DELETE', path, { kind: 'DeleteOptions', apiVersion: 'v1', propagationPolicy: 'Background' });
    }
  }

  async write(method: string, path: string, body?: Json, type?: string): Promise<Json> {
    const answer = await this.#cluster.request(method, path, body, type === undefined ? {} : { type });
    if (answer.status >= 300) throw new Error(`${method} ${path}: HTTP ${answer.status}: ${textAt(answer.body, 'message') ?? ''}`);
    return answer.body;
  }
}
