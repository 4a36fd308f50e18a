import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { listAt, textAt, type Json, type JsonObject } from '../../src/core/base/json';
import { applierOf } from '../../src/core/drift/applier';
import { desiredOf, type DesiredContext } from '../../src/core/drift/desired';
import { ignoringOf } from '../../src/core/drift/ignored';
import { judge } from '../../src/core/drift/judge';
import type { ArgoApplication } from '../../src/core/gitops/application';
import { readArgoApplication } from '../../src/core/gitops/argo-application';
import { settingsFrom } from '../../src/core/gitops/argo-settings';
import { refOf, type ObjectRef } from '../../src/core/kube/identity';
import { asLive } from '../../src/core/kube/live';
import { ARGO_NAMESPACE } from '../bench/argo';
import type { ArgoCluster } from '../bench/hooks';
import { Scratch } from '../core/git/scratch';
import type { Case } from './case';
import { LiveObjects } from './live-objects';
import { manifestIn } from './manifest-in';
import type { Outcome } from './runner';
import { each, ServerKinds } from './server-kinds';

/** What a case came to under Argo CD: also the words with which its object was refused at the last sync. */
export interface ArgoOutcome extends Outcome {
  refusal: string | undefined;
}

/** Runs cases under a real Argo CD: one repository and one Application for all, and one for each that would keep the others from being synced. */
export class ArgoRunner {
  readonly #bench: ArgoCluster;
  readonly #server: ServerKinds;
  readonly #objects: LiveObjects;
  readonly #options: readonly string[];
  readonly #repository = new Scratch();
  readonly #namespaces = new Map<Case, string>();
  readonly #shared = `cases-${randomBytes(3).toString('hex')}`;

  readonly #alone: (one: Case) => boolean;

  /** `options` are the Applications' sync options; `alone` tells what must have an Application of its own. */
  constructor(bench: ArgoCluster, options: readonly string[], alone: (one: Case) => boolean) {
    this.#alone = alone;
    this.#bench = bench;
    this.#server = new ServerKinds(bench.cluster);
    this.#objects = new LiveObjects(bench.cluster, this.#server);
    this.#options = options;
  }

