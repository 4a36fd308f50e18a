import type { JsonObject } from '../base/json';
import type { ObjectRef } from '../kube/identity';
import type { ExcludedKinds } from './argo-excluded';
import type { ArgoHelm } from './argo-helm';
import type { FluxBuildSpec } from './flux-build';
import type { TargetedIgnore } from './targeted-ignore';
import type { IgnoreRule } from './ignore-rules';

/** The unit a controller applies. Read from the cluster, never typed by hand. */
export type Application = FluxKustomization | FluxHelmRelease | HelmInstall | ArgoApplication;

interface Controlled {
  /** The application object itself, at the version it was read. */
  readonly ref: ObjectRef;
  readonly uid: string;
  readonly resourceVersion: string;
  /** The managedFields name under which its controller applies. */
  readonly manager: string;
  readonly source: ApplicationSource | undefined;
  /** Folder inside the source, `/`-separated, no leading or trailing slash; `''` is the root. */
  readonly path: string;
  /** Commit last applied, 40 or 64 hex digits; `undefined` while nothing was, or where the revision is not a Git one. */
  readonly appliedRevision: string | undefined;
  readonly attemptedRevision: string | undefined;
  readonly pause: Pause | undefined;
  readonly reconciling: boolean;
  readonly ready: { readonly status: 'True' | 'False' | 'Unknown'; readonly reason: string; readonly message: string } | undefined;
  /** When its last whole run ended, by the API server's clock, RFC 3339: nothing it applied is newer. `undefined` while it runs, after a failure, and where it is not recorded. */
  readonly ranAt: string | undefined;
  /** How long that run took, at most, milliseconds; `undefined` where nothing tells. */
  readonly ranFor: number | undefined;
  /** It deletes what Git no longer has, by itself. */
  readonly prune: boolean;
  readonly inventory: readonly ObjectRef[];
  /** What in `spec` changes the manifests in a way that this version does not compute; words for a person, empty when nothing. */
  readonly notComputed: readonly string[];
  /** Set when the objects live in another cluster: which, and how that is said, such as `Secret prod, spec.kubeConfig`. */
  readonly remoteCluster: string | undefined;
  /** The application that applies this one, if any. */
  readonly parent: ObjectRef | undefined;
  /** What it waits for before it runs, as its controller says: `Kustomization shop/infra`; `undefined`: for nothing. */
  readonly waitsFor: string | undefined;
  /** Why what is said here may not be how it is now, in one sentence without a full stop; `undefined`: it is current. */
  readonly doubt: string | undefined;
}

export interface FluxKustomization extends Controlled {
  readonly tool: 'flux';
  readonly kind: 'Kustomization';
  /** Milliseconds. */
  readonly interval: number | undefined;
  readonly force: boolean;
  /** It decrypts what SOPS has encrypted (`spec.decryption`). */
  readonly decrypts: boolean;
  readonly targetNamespace: string | undefined;
  /** `spec.ignore`; since kustomize-controller 1.9. */
  readonly ignore: readonly TargetedIgnore[];
  /** What kustomize is asked to add, and what is replaced in what it builds. */
  readonly build: FluxBuildSpec;
  readonly commonMetadata: { readonly labels: JsonObject; readonly annotations: JsonObject };
}

/** What it applies is not in a repository: it is the release that Helm stored in the cluster, which may have been made from a chart that is. */
interface Released extends Controlled {
  readonly tool: 'helm';
  /** Milliseconds. */
  readonly interval: number | undefined;
  readonly force: boolean;
  /** The release's namespace. */
  readonly targetNamespace: string | undefined;
  /** What the release is called where none was installed yet. */
  readonly release: { readonly name: string; readonly namespace: string };
  /** Where Helm keeps its records. */
  readonly storageNamespace: string | undefined;
  /** Newest first; empty while nothing was installed. */
  readonly history: readonly HelmRevision[];
}

/** A release that people and pipelines made with `helm install`: no controller looks after it, and `ref` names no object of the API. */
export interface HelmInstall extends Released {
  readonly kind: 'Helm release';
}

export interface FluxHelmRelease extends Released {
  readonly kind: 'HelmRelease';
  /** Whether drift is corrected, only told, or not looked at. */
  readonly driftDetection: 'enabled' | 'warn' | 'disabled';
  readonly ignore: readonly TargetedIgnore[];
  /** The GitRepository that its chart lies in, as `spec.chart.spec.sourceRef` names it; `undefined` where there is none, or it cannot be read. */
  readonly chartSource: ApplicationSource | undefined;
}

/** One revision of a release, as its controller recorded it. */
export interface HelmRevision {
  readonly name: string;
  readonly namespace: string;
  readonly revision: number;
  /** Helm's words: `deployed`, `failed`, `superseded` … */
  readonly status: string;
  readonly chartVersion: string;
  /** The kind of object that Helm keeps its record in. */
  readonly storedIn: RecordKind;
}

export type RecordKind = 'Secret' | 'ConfigMap';

