import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { JsonObject } from '../../src/core/base/json';
import { desiredOf } from '../../src/core/drift/desired';
import { judge } from '../../src/core/drift/judge';
import type { JudgeInput } from '../../src/core/drift/judge-input';
import { objectId, refOf } from '../../src/core/kube/identity';
import { asLive } from '../../src/core/kube/live';
import type { BenchCluster } from '../bench/cluster';
import type { BenchHelm } from '../bench/helm';
import type { Case } from './case';
import { HelmRelease, type HelmTool } from './helm-release';
import { LiveObjects } from './live-objects';
import { manifestIn } from './manifest-in';
import type { Outcome } from './runner';
import { each, ServerKinds } from './server-kinds';

/** Runs cases under a real Helm: one release for all of them. What was applied is what the release says, read as the product reads it. */
export class HelmRunner {
  /** What Helm 4 said when it was not to overwrite what others own. */
  refusal = '';
  readonly #cluster: BenchCluster;
  readonly #helm: BenchHelm;
  readonly #tool: HelmTool;
  readonly #server: ServerKinds;
  readonly #objects: LiveObjects;
  readonly #namespaces = new Map<Case, string>();
  #base: ReadonlyMap<string, JsonObject> = new Map();

  constructor(cluster: BenchCluster, helm: BenchHelm, tool: HelmTool) {
    this.#cluster = cluster;
    this.#helm = helm;
    this.#tool = tool;
    this.#server = new ServerKinds(cluster);
    this.#objects = new LiveObjects(cluster, this.#server);
  }

  /** Installs, edits and judges, then upgrades to what Git says; resolves to what each case came to, or the error it ended in. */
  async run(cases: readonly Case[]): Promise<Map<Case, Outcome | Error>> {
    const release = new HelmRelease(this.#helm, this.#server, `cases-${randomBytes(3).toString('hex')}`, await this.#cluster.namespace(this.#tool));
    await each(cases, async one => void this.#namespaces.set(one, await this.#cluster.namespace(`${this.#tool}-${one.row.toLowerCase()}`)));
    await release.apply('install', this.#texts(cases, one => one.base ?? one.git));
    this.#base = await release.applied(this.#tool);
    const outcomes = new Map<Case, Outcome | Error>();
    await each(cases, async one => {
      outcomes.set(one, await this.#judge(one, release).catch((error: unknown) => (error instanceof Error ? error : new Error(String(error)))));
    });
    await this.#upgrade(cases, release);
    await each(outcomes, async ([, outcome]) => {
      if (!(outcome instanceof Error)) outcome.after = await this.#server.get(refOf(outcome.input.desired) ?? outcome.input.manifest.ref);
    });
    return outcomes;
  }

  /** What others own is taken back only by force. */
  async #upgrade(cases: readonly Case[], release: HelmRelease): Promise<void> {
    const texts = this.#texts(cases, one => one.git);
    if (this.#tool === 'helm4') this.refusal = await release.apply('upgrade', texts).then(() => '', (error: unknown) => String(error));
    await release.apply('upgrade', texts, ...(this.#tool === 'helm4' ? ['--force-conflicts'] : []));
  }

  #texts(cases: readonly Case[], textOf: (one: Case) => string): Record<string, string> {
    return Object.fromEntries(cases.map(one => [`${one.row}.yaml`, this.#text(one, textOf(one))]));
  }

  #text(one: Case, yaml: string): string {
    return yaml.replaceAll('NS', this.#namespaces.get(one) ?? '');
  }

  async #judge(one: Case, release: HelmRelease): Promise<Outcome> {
    const git = this.#text(one, one.git);
    const manifest = manifestIn(git, false);
    const desired = desiredOf(manifest, await release.context(manifest.ref));
    const ref = refOf(desired.object) ?? manifest.ref;
    for (const step of one.steps ?? []) {
      assert.ok(!('refuseDryRuns' in step));
      await this.#objects.step(step, ref, text => this.#text(one, text), this.#namespaces.get(one) ?? '');
    }
    const live = await this.#server.get(ref);
    const applied = this.#base.get(objectId(ref));
    const input: JudgeInput = {
      manifest,
      text: git,
      desired: desired.object,
      live: live ? { kind: 'present', object: asLive(live), seen: [] } : { kind: 'absent' },
      base: applied ? { kind: 'known', object: applied } : { kind: 'absent' },
      stages: {},
      behind: false,
      schema: await this.#server.schema(ref),
      applier: { tool: this.#tool, manager: 'helm', active: false },
      undecided: desired.undecided,
      ...(desired.invalid !== undefined && { invalid: desired.invalid }),
    };
    return { git, input, verdict: judge(input), live };
  }
}
