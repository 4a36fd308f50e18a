import { readFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { at, isObject, textAt, type Json, type JsonObject } from '../../src/core/base/json';
import { parseJson, stringifyJson } from '../../src/core/base/json-text';
import type { BenchCluster } from './cluster';
import { until } from './process';

/** The JSON patch that an admission webhook answers with; none: the object goes through as it is. */
export type Admission = (object: JsonObject) => readonly JsonObject[];

/** What a validating webhook says, or that it never answers. */
export type Verdict = { readonly kind: 'deny'; readonly message: string } | { readonly kind: 'silent' };

/** Real admission webhooks: a server on loopback, with the API server's own certificate. */
export interface BenchWebhooks {
  /** Objects with this label (`KEY: "yes"`) go through it when they are written. Nothing of it is left after `stop`. */
  mutate(label: string, admit: Admission): Promise<void>;
  /** ConfigMaps in this namespace go through a webhook that says this; it is waited for one second. Resolves once it is in force. */
  validate(namespace: string, verdict: Verdict): Promise<void>;
  /** Everything in this namespace goes through a webhook that cannot tell a dry-run from a write. */
  refuseDryRuns(namespace: string): Promise<void>;
  stop(): Promise<void>;
}

export async function startWebhooks(cluster: BenchCluster): Promise<BenchWebhooks> {
  const [cert, key] = await Promise.all(['crt', 'key'].map(end => readFile(join(cluster.folder, 'certs', `apiserver.${end}`))));
  if (!cert || !key) throw new Error('the API server has no certificate');
  const admissions = new Map<string, Admission>();
  const verdicts = new Map<string, Verdict>();
  const server = createServer({ cert, key }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const review = parseJson(Buffer.concat(chunks).toString());
      const path = (request.url ?? '').replace(/\?.*/, '');
      const verdict = verdicts.get(path);
      if (verdict?.kind === 'silent') return;
      response.setHeader('content-type', 'application/json').end(stringifyJson(verdict ? denial(review, verdict.message) : answer(review, admissions.get(path))));
    });
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return new Webhooks(cluster, { url, ca: cert.toString('base64') }, { admissions, verdicts }, async () => {
    const closed = new Promise(resolve => server.close(resolve));
    server.closeAllConnections();
    await closed;
  });
}

function answer(review: Json, admit: Admission | undefined): Json {
  const object = at(review, 'request', 'object');
  const patch = admit && isObject(object) ? admit(object) : [];
  const changes = patch.length === 0 ? {} : { patchType: 'JSONPatch', patch: Buffer.from(stringifyJson(patch)).toString('base64') };
  return { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response: { uid: textAt(review, 'request', 'uid') ?? '', allowed: true, ...changes } };
}

const denial = (review: Json, message: string): Json => ({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response: { uid: textAt(review, 'request', 'uid') ?? '', allowed: false, status: { message } } });

const GROUP = '/apis/admissionregistration.k8s.io/v1';

/** By path. */
interface Says {
  readonly admissions: Map<string, Admission>;
  readonly verdicts: Map<string, Verdict>;
}

class Webhooks implements BenchWebhooks {
  readonly #cluster: BenchCluster;
  readonly #at: { readonly url: string; readonly ca: string };
  readonly #says: Says;
  readonly #close: () => Promise<void>;
  readonly #made: string[] = [];

  constructor(cluster: BenchCluster, server: { readonly url: string; readonly ca: string }, says: Says, close: () => Promise<void>) {
    this.#cluster = cluster;
    this.#at = server;
    this.#says = says;
    this.#close = close;
  }

  async mutate(label: string, admit: Admission): Promise<void> {
    const name = `${label.replace(/[^a-z0-9]+/g, '-')}.cases.example`;
    this.#says.admissions.set(`/${name}`, admit);
    await this.#register('mutatingwebhookconfigurations', 'MutatingWebhookConfiguration', name, { objectSelector: { matchLabels: { [label]: 'yes' } }, sideEffects: 'None', timeoutSeconds: 10 });
  }

  async validate(namespace: string, verdict: Verdict): Promise<void> {
    const name = `${verdict.kind}.${namespace}.example`;
    this.#says.verdicts.set(`/${name}`, verdict);
    const rules = [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources: ['configmaps'] }];
    await this.#register('validatingwebhookconfigurations', 'ValidatingWebhookConfiguration', name, { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } }, rules, sideEffects: 'None', timeoutSeconds: 1 });
    await until('the webhook', async () => {
      const answered = await this.#cluster.request('POST', `/api/v1/namespaces/${namespace}/configmaps?dryRun=All`, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'probe' } });
      return answered.status >= 400;
    }, 30_000);
  }

  async refuseDryRuns(namespace: string): Promise<void> {
    const kind = ['validatingwebhookconfigurations', 'ValidatingWebhookConfiguration'] as const;
    const name = `${namespace}.cases.example`;
    const selector = { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } } };
    // admissionregistration.k8s.io/v1 takes no such webhook any more; those of clusters that had v1beta1 are still stored, and still asked.
    const { status } = await this.#cluster.request('POST', `${GROUP}/${kind[0]}`, this.#configuration(kind[1], name, { ...selector, sideEffects: 'Some' }));
    if (status !== 422) throw new Error(`a webhook with side effects was taken: HTTP ${status}`);
    await this.#register(...kind, name, { ...selector, sideEffects: 'None' });
    await this.#rewriteStored(`/registry/${kind[0]}/${name}`, 'None', 'Some');
    await until('the API server to refuse dry-runs', async () => {
      const answered = await this.#cluster.request('POST', `/api/v1/namespaces/${namespace}/configmaps?dryRun=All`, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'probe' } });
      return answered.status === 400;
    }, 30_000);
  }

  async stop(): Promise<void> {
    for (const path of this.#made) await this.#cluster.request('DELETE', path);
    await this.#close();
  }

  async #register(plural: string, kind: string, name: string, more: JsonObject): Promise<void> {
    const { status, body } = await this.#cluster.request('POST', `${GROUP}/${plural}`, this.#configuration(kind, name, more));
    if (status !== 201) throw new Error(`${kind} ${name}: HTTP ${status}: ${textAt(body, 'message') ?? ''}`);
    this.#made.push(`${GROUP}/${plural}/${name}`);
  }

  #configuration(kind: string, name: string, more: JsonObject): JsonObject {
    const webhook = { name, admissionReviewVersions: ['v1'], clientConfig: { url: `${this.#at.url}/${name}`, caBundle: this.#at.ca }, rules: [{ apiGroups: ['*'], apiVersions: ['*'], operations: ['CREATE', 'UPDATE'], resources: ['*/*'], scope: 'Namespaced' }], ...more };
    return { apiVersion: 'admissionregistration.k8s.io/v1', kind, metadata: { name }, webhooks: [webhook] };
  }

  /** In etcd itself, in a text of the same length, as an older API server would have left it. */
  async #rewriteStored(key: string, from: string, to: string): Promise<void> {
    const ask = async (path: string, body: JsonObject): Promise<Json> => (await fetch(`${this.#cluster.etcd}/v3/kv/${path}`, { method: 'POST', body: stringifyJson(body) })).json() as Promise<Json>;
    const encoded = Buffer.from(key).toString('base64');
    const value = textAt(await ask('range', { key: encoded }), 'kvs', 0, 'value');
    const stored = Buffer.from(value ?? '', 'base64').toString('latin1');
    if (stored.split(from).length !== 2) throw new Error(`${key} does not say ${from} once`);
    await ask('put', { key: encoded, value: Buffer.from(stored.replace(from, to), 'latin1').toString('base64') });
  }
}
