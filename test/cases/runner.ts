import assert from 'node:assert/strict';
import { setTimeout } from 'node:timers/promises';
import { at, fromEntries, isArray, isObject, listAt, member, textAt, type Json, type JsonObject } from '../../src/core/base/json';
import { stringifyJson } from '../../src/core/base/json-text';
import { appliedAt, detectApplier, impersonated } from '../../src/core/drift/applier';
import { desiredOf, type DesiredContext } from '../../src/core/drift/desired';
import { notComputed, wrongVersion } from '../../src/core/drift/facts';
import { judge } from '../../src/core/drift/judge';
import type { Applier, JudgeInput } from '../../src/core/drift/judge-input';
import { lastAppliedBase } from '../../src/core/drift/last-applied';
import { isFluxTyped } from '../../src/core/drift/flux-typed';
import type { ObjectVerdict } from '../../src/core/drift/verdict';
import type { Application } from '../../src/core/gitops/application';
import { readKustomizations } from '../../src/core/gitops/flux-application';
import { objectId, refOf, type ObjectRef } from '../../src/core/kube/identity';
import { present } from '../fake/present';
import type { Manifest } from '../../src/core/manifests/document';
import type { Renderer } from '../../src/core/render/renderer';
import type { Tree } from '../../src/core/render/tree';
import type { Answer, BenchCluster } from '../bench/cluster';
import type { BenchFlux } from '../bench/flux';
import { BenchHelm } from '../bench/helm';
import { loadBenchRenderer } from '../bench/sandbox';
import { startWebhooks, type BenchWebhooks } from '../bench/webhook';
import { summary } from '../core/drift/make';
import { dryRunSays, kubectlSays, plumblineSays } from './ask-tools';
import type { Case, Step } from './case';
import { FLUX_NAMESPACE, FluxFolders } from './flux-folders';
import { HelmRelease, type HelmTool } from './helm-release';
import { LiveObjects } from './live-objects';
import { manifestIn } from './manifest-in';
import { each, ServerKinds } from './server-kinds';
import type { Report, Reports, Tool } from './tools';

/** What a case came to. */
export interface Outcome {
  readonly git: string;
  readonly input: JudgeInput;
  readonly verdict: ObjectVerdict;
  /** The live object when it was judged, and after the controller had been resumed. */
  readonly live: JsonObject | undefined;
  after?: JsonObject | undefined;
}

/** Runs every case against a real API server and a real kustomize-controller; one repository and one Kustomization for all of them. */
export class Runner {
  readonly #cluster: BenchCluster;
  readonly #flux: BenchFlux;
  readonly #server: ServerKinds;
  readonly #objects: LiveObjects;
  readonly #namespaces = new Map<Case, string>();
  #applications: ReadonlyMap<string, Application> = new Map();
  #renderer: Renderer | undefined;
  #webhooks: BenchWebhooks | undefined;
  #folders: FluxFolders | undefined;
  readonly #helms = new Map<HelmTool, Promise<BenchHelm>>();
  readonly #released = new Map<Case, HelmRelease>();

  constructor(cluster: BenchCluster, flux: BenchFlux) {
    this.#cluster = cluster;
    this.#flux = flux;
    this.#server = new ServerKinds(cluster);
    this.#objects = new LiveObjects(cluster, this.#server);
  }

