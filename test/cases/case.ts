import type { JsonObject } from '../../src/core/base/json';
import type { Verdict } from '../../src/core/drift/verdict';
import type { Applier } from '../../src/core/drift/judge-input';

/** Something that happens to the live object after it was applied. */
export type Step =
  /** kubectl, with the namespace given: `['scale', 'deployment/web', '--replicas=5']`. */
  | { readonly kubectl: readonly string[] }
  /** A patch by this manager, strategic for built-in kinds: what an editor, a UI or an operator does. */
  | { readonly patch: JsonObject; readonly as: string; readonly subresource?: string }
  /** A JSON patch by this manager: what removes or reorders list items. */
  | { readonly json: readonly JsonObject[]; readonly as: string }
  /** A server-side apply by this manager, by force, of the object named as the case's is. */
  | { readonly apply: string; readonly as: string }
  /** From now on a webhook that cannot tell a dry-run from a write stands before the case's namespace: every dry-run is refused. */
  | { readonly refuseDryRuns: true }
  /** managedFields are taken away, as some proxies and backups do. */
  | { readonly strip: true }
  | { readonly delete: true };

/** One row of `reference/drift.md` section 3, or one between two rows. */
export interface Case {
  /** The row's number; letters tell apart the parts of one row. */
  readonly row: string;
  /** A sentence. */
  readonly name: string;
  /** The manifest in Git. `NS` stands for the case's own namespace. */
  readonly git: string;
  /** What was applied; Git's own text when left out. */
  readonly base?: string;
  readonly applier?: Applier['tool'];
  /** Objects that must be there before. */
  readonly before?: string;
  readonly steps?: readonly Step[];
  /** Variables that the Kustomization substitutes after it has built (`spec.postBuild`). */
  readonly substitutes?: true;
  /** The applied revision is newer than the checkout: what was applied is what the remote has. */
  readonly behind?: true;
  /** The applier or the server refuses the manifest: nothing is applied. */
  readonly refused?: boolean;
  /** What the next apply would meet is refused: the case is not resumed. */
  readonly stuck?: boolean;
  readonly verdict: Verdict;
  /** Whether the object is in fact out of plumb; for verdicts that cannot tell. */
  readonly differs?: boolean;
  /** A line a field, as `summary` writes it, and ` @LINE` where it shows. */
  readonly fields?: readonly string[];
  readonly kept?: readonly string[];
  /** All notes, where a case is about them. */
  readonly notes?: readonly string[];
}

/** A Deployment as most are, with these lines put in. `pod` and `container` are indented here. */
export function deployment(parts: { readonly spec?: string; readonly pod?: string; readonly container?: string; readonly labels?: string; readonly annotations?: string; readonly image?: string } = {}): string {
  const indent = (text: string | undefined, by: number): string => (text === undefined ? '' : text.replace(/^(?=.)/gm, ' '.repeat(by)).replace(/\n?$/, '\n'));
  const metadata = `${parts.labels === undefined ? '' : `  labels:\n${indent(parts.labels, 4)}`}${parts.annotations === undefined ? '' : `  annotations:\n${indent(parts.annotations, 4)}`}`;
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: NS
${metadata}spec:
${indent(parts.spec, 2)}  selector:
    matchLabels: {app: web}
  template:
    metadata:
      labels: {app: web}
    spec:
${indent(parts.pod, 6)}      containers:
        - name: web
          image: ${parts.image ?? 'nginx:1.27'}
${indent(parts.container, 10)}`;
}

export const configMap = (data: string): string => `apiVersion: v1
kind: ConfigMap
metadata:
  name: web
  namespace: NS
data:
${data.replace(/^(?=.)/gm, '  ').replace(/\n?$/, '\n')}`;

/** A strategic patch of the one container. */
export const inContainer = (container: JsonObject): JsonObject => ({ spec: { template: { spec: { containers: [{ name: 'web', ...container }] } } } });
