import assert from 'node:assert/strict';
import type { JsonObject } from '../../src/core/base/json';
import { desiredOf, type DesiredContext } from '../../src/core/drift/desired';
import { readStoredRelease, storedName } from '../../src/core/gitops/helm-stored';
import { objectId, refOf } from '../../src/core/kube/identity';
import { parseManifests } from '../../src/core/manifests/parse';
import { verbatim, type BenchHelm } from '../bench/helm';
import type { ServerKinds } from './server-kinds';

/** How Helm applies; it says so in the release. */
export type HelmTool = 'helm3' | 'helm4';

/** One release of a real Helm whose templates are given texts. What was applied is what the release says, read as the product reads it. */
export class HelmRelease {
  readonly #helm: BenchHelm;
  readonly #server: ServerKinds;
  readonly #name: string;
  readonly #namespace: string;

  constructor(helm: BenchHelm, server: ServerKinds, name: string, namespace: string) {
    this.#helm = helm;
    this.#server = server;
    this.#name = name;
    this.#namespace = namespace;
  }

  /** `texts` are by file name. */
  async apply(verb: 'install' | 'upgrade', texts: Readonly<Record<string, string>>, ...flags: readonly string[]): Promise<void> {
    // Of its own namespace: releases of one name elsewhere have other texts.
    const chart = await this.#helm.chart(`${this.#namespace}-${this.#name}`, verbatim(texts));
    await this.#helm.run(verb, this.#name, chart, '-n', this.#namespace, ...flags);
  }

  async context(ref: Parameters<ServerKinds['find']>[0]): Promise<DesiredContext> {
    return { tool: 'helm', namespaced: (await this.#server.find(ref))?.namespaced, name: this.#name, namespace: this.#namespace };
  }

  /** What the first revision applied, by id. */
  async applied(tool: HelmTool): Promise<ReadonlyMap<string, JsonObject>> {
    const secret = await this.#server.get({ apiVersion: 'v1', kind: 'Secret', namespace: this.#namespace, name: storedName(this.#name, 1) });
    assert.ok(secret);
    const read = await readStoredRelease(secret);
    assert.ok(read.kind === 'known', JSON.stringify(read));
    const { name, namespace, revision, status, method, manifest } = read.release;
    assert.deepEqual([name, namespace, revision, status, method], [this.#name, this.#namespace, 1, 'deployed', tool === 'helm4' ? 'server-side' : 'client-side']);
    const objects = parseManifests('release', manifest, 'K2').manifests.map(async written => {
      const { object } = desiredOf(written, await this.context(written.ref));
      return [objectId(refOf(object) ?? written.ref), object] as const;
    });
    return new Map(await Promise.all(objects));
  }
}