  /** Applies, edits and judges; resolves to what each case came to, or the error it ended in. */
  async judgeAll(cases: readonly Case[]): Promise<Map<Case, Outcome | Error>> {
    this.#webhooks = await startWebhooks(this.#cluster);
    await this.#webhooks.mutate(MIRRORED, toMirror);
    await each(cases, async one => {
      this.#namespaces.set(one, await this.#cluster.namespace(`case-${one.row.toLowerCase()}`));
      if (one.before !== undefined) await this.#cluster.kubectl(['apply', '-f', '-'], { stdin: this.#text(one, one.before) });
    });
    await this.#applyByFlux(cases.filter(one => isFlux(one) && one.refused !== true));
    const outcomes = new Map<Case, Outcome | Error>();
    await each(cases, async one => {
      try {
        outcomes.set(one, await this.#judge(one));
      } catch (error) {
        outcomes.set(one, error instanceof Error ? error : new Error(String(error)));
      }
    });
    return outcomes;
  }

  /** Pushes what Git says, resumes the controller and reads every object again. */
  async resumeAll(outcomes: ReadonlyMap<Case, Outcome | Error>): Promise<void> {
    const resumed = [...outcomes].filter(([one, outcome]) => isResumed(one) && !(outcome instanceof Error));
    for (const [one] of resumed) if (one.behind !== true) await this.#write(one, one.git);
    await this.#folders?.resume('cases');
    await each(resumed, async ([, outcome]) => {
      if (!(outcome instanceof Error)) outcome.after = await this.#server.get(refOf(outcome.input.desired) ?? outcome.input.manifest.ref);
    });
  }

  /** Whether the server refuses what the applier would send. */
  async refuses(outcome: Outcome): Promise<boolean> {
    const { status, body } = await this.#askServer(outcome);
    return status === 409 || status === 422 || (status >= 400 && /failed to create typed patch|duplicate entries/.test(textAt(body, 'message') ?? ''));
  }

  /** Whether the server refuses to try anything out. */
  async refusesDryRuns(outcome: Outcome): Promise<boolean> {
    const { status, body } = await this.#askServer(outcome);
    return status === 400 && /does not support dry run/.test(textAt(body, 'message') ?? '');
  }

  /** The object as an apply by the case's applier would leave it. */
  async dryRun(outcome: Outcome): Promise<JsonObject> {
    const { status, body } = await this.#askServer(outcome);
    assert.ok(status === 200 && isObject(body), `HTTP ${status}`);
    return body;
  }

  /** What each tool says of every object, as they stand now. */
  async ask(outcomes: ReadonlyMap<Case, Outcome | Error>): Promise<Reports> {
    const reports = new Map<Case, Readonly<Record<Tool, Report>>>();
    await each(outcomes, async ([one, outcome]) => {
      if (outcome instanceof Error) return;
      const kubectl = (...how: string[]): Promise<Report> => kubectlSays(this.#cluster, outcome.git, this.#namespaces.get(one) ?? 'default', how);
      reports.set(one, {
        Plumbline: plumblineSays(outcome),
        'kubectl diff': await kubectl(),
        'kubectl diff --server-side': await kubectl('--server-side'),
        'forced dry-run': (await this.#server.find(outcome.input.manifest.ref)) ? await dryRunSays(outcome, () => this.#askServer(sent(one, outcome))) : 'error',
      });
    });
    return reports;
  }

  async #askServer({ input }: Pick<Outcome, 'input'>): Promise<Answer> {
    const path = await this.#server.path(refOf(input.desired) ?? input.manifest.ref);
    return this.#cluster.request('PATCH', `${path}?dryRun=All&force=true&fieldManager=${input.applier.manager}`, input.desired, { type: 'application/apply-patch+yaml' });
  }

  async dispose(): Promise<void> {
    await this.#webhooks?.stop();
    this.#renderer?.dispose();
    await this.#folders?.dispose();
    await Promise.all([...this.#helms.values()].map(async helm => (await helm).dispose()));
  }

  #text(one: Case, yaml: string): string {
    return yaml.replaceAll('NS', this.#namespaces.get(one) ?? '');
  }

  async #write(one: Case, yaml: string): Promise<void> {
    await this.#folders?.write(kustomizationOf(one), one.row, this.#text(one, yaml));
  }

  async #applyByFlux(cases: readonly Case[]): Promise<void> {
    this.#folders = await FluxFolders.create(this.#cluster, this.#flux, 'cases', KUSTOMIZATIONS);
    for (const one of cases) await this.#write(one, one.base ?? one.git);
    await this.#folders.begin();
    const objects = await Promise.all(Object.keys(KUSTOMIZATIONS).map(name => this.#server.get({ apiVersion: 'kustomize.toolkit.fluxcd.io/v1', kind: 'Kustomization', namespace: FLUX_NAMESPACE, name })));
    this.#applications = new Map(readKustomizations(objects.flatMap(object => (object ? [present(object)] : [])), []).map(application => [application.ref.name, application]));
  }

  async #judge(one: Case): Promise<Outcome> {
    const git = this.#text(one, one.git);
    const flux = isFlux(one);
    const manifest = await this.#built(one, git);
    const context = await this.#context(one, manifest.ref);
    const desired = desiredOf(manifest, context);
    const ref = refOf(desired.object) ?? manifest.ref;
    const served = (await this.#server.find(ref)) !== undefined;
    if (!flux && one.refused !== true) await this.#applyByHand(one, manifestIn(this.#text(one, one.base ?? one.git), false));
    for (const step of one.steps ?? []) await this.#step(one, step, ref);
    const live = one.refused === true || !served ? undefined : await this.#server.get(ref);
    const applier = applierOf(one, live);
    const application = flux ? this.#applications.get(kustomizationOf(one)) : undefined;
    const invalid = desired.invalid ?? wrongVersion(ref, await this.#server.discovery(ref));
    const byOther = impersonated({ applied: appliedAt(live), version: textAt(live, 'metadata', 'resourceVersion') }, applier, application);
    const input: JudgeInput = {
      manifest,
      text: git,
      desired: desired.object,
      live: live ? present(live) : served ? { kind: 'absent' } : { kind: 'unknown', status: { kind: 'notInstalled' } },
      base: await this.#base(one, context, ref, live),
      stages: {},
      behind: one.behind === true,
      schema: served ? await this.#server.schema(ref) : undefined,
      applier,
      undecided: desired.undecided ?? (application && notComputed(application)),
      ...(invalid !== undefined && { invalid }),
      ...(byOther && { impersonated: byOther }),
    };
    return { git, input, verdict: judge(input), live };
  }

  /** A controller's revision and a release say what was applied; for all others kubectl's record does, if there is one. */
  async #base(one: Case, context: DesiredContext, ref: ObjectRef, live: JsonObject | undefined): Promise<JudgeInput['base']> {
    if (isHelm(one)) {
      const object = (await this.#released.get(one)?.applied(one.applier))?.get(objectId(ref));
      return object ? { kind: 'known', object } : { kind: 'absent' };
    }
    if (!isFlux(one)) return lastAppliedBase(live);
    return { kind: 'known', object: desiredOf(await this.#built(one, this.#text(one, one.base ?? one.git)), context).object };
  }

  /** What the applier makes of the text: the same, but for variables. */
  async #built(one: Case, text: string): Promise<Manifest> {
    const written = manifestIn(text, isFlux(one));
    const application = this.#applications.get(kustomizationOf(one));
    const variables = application?.tool === 'flux' ? application.build.substitution?.values : undefined;
    if (one.substitutes !== true || !variables) return written;
    const tree: Tree = { entry: path => Promise.resolve(path === 'case.yaml' ? { kind: 'file', bytes: Buffer.from(text) } : { kind: path === '' ? 'folder' : 'absent' }) };
    this.#renderer ??= await loadBenchRenderer();
    const objects = await this.#renderer.flux(tree, { folder: '', resources: ['case.yaml'], build: { spec: {}, variables: variables as Record<string, string> }, variablesUnknown: false, top: '/repo' }, new AbortController().signal);
    assert.ok(objects.kind === 'rendered' && objects.manifests[0], JSON.stringify(objects));
    return objects.manifests[0];
  }

  async #context(one: Case, ref: ObjectRef): Promise<DesiredContext> {
    const namespaced = (await this.#server.find(ref))?.namespaced;
    if (isFlux(one)) return { tool: 'flux', namespaced, name: kustomizationOf(one), namespace: FLUX_NAMESPACE, targetNamespace: undefined, commonMetadata: { labels: {}, annotations: {} }, decrypts: false };
    const released = isHelm(one) ? this.#release(one, one.applier) : undefined;
    return (await released)?.context(ref) ?? { tool: 'plain', namespaced, defaultNamespace: this.#namespaces.get(one) ?? 'default' };
  }

  /** As each tool does it: by the real kubectl, or under the name of the tool. */
  async #applyByHand(one: Case, manifest: Manifest): Promise<void> {
    const stdin = stringifyJson(manifest.object);
    const namespace = ['-n', this.#namespaces.get(one) ?? ''];
    switch (one.applier) {
      case 'kubectl':
        await this.#cluster.kubectl(['apply', ...namespace, '-f', '-'], { stdin });
        return;
      case 'kubectl-ssa':
        await this.#cluster.kubectl(['apply', ...namespace, '--server-side', '-f', '-'], { stdin });
        return;
      case 'argo-ssa':
        await this.#cluster.kubectl(['apply', ...namespace, '--server-side', '--force-conflicts', '--field-manager=argocd-controller', '-f', '-'], { stdin });
        return;
      case 'none':
        await this.#cluster.kubectl(['create', ...namespace, '-f', '-'], { stdin });
        return;
      case 'helm3':
      case 'helm4':
        await (await this.#release(one, one.applier)).apply('install', { 'case.yaml': stdin });
        return;
      case 'argo':
      case 'flux':
      case undefined:
        throw new Error(`no way to apply by ${String(one.applier)}`);
    }
  }

  async #release(one: Case, tool: HelmTool): Promise<HelmRelease> {
    const helm = this.#helms.get(tool) ?? BenchHelm.open(tool === 'helm3' ? 'helm3' : 'helm', this.#cluster);
    this.#helms.set(tool, helm);
    const release = this.#released.get(one) ?? new HelmRelease(await helm, this.#server, 'case', this.#namespaces.get(one) ?? '');
    this.#released.set(one, release);
    return release;
  }

  async #step(one: Case, step: Step, ref: ObjectRef): Promise<void> {
    if ('apply' in step && step.as === FLUX_MANAGER) await this.#afterLastRun(one);
    if ('refuseDryRuns' in step) await this.#webhooks?.refuseDryRuns(this.#namespaces.get(one) ?? '');
    else await this.#objects.step(step, ref, text => this.#text(one, text), this.#namespaces.get(one) ?? '');
  }

  /** Times are told apart by the second. */
  async #afterLastRun(one: Case): Promise<void> {
    const ranAt = this.#applications.get(kustomizationOf(one))?.ranAt;
    assert.ok(ranAt !== undefined, 'the controller’s last run has a time');
    await setTimeout(Math.max(0, Date.parse(ranAt) + 1_100 - Date.now()));
  }
}

const VARIABLES: Readonly<Record<string, string>> = { n: '3', x: 'yes' };

/** All cases, those whose next apply is refused, and those with variables. */
const KUSTOMIZATIONS = { cases: {}, stuck: {}, variables: { postBuild: { substitute: VARIABLES } } } as const;
const kustomizationOf = (one: Case): keyof typeof KUSTOMIZATIONS => (one.stuck === true ? 'stuck' : one.substitutes === true ? 'variables' : 'cases');

const FLUX_MANAGER = 'kustomize-controller';

/** Objects with this label get their images from a mirror, by a webhook. */
export const MIRRORED = 'cases.example/mirrored';

const toMirror = (object: JsonObject): JsonObject[] =>
  listAt(object, 'spec', 'template', 'spec', 'containers').flatMap((container, index) => {
    const image = textAt(container, 'image') ?? '';
    return image.startsWith('mirror.example/') ? [] : [{ op: 'replace', path: `/spec/template/spec/containers/${index}/image`, value: `mirror.example/${image}` }];
  });

export const isFlux = ({ applier }: Case): boolean => applier === undefined || applier === 'flux';
const isHelm = (one: Case): one is Case & { readonly applier: HelmTool } => one.applier === 'helm3' || one.applier === 'helm4';
export const isResumed = (one: Case): boolean => isFlux(one) && one.refused !== true && kustomizationOf(one) === 'cases';

function applierOf(one: Case, live: JsonObject | undefined): Applier {
  if (isFlux(one)) return { tool: 'flux', manager: FLUX_MANAGER, active: false };
  if (!live && one.applier !== undefined) return { tool: one.applier, manager: MANAGERS[one.applier], active: false };
  const found = detectApplier(live);
  if (live && one.applier !== undefined) assert.equal(found.tool, one.applier, 'the applier is read off the live object');
  return found;
}

const MANAGERS: Readonly<Record<Applier['tool'], string>> = { flux: FLUX_MANAGER, argo: 'argocd-controller', 'argo-ssa': 'argocd-controller', kubectl: 'kubectl-client-side-apply', 'kubectl-ssa': 'kubectl', helm3: 'helm', helm4: 'helm', none: 'plumbline' };

/** What the controller sends: without variables, and of kinds that it sends through their Go types without `null`. */
function sent(one: Case, { git, input }: Outcome): Pick<Outcome, 'input'> {
  const text = git.replace(/\$\{(\w+)\}/g, (_, name: string) => VARIABLES[name] ?? '');
  const object = one.substitutes === true ? { ...manifestIn(text, true).object, metadata: member(input.desired, 'metadata') ?? null } : input.desired;
  const typed = input.applier.tool === 'flux' && isFluxTyped(object);
  return { input: { ...input, desired: typed ? (withoutNull(object) as JsonObject) : object } };
}

/** In an open map of texts `null` is an empty text. */
function withoutNull(value: Json, name = ''): Json {
  if (isArray(value)) return value.map(item => withoutNull(item));
  if (!isObject(value)) return value;
  const isOpen = /^(?:labels|annotations|data|matchLabels)$/.test(name);
  return fromEntries(Object.entries(value).flatMap(([key, item]): [string, Json][] => (item !== null ? [[key, withoutNull(item, key)]] : isOpen ? [[key, '']] : [])));
}

/** What the tables compare: `summary`, and the line where each field shows. */
export function linesOf({ git, verdict }: Outcome, which: 'fields' | 'kept'): string[] {
  const lines = summary(verdict[which]);
  return verdict[which].map(({ at: place }, i) => `${lines[i] ?? ''} @${git.slice(0, place.start).split('\n').length}`);
}

/** An object without what changes on every write. */
export function content(object: JsonObject | undefined): Json {
  if (!object) return null;
  const metadata = at(object, 'metadata');
  const kept = isObject(metadata) ? Object.fromEntries(Object.entries(metadata).filter(([key]) => !['managedFields', 'resourceVersion', 'generation'].includes(key))) : {};
  return { ...object, metadata: kept, status: null };
}