export interface ArgoApplication extends Controlled {
  readonly tool: 'argo';
  readonly kind: 'Application';
  /** The name Argo CD tracks its objects by: its own, with the namespace before it outside the control plane's. */
  readonly instance: string;
  /** `spec.destination.namespace`; `undefined` where it names none. */
  readonly targetNamespace: string | undefined;
  readonly directory: ArgoDirectory;
  readonly build: ArgoBuild;
  /** Which of its sources this is, from 0, and how many objects come from. */
  readonly part: { readonly index: number; readonly of: number };
  /** The same Application as its other sources have it: each has a folder of its own. Empty on those themselves. */
  readonly further: readonly ArgoApplication[];
  /** Of a source with a hydrator, while the dry commit of what was applied is not said: the commit of the hydrated branch that was. */
  readonly hydratedRevision: string | undefined;
  readonly tracking: Tracking;
  /** Set when the installation's settings may not be read: what is taken for them, in one sentence without a full stop. */
  readonly assumed: string | undefined;
  readonly automation: Automation;
  readonly sync: ArgoSync;
  /** `spec.ignoreDifferences`, and what the installation ignores everywhere. */
  readonly ignore: readonly IgnoreRule[];
  /** What a role that aggregates others gets from them is not compared. */
  readonly ignoresAggregated: boolean;
  /** Kinds that the installation leaves alone. */
  readonly excluded: ExcludedKinds;
  /** `spec.destination.server`; `undefined` where it names none. */
  readonly server: string | undefined;
  /** The operation that runs, or the last one. */
  readonly operation: { readonly phase: string; readonly message: string; readonly revision: string | undefined } | undefined;
}

/** `spec.source.directory`: which files of the folder are read. */
export interface ArgoDirectory {
  readonly recurse: boolean;
  /** Globs; `''` is none. */
  readonly include: string;
  readonly exclude: string;
}

/** How a source is rendered. */
export interface ArgoBuild {
  /** `undefined`: by what its folder holds. */
  readonly tool: 'Directory' | 'Kustomize' | 'Helm' | 'Plugin' | undefined;
  /** `kustomize` of the source, as written, and where it stands below `spec`. */
  readonly kustomize: JsonObject;
  readonly kustomizeAt: readonly (string | number)[];
  /** Files of a kustomization may lie anywhere in the repository (`kustomize.buildOptions` of the installation). */
  readonly unrestricted: boolean;
  readonly helm: ArgoHelm;
}

/** How Argo CD marks what is its own (`argocd-cm`, `application.resourceTrackingMethod`). */
export interface Tracking {
  readonly method: 'annotation' | 'annotation+label' | 'label';
  readonly labelKey: string;
  readonly installationId: string | undefined;
}

/** Whether a sync starts without a person; `off`: it would, with these settings, and is switched off. */
export type Automation = { readonly kind: 'manual' } | { readonly kind: 'off' | 'automatic'; readonly selfHeal: boolean; readonly prune: boolean };

/** `spec.syncPolicy.syncOptions` that decide how an object is applied; annotations on the object come on top. */
export interface ArgoSync {
  readonly serverSide: boolean;
  readonly replace: boolean;
  /** Under server-side apply `kubectl apply`'s fields are taken over first. */
  readonly migrates: boolean;
  /** What is ignored is left alone by a sync too. */
  readonly respectsIgnored: boolean;
}

export interface ApplicationSource {
  /** The object that names the source. */
  readonly ref: ObjectRef;
  /** Of the repository; of an artifact the one that it says it was made of, `''` where it says none. */
  readonly url: string;
  /** Branch, tag or the like that is followed; `undefined` for a fixed commit and for the repository's own default. */
  readonly branch: string | undefined;
  /** Commit of the current artifact, or the one it was made of. */
  readonly revision: string | undefined;
  /** What is applied is no repository but an artifact (OCIRepository, Bucket, ExternalArtifact): its revision as the controller has it. */
  readonly artifact?: string;
  readonly suspended: boolean;
  /** Image automation that commits to it. */
  readonly automations?: readonly ImageAutomation[];
  /** `spec.ignore` of the GitRepository: what it leaves out, in the syntax of `.gitignore`. */
  readonly ignore: string | undefined;
  /** What of the GitRepository's `spec` makes its artifact another than the repository. */
  readonly contents?: SourceContents;
}

/** How the artifact of a GitRepository differs from its repository. */
export interface SourceContents {
  /** Only what begins with one of these is in it (`spec.sparseCheckout`); empty: everything. */
  readonly only: readonly string[];
  /** Contents of other GitRepositories are put in, by their names (`spec.include`). */
  readonly included: readonly string[];
  /** Contents of submodules are in it. */
  readonly submodules: boolean;
}

/** An ImageUpdateAutomation: it writes images that its policies choose into files, and pushes them. */
export interface ImageAutomation {
  readonly ref: ObjectRef;
  /** Folder below which it writes, as `Controlled.path`. */
  readonly path: string;
  /** Branch it pushes to; `undefined`: the one that the source follows. */
  readonly branch: string | undefined;
  readonly suspended: boolean;
}

/** Somebody stopped the controller. Whatever is not recorded is `undefined`, never guessed. */
export interface Pause {
  readonly reason: string | undefined;
  readonly by: string | undefined;
  /** Milliseconds since the epoch. */
  readonly since: number | undefined;
  /** The field manager that stopped it. */
  readonly manager: string | undefined;
}