  /** Applies, edits and judges, then syncs what Git says; resolves to what each case came to, or the error it ended in. */
  async run(cases: readonly Case[]): Promise<Map<Case, ArgoOutcome | Error>> {
    await each(cases, async one => {
      this.#namespaces.set(one, await this.#bench.cluster.namespace(`argo-${one.row.toLowerCase()}`));
      if (one.before !== undefined) await this.#bench.cluster.kubectl(['apply', '-f', '-'], { stdin: this.#text(one, one.before) });
    });
    this.#commit(cases, one => one.base ?? one.git);
    const names = [...new Set(cases.map(one => this.#nameOf(one)))];
    await each(names, name => this.#create(name));
    const applied = await this.#sync(names);
    const outcomes = new Map<Case, ArgoOutcome | Error>();
    await each(cases, async one => {
      outcomes.set(one, await this.#judge(one, applied(one)).catch(asError));
    });
    this.#commit(cases, one => one.git);
    const refused = await this.#sync(names);
    await each(outcomes, async ([one, outcome]) => {
      if (outcome instanceof Error) return;
      outcome.refusal ??= refused(one);
      outcome.after = await this.#server.get(refOf(outcome.input.desired) ?? outcome.input.manifest.ref);
    });
    return outcomes;
  }

  /** Takes the Applications away again; what they applied stays. */
  async dispose(): Promise<void> {
    const names = new Set([...this.#namespaces.keys()].map(one => this.#nameOf(one)));
    // Node ports are the whole cluster's.
    const taken = [...this.#namespaces].filter(([one]) => one.git.includes('nodePort:'));
    for (const [, namespace] of taken) await this.#bench.cluster.kubectl(['delete', 'service', 'web', '-n', namespace, '--ignore-not-found']);
    await this.#bench.cluster.kubectl(['delete', 'applications', '-n', ARGO_NAMESPACE, '--ignore-not-found', '--wait=false', ...names]);
    this.#repository.dispose();
  }

  #text(one: Case, yaml: string): string {
    return yaml.replaceAll('NS', this.#namespaces.get(one) ?? '');
  }

  #nameOf(one: Case): string {
    return this.#alone(one) ? (this.#namespaces.get(one) ?? '') : this.#shared;
  }

  #commit(cases: readonly Case[], textOf: (one: Case) => string): void {
    this.#repository.write('at', String(Date.now()));
    this.#repository.commit(Object.fromEntries(cases.map(one => [`${this.#nameOf(one)}/${one.row}.yaml`, this.#text(one, textOf(one))])));
  }

  async #create(name: string): Promise<void> {
    const source = { repoURL: `file://${this.#repository.root}`, path: name, targetRevision: 'main' };
    const spec = { project: 'default', source, destination: { server: 'https://kubernetes.default.svc', namespace: 'default' }, syncPolicy: { syncOptions: [...this.#options] } };
    await this.#bench.cluster.apply({ apiVersion: 'argoproj.io/v1alpha1', kind: 'Application', metadata: { name, namespace: ARGO_NAMESPACE }, spec }, 'bench');
  }

  /** Syncs these Applications; says of a case why its object was refused, if it was. */
  async #sync(names: readonly string[]): Promise<(one: Case) => string | undefined> {
    const states = new Map<string, Json>();
    await each(names, async name => void states.set(name, await this.#bench.argo.sync(name, { mayFail: true })));
    return one => {
      const state = states.get(this.#nameOf(one));
      const results = listAt(state, 'syncResult', 'resources');
      // Nothing was tried: the whole folder could not be read.
      if (results.length === 0 && textAt(state, 'phase') !== 'Succeeded') return textAt(state, 'message') ?? 'failed';
      const namespace = this.#namespaces.get(one) ?? '';
      const mine = results.find(result => (textAt(result, 'namespace') === namespace || (textAt(result, 'name') ?? '').startsWith(namespace)) && textAt(result, 'status') === 'SyncFailed');
      return mine === undefined ? undefined : (textAt(mine, 'message') ?? 'failed');
    };
  }

  async #judge(one: Case, refusal: string | undefined): Promise<ArgoOutcome> {
    const git = this.#text(one, one.git);
    const application = await this.#application(one);
    const manifest = manifestIn(git, false);
    const context = await this.#context(application, manifest.ref);
    const desired = desiredOf(manifest, context);
    const ref = refOf(desired.object) ?? manifest.ref;
    // What never came to be cannot be edited.
    for (const step of refusal === undefined ? (one.steps ?? []) : []) {
      assert.ok(!('refuseDryRuns' in step));
      await this.#objects.step(step, ref, text => this.#text(one, text), this.#namespaces.get(one) ?? '');
    }
    const live = await this.#server.get(ref);
    const ignoring = ignoringOf(application, desired.object, ref);
    const input = {
      manifest,
      text: git,
      desired: desired.object,
      live: live ? ({ kind: 'present', object: asLive(live), seen: [] } as const) : ({ kind: 'absent' } as const),
      base: { kind: 'known', object: desiredOf(manifestIn(this.#text(one, one.base ?? one.git), false), context).object } as const,
      stages: {},
      behind: false,
      schema: await this.#server.schema(ref),
      applier: applierOf(application, desired.object, live),
      undecided: desired.undecided,
      ...(desired.invalid !== undefined && { invalid: desired.invalid }),
      ...(ignoring && { ignoring }),
    };
    return { git, input, verdict: judge(input), live, refusal };
  }

  async #context(application: ArgoApplication, ref: ObjectRef): Promise<DesiredContext> {
    const { instance, targetNamespace, tracking } = application;
    return { tool: 'argo', namespaced: (await this.#server.find(ref))?.namespaced, instance, targetNamespace, tracking };
  }

  async #application(one: Case): Promise<ArgoApplication> {
    const object = (await this.#bench.argo.application(this.#nameOf(one))) as JsonObject;
    const application = readArgoApplication(asLive(object), settingsFrom([], ''), this.#bench.cluster.server);
    assert.ok(application);
    return application;
  }
}

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));
