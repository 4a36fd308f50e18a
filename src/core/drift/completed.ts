import { isObject, member, type JsonObject } from '../base/json';
import type { Holder } from '../base/kept-objects';
import { argoAnnotations } from '../gitops/argo-marks';
import { refLike, type ObjectRef } from '../kube/identity';
import type { Manifest } from '../manifests/document';
import { desiredOf, type Desired, type DesiredContext } from './desired';

/**
 * A manifest as its applier sends it (`desiredOf`). Made again of the manifest whenever somebody asks for it; what is needed of
 * all of them all the time stands beside it.
 */
export class Completed implements Holder, Pick<Desired, 'invalid' | 'undecided'> {
  /** As it is sent; the manifest's own where that says the same. */
  readonly ref: ObjectRef;
  readonly invalid: string | undefined;
  readonly undecided: string | undefined;
  /** Of what Argo CD applies: the object with nothing but what it tells its applier to do. */
  readonly marks: JsonObject;
  readonly #manifest: Pick<Manifest, 'object'>;
  /** `undefined`: it is sent as it is written. */
  readonly #context: DesiredContext | undefined;

  constructor(manifest: Pick<Manifest, 'object' | 'ref'>, context: DesiredContext) {
    const written = manifest.object;
    const { object, invalid, undecided } = desiredOf({ object: written }, context);
    this.ref = refLike(object, manifest.ref);
    this.invalid = invalid;
    this.undecided = undecided;
    this.marks = context.tool === 'argo' ? marksOf(object, this.ref) : NO_MARKS;
    this.#manifest = manifest;
    this.#context = object === written ? undefined : context;
  }

  get object(): JsonObject {
    return this.#context ? desiredOf(this.#manifest, this.#context).object : this.#manifest.object;
  }
}

const NO_MARKS: JsonObject = {};

/** Its annotations for Argo CD, and what makes it a role that aggregates others. */
function marksOf(object: JsonObject, { apiVersion, kind }: ObjectRef): JsonObject {
  const annotations = argoAnnotations(object);
  const rule = member(object, 'aggregationRule');
  return {
    apiVersion,
    kind,
    ...(rule !== undefined && { aggregationRule: isObject(rule) ? {} : null }),
    ...(annotations && { metadata: { annotations } }),
  };
}
