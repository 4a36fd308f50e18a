import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { at, isObject, member, textAt, type Json, type JsonObject } from '../../src/core/base/json';
import { parseJson, stringifyJson } from '../../src/core/base/json-text';
import { detectApplier } from '../../src/core/drift/applier';
import { desiredOf, type DesiredContext } from '../../src/core/drift/desired';
import { isBuiltIn } from '../../src/core/drift/empty-values';
import { judge } from '../../src/core/drift/judge';
import type { Applier, JudgeInput } from '../../src/core/drift/judge-input';
import { lastApplied } from '../../src/core/drift/last-applied';
import type { ObjectVerdict } from '../../src/core/drift/verdict';
import { refOf, splitApiVersion, type ObjectRef } from '../../src/core/kube/identity';
import { asLive } from '../../src/core/kube/live';
import { GroupVersionSchemas } from '../../src/core/kube/openapi';
import type { Manifest } from '../../src/core/manifests/document';
import { parseManifests } from '../../src/core/manifests/parse';
import type { Answer, BenchCluster } from '../bench/cluster';
import type { BenchFlux } from '../bench/flux';
import { summary } from '../core/drift/make';
import type { Case, Step } from './case';

const run = promisify(execFile);
const GIT_ENV = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' };
const URL = 'https://git.bench.example/cases.git';
const FLUX_OWNER = { name: 'cases', namespace: 'flux-system' };

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
  readonly #schemas = new Map<string, Promise<GroupVersionSchemas | undefined>>();
  readonly #plurals = new Map<string, Promise<readonly { readonly kind: string; readonly name: string; readonly namespaced: boolean }[]>>();
  readonly #namespaces = new Map<Case, string>();
  #folder = '';

  constructor(cluster: BenchCluster, flux: BenchFlux) {
    this.#cluster = cluster;
    this.#flux = flux;
  }

  /** Applies, edits and judges; resolves to what each case came to, or the error it ended in. */
  async judgeAll(cases: readonly Case[]): Promise<Map<Case, Outcome | Error>> {
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
    for (const [one] of resumed) await this.#write(one, one.git);
    const commit = await this.#commit('what Git says');
    // The source first: a resumed Kustomization runs at once, with the revision it has.
    await this.#flux.reconcile('gitrepository', 'flux-system', 'cases');
    await this.#suspend('cases', false);
    await this.#flux.reconcile('kustomization', 'flux-system', 'cases');
    await this.#flux.applied('flux-system', 'cases', commit);
    await each(resumed, async ([, outcome]) => {
      if (!(outcome instanceof Error)) outcome.after = await this.#get(refOf(outcome.input.desired) ?? outcome.input.manifest.ref);
    });
  }

  /** Whether the server refuses what the applier would send. */
  async refuses(outcome: Outcome): Promise<boolean> {
    const { status } = await this.#askServer(outcome);
    return status === 409 || status === 422;
  }

  /** The object as an apply by the case's applier would leave it. */
  async dryRun(outcome: Outcome): Promise<JsonObject> {
    const { status, body } = await this.#askServer(outcome);
    assert.ok(status === 200 && isObject(body), `HTTP ${status}`);
    return body;
  }

  async #askServer({ input }: Outcome): Promise<Answer> {
    const path = await this.#path(refOf(input.desired) ?? input.manifest.ref);
    return this.#cluster.request('PATCH', `${path}?dryRun=All&force=true&fieldManager=${input.applier.manager}`, input.desired, { type: 'application/apply-patch+yaml' });
  }

  async dispose(): Promise<void> {
    if (this.#folder !== '') await rm(this.#folder, { recursive: true, force: true });
  }

  #text(one: Case, yaml: string): string {
    return yaml.replaceAll('NS', this.#namespaces.get(one) ?? '');
  }

  async #git(...args: string[]): Promise<string> {
    return (await run('git', ['-c', 'user.name=Ana', '-c', 'user.email=ana@bench.example', ...args], { cwd: join(this.#folder, 'clone'), env: GIT_ENV })).stdout.trim();
  }

  async #write(one: Case, yaml: string): Promise<void> {
    const folder = join(this.#folder, 'clone', one.stuck === true ? 'stuck' : 'cases');
    await writeFile(join(folder, `${one.row}.yaml`), this.#text(one, yaml));
  }

  async #commit(message: string): Promise<string> {
    await this.#git('add', '--all');
    await this.#git('commit', '--quiet', '--allow-empty', '--message', message);
    await this.#git('push', '--quiet', 'origin', 'main');
    return this.#git('rev-parse', 'HEAD');
  }

  async #applyByFlux(cases: readonly Case[]): Promise<void> {
    this.#folder = await mkdtemp(join(tmpdir(), 'plumbline-cases-'));
    const bare = join(this.#folder, 'bare.git');
    await run('git', ['init', '--quiet', '--bare', '--initial-branch=main', bare], { env: GIT_ENV });
    for (const name of ['cases', 'stuck']) await mkdir(join(this.#folder, 'clone', name), { recursive: true });
    await this.#git('init', '--quiet', '--initial-branch=main');
    await this.#git('remote', 'add', 'origin', bare);
    await writeFile(join(this.#folder, 'clone', 'stuck', 'one.yaml'), CONFIG);
    for (const one of cases) await this.#write(one, one.base ?? one.git);
    const commit = await this.#commit('what was applied');
    this.#flux.publisher.serve(URL, bare);
    await this.#cluster.kubectl(['apply', '-f', '-'], { stdin: stringifyJson(fluxObjects()) });
    await Promise.all(['cases', 'stuck'].map(name => this.#flux.applied('flux-system', name, commit)));
    await Promise.all(['cases', 'stuck'].map(name => this.#suspend(name, true)));
  }

  async #suspend(name: string, suspend: boolean): Promise<void> {
    await this.#ok('PATCH', `/apis/kustomize.toolkit.fluxcd.io/v1/namespaces/flux-system/kustomizations/${name}?fieldManager=plumbline`, { spec: { suspend } }, 'application/merge-patch+json');
  }

  async #judge(one: Case): Promise<Outcome> {
    const git = this.#text(one, one.git);
    const flux = isFlux(one);
    const manifest = manifestIn(git, flux);
    const context = await this.#context(one, manifest.ref);
    const desired = desiredOf(manifest, context);
    const ref = refOf(desired.object) ?? manifest.ref;
    if (!flux && one.refused !== true) await this.#applyByHand(one, manifestIn(this.#text(one, one.base ?? one.git), false));
    for (const step of one.steps ?? []) await this.#step(one, step, ref);
    const live = one.refused === true ? undefined : await this.#get(ref);
    const baseText = this.#text(one, one.base ?? one.git);
    const input: JudgeInput = {
      manifest,
      text: git,
      desired: desired.object,
      live: live ? { kind: 'present', object: asLive(live), seen: [] } : { kind: 'absent' },
      base: flux ? { kind: 'known', object: desiredOf(manifestIn(baseText, true), context).object } : recordedBase(live),
      stages: {},
      behind: false,
      schema: await this.#schema(ref),
      applier: applierOf(one, live),
      undecided: desired.undecided,
      ...(desired.invalid !== undefined && { invalid: desired.invalid }),
    };
    return { git, input, verdict: judge(input), live };
  }

  async #context(one: Case, ref: ObjectRef): Promise<DesiredContext> {
    const namespaced = (await this.#resource(ref)).namespaced;
    if (isFlux(one)) return { tool: 'flux', namespaced, ...FLUX_OWNER, name: one.stuck === true ? 'stuck' : 'cases', targetNamespace: undefined, commonMetadata: { labels: {}, annotations: {} } };
    return { tool: 'plain', namespaced, defaultNamespace: this.#namespaces.get(one) ?? 'default' };
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
      case 'helm4':
        await this.#cluster.kubectl(['apply', ...namespace, '--server-side', '--force-conflicts', `--field-manager=${one.applier === 'helm4' ? 'helm' : 'argocd-controller'}`, '-f', '-'], { stdin });
        return;
      case 'none':
        await this.#cluster.kubectl(['create', ...namespace, '-f', '-'], { stdin });
        return;
      case 'argo':
      case 'helm3':
      case 'flux':
      case undefined:
        throw new Error(`no way to apply by ${String(one.applier)}`);
    }
  }

  async #step(one: Case, step: Step, ref: ObjectRef): Promise<void> {
    const path = await this.#path(ref);
    if ('kubectl' in step) {
      await this.#cluster.kubectl([...step.kubectl.map(arg => this.#text(one, arg)), '-n', this.#namespaces.get(one) ?? '']);
    } else if ('patch' in step) {
      const type = isBuiltIn(splitApiVersion(ref.apiVersion).group) ? 'application/strategic-merge-patch+json' : 'application/merge-patch+json';
      await this.#ok('PATCH', `${path}${step.subresource === undefined ? '' : `/${step.subresource}`}?fieldManager=${step.as}`, step.patch, type);
    } else if ('json' in step) {
      await this.#ok('PATCH', `${path}?fieldManager=${step.as}`, step.json, 'application/json-patch+json');
    } else if ('apply' in step) {
      await this.#ok('PATCH', `${path}?fieldManager=${step.as}&force=true`, manifestIn(this.#text(one, step.apply), false).object, 'application/apply-patch+yaml');
    } else if ('strip' in step) {
      await this.#ok('PATCH', path, [{ op: 'replace', path: '/metadata/managedFields', value: [{}] }], 'application/json-patch+json');
    } else {
      await this.#ok('DELETE', path, { kind: 'DeleteOptions', apiVersion: 'v1', propagationPolicy: 'Background' });
    }
  }

  async #ok(method: string, path: string, body?: Json, type?: string): Promise<Json> {
    const answer = await this.#cluster.request(method, path, body, type === undefined ? {} : { type });
    if (answer.status >= 300) throw new Error(`${method} ${path}: HTTP ${answer.status}: ${textAt(answer.body, 'message') ?? ''}`);
    return answer.body;
  }

  async #get(ref: ObjectRef): Promise<JsonObject | undefined> {
    const { status, body } = await this.#cluster.request('GET', await this.#path(ref));
    if (status === 404) return undefined;
    assert.ok(status === 200 && isObject(body), `GET ${ref.kind} ${ref.name}: HTTP ${status}`);
    return body;
  }

  async #path({ apiVersion, kind, namespace, name }: ObjectRef): Promise<string> {
    const resource = await this.#resource({ apiVersion, kind });
    const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    return `${root}${resource.namespaced ? `/namespaces/${namespace ?? 'default'}` : ''}/${resource.name}/${name}`;
  }

  async #resource({ apiVersion, kind }: Pick<ObjectRef, 'apiVersion' | 'kind'>): Promise<{ readonly name: string; readonly namespaced: boolean }> {
    const known = this.#plurals.get(apiVersion) ?? this.#discover(apiVersion);
    this.#plurals.set(apiVersion, known);
    const found = (await known).find(one => one.kind === kind && !one.name.includes('/'));
    assert.ok(found, `${apiVersion} ${kind} is not served`);
    return found;
  }

  async #discover(apiVersion: string): Promise<{ kind: string; name: string; namespaced: boolean }[]> {
    const { body } = await this.#cluster.request('GET', apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`);
    const resources = member(body, 'resources');
    return Array.isArray(resources) ? (resources as readonly Json[]).map(one => ({ kind: textAt(one, 'kind') ?? '', name: textAt(one, 'name') ?? '', namespaced: member(one, 'namespaced') === true })) : [];
  }

  async #schema({ apiVersion, kind }: ObjectRef): Promise<JudgeInput['schema']> {
    const known = this.#schemas.get(apiVersion) ?? this.#readSchemas(apiVersion);
    this.#schemas.set(apiVersion, known);
    const { group, version } = splitApiVersion(apiVersion);
    return (await known)?.typeOf(kind, group, version);
  }

  async #readSchemas(apiVersion: string): Promise<GroupVersionSchemas | undefined> {
    const { status, body } = await this.#cluster.request('GET', `/openapi/v3/${apiVersion.includes('/') ? 'apis' : 'api'}/${apiVersion}`);
    return status === 200 && isObject(body) ? new GroupVersionSchemas(body) : undefined;
  }
}

const CONFIG = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: cases, namespace: flux-system}\n';

