import { isObject, member, textAt, type JsonObject } from '../base/json';
import type { Holder } from '../base/kept-objects';
import { argoAnnotations } from '../gitops/argo-marks';
import { refLike, type ObjectRef } from '../kube/identity';
import type { Manifest } from '../manifests/document';
import { calledAs, desiredOf, type Called, type Desired, type DesiredContext } from './desired';

/**
 * A manifest as its applier sends it (`desiredOf`). Made again of the manifest whenever somebody asks for it; what is needed of
 * all of them all the time stands beside it.
 */
export class Completed implements Holder, Pick<Desired, 'invalid' | 'undecided'> {
  /** As it is sent; the manifest's own where that says the same. */
  readonly ref: ObjectRef;
  readonly invalid: string | undefined;
  readonly undecided: string | undefined;
  readonly #manifest: Pick<Manifest, 'object'>;
  readonly context: DesiredContext;
  /** Known once it was made. */
  #sent: Sent | undefined;

  /** Looks into the manifest only where its name does not tell all that stands beside it. */
  constructor(manifest: Pick<Manifest, 'object' | 'ref'>, context: DesiredContext) {
    this.#manifest = manifest;
    this.context = context;
    const { ref, invalid, undecided } = calledAs(manifest.ref, context) ?? this.#read(manifest.ref);
    this.ref = ref;
    this.invalid = invalid;
    this.undecided = undecided;
  }

  get object(): JsonObject {
    const written = this.#manifest.object;
    return this.#sent?.asWritten === true ? written : this.#desired(written).object;
  }

  /** Of what Argo CD applies: the object with nothing but what it tells its applier to do. */
  get marks(): JsonObject {
    if (this.context.tool !== 'argo') return NO_MARKS;
    if (!this.#sent) this.#desired(this.#manifest.object);
    return this.#sent?.marks ?? NO_MARKS;
  }

  #read(written: ObjectRef): Called {
    const { object, invalid, undecided } = this.#desired(this.#manifest.object);
    return { ref: refLike(object, written), invalid, undecided };
  }

  #desired(written: JsonObject): Desired {
    const desired = desiredOf({ object: written }, this.context);
    const { object } = desired;
    this.#sent ??= this.context.tool === 'argo' ? { asWritten: object === written, marks: marksOf(object) } : object === written ? AS_WRITTEN : CHANGED;
    return desired;
  }
}

/** What it takes the whole object to know. */
interface Sent {
  /** The applier sends the manifest as it stands. */
  readonly asWritten: boolean;
  readonly marks: JsonObject;
}

const NO_MARKS: JsonObject = {};
const AS_WRITTEN: Sent = { asWritten: true, marks: NO_MARKS };
const CHANGED: Sent = { asWritten: false, marks: NO_MARKS };

/** Its annotations for Argo CD, and what makes it a role that aggregates others. */
function marksOf(object: JsonObject): JsonObject {
  const annotations = argoAnnotations(object);
  const rule = member(object, 'aggregationRule');
  return {
    apiVersion: textAt(object, 'apiVersion') ?? '',
    kind: textAt(object, 'kind') ?? '',
    ...(rule !== undefined && { aggregationRule: isObject(rule) ? {} : null }),
    ...(annotations && { metadata: { annotations } }),
  };
}
