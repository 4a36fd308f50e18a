import type { Clock } from '../base/clock';
import { at } from '../base/json';
import type { ObjectRef } from '../kube/identity';
import { splitApiVersion } from '../kube/identity';
import type { Resource } from './api';
import { ClusterError } from './errors';
import type { Rest } from './rest';
import { whileWaiting } from './waiting';

/** Milliseconds for which an answer is believed: rights change rarely, and a write that is refused says so itself. */
const BELIEVED_MS = 60_000;

/** SelfSubjectAccessReviews, one per verb, kind and namespace at a time, however many ask; one that goes away ends nothing. */
export class Access {
  readonly #rest: Rest;
  readonly #clock: Clock;
  readonly #ends: AbortSignal;
  readonly #answers = new Map<string, { readonly allowed: Promise<boolean>; readonly until: number }>();

  /** `ends`: of the session. */
  constructor(rest: Rest, clock: Clock, ends: AbortSignal) {
    this.#rest = rest;
    this.#clock = clock;
    this.#ends = ends;
  }

  /** A kind that is not served is not allowed. Rejects with `ClusterError`. */
  allowed(verb: string, ref: ObjectRef, resource: Resource | undefined, signal: AbortSignal | undefined): Promise<boolean> {
    if (!resource) return Promise.resolve(false);
    const key = JSON.stringify([verb, ref.apiVersion, ref.kind, ref.namespace]);
    const known = this.#answers.get(key);
    if (known && this.#clock.now() < known.until) return whileWaiting(known.allowed, signal);
    const allowed = this.#ask(verb, ref, resource);
    const entry = { allowed, until: this.#clock.now() + BELIEVED_MS };
    this.#answers.set(key, entry);
    allowed.catch(() => {
      if (this.#answers.get(key) === entry) this.#answers.delete(key);
    });
    return whileWaiting(allowed, signal);
  }

  async #ask(verb: string, ref: ObjectRef, resource: Resource): Promise<boolean> {
    const { group, version } = splitApiVersion(ref.apiVersion);
    const namespace = resource.namespaced ? ref.namespace : undefined;
    const { object } = await this.#rest.json(
      {
        method: 'POST',
        path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
        body: {
          apiVersion: 'authorization.k8s.io/v1',
          kind: 'SelfSubjectAccessReview',
          spec: { resourceAttributes: { verb, group, version, resource: resource.plural, ...(namespace !== undefined && { namespace }) } },
        },
        what: `the right to ${verb} ${resource.plural}`,
        patient: true,
      },
      this.#ends,
    );
    const allowed = at(object, 'status', 'allowed');
    if (typeof allowed !== 'boolean') throw new ClusterError('badAnswer', `the API server did not say whether ${verb} ${resource.plural} is allowed`);
    return allowed;
  }
}