export const isFlux = ({ applier }: Case): boolean => applier === undefined || applier === 'flux';
export const isResumed = (one: Case): boolean => isFlux(one) && one.refused !== true && one.stuck !== true;

function applierOf(one: Case, live: JsonObject | undefined): Applier {
  if (isFlux(one)) return { tool: 'flux', manager: 'kustomize-controller', active: false };
  const found = detectApplier(live);
  if (live && one.applier !== undefined) assert.equal(found.tool, one.applier, 'the applier is read off the live object');
  return found;
}

function recordedBase(live: JsonObject | undefined): JudgeInput['base'] {
  const text = live && lastApplied(live);
  const object = text === undefined ? undefined : parseJson(text);
  return isObject(object) ? { kind: 'known', object } : { kind: 'unknown', reason: 'no record of what was last applied' };
}

function manifestIn(yaml: string, flux: boolean): Manifest {
  const { manifests, problems } = parseManifests('/repo/case.yaml', yaml, flux ? 'K3' : 'K2');
  const found = manifests.at(-1);
  assert.ok(found, problems.map(({ message }) => message).join('; '));
  return found;
}

function fluxObjects(): Json {
  const kustomization = (name: string): JsonObject => ({
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
    metadata: { name, namespace: 'flux-system' },
    spec: { interval: '1h', retryInterval: '2s', path: `./${name}`, prune: false, wait: false, sourceRef: { kind: 'GitRepository', name: 'cases' } },
  });
  const repository = { apiVersion: 'source.toolkit.fluxcd.io/v1', kind: 'GitRepository', metadata: { name: 'cases', namespace: 'flux-system' }, spec: { url: URL, interval: '1h', ref: { branch: 'main' } } };
  return { apiVersion: 'v1', kind: 'List', items: [repository, kustomization('cases'), kustomization('stuck')] };
}

/** Eight at a time. */
async function each<T>(items: Iterable<T>, work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
    }),
  );
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
