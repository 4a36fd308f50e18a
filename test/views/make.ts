import { drained } from '../fake/drained';
import { assembleFiles, countVerdicts } from '../../src/core/drift/assemble';
import type { ApplicationState, Connection, Environment, ObjectState, Snapshot } from '../../src/core/drift/snapshot';
import type { Trouble } from '../../src/core/drift/trouble';
import type { FieldVerdict, ObjectVerdict, Verdict } from '../../src/core/drift/verdict';
import type { Pause } from '../../src/core/gitops/application';
import { field } from '../../src/core/kube/path';
import { parseManifests } from '../../src/core/manifests/parse';

export const FILE = '/repo/apps/web.yaml';

/** A changed field whose Git value stands at `at` of the text, `live` in the cluster. */
export function changed(text: string, at: string, path: string, live: string | number, more: Partial<FieldVerdict> = {}): FieldVerdict {
  const start = text.indexOf(at);
  const git = more.git ?? { kind: 'value', value: at };
  return {
    path: path.split('.').map(field),
    verdict: 'drift',
    detail: 'changed',
    live: { kind: 'value', value: live },
    base: git,
    stage: undefined,
    owners: [{ manager: 'kubectl-edit', operation: 'Update', subresource: undefined, time: undefined }],
    certain: true,
    reason: 'somebody else owns the field',
    afterResume: 'overwritten',
    at: { start, end: start + at.length },
    ...more,
    git,
  };
}

/** The objects of a YAML text, each with the verdict that `verdicts` has for its kind; in sync otherwise. */
export function objectsOf(text: string, verdicts: Readonly<Record<string, Partial<ObjectVerdict>>>): ObjectState[] {
  return parseManifests(FILE, text, 'K3').manifests.map(manifest => ({
    id: `app|${manifest.ref.kind}/${manifest.ref.name}`,
    application: 'app',
    ref: manifest.ref,
    manifest,
    verdict: { ref: manifest.ref, verdict: 'in-sync', reason: '', fields: [], kept: [], notes: [], ...verdicts[manifest.ref.kind] },
  }));
}

export function snapshotOf(text: string, objects: readonly ObjectState[], more: { readonly pause?: Pause; readonly writable?: boolean; readonly production?: boolean; readonly generation?: number; readonly doubt?: string; readonly troubles?: readonly Trouble[] } = {}): Snapshot {
  const counts = countVerdicts(objects.map(({ verdict }): Verdict => verdict.verdict));
  const application: ApplicationState = { id: 'app', environment: 'bench/shop', application: undefined, folder: '/repo/apps', evidence: [], doubt: more.doubt, owners: [], pause: more.pause, objects, counts };
  const environment: Environment = { id: 'bench/shop', context: 'bench', namespace: 'shop', production: more.production ?? false, writable: more.writable ?? false, applications: [application], counts };
  const connection: Connection = { kind: 'connected', pin: { context: 'bench', server: 'https://127.0.0.1:1', caHash: undefined, user: 'admin', uid: 'u', identity: 'u' }, version: 'v1.37.2', troubles: more.troubles ?? [], reading: undefined, doubt: undefined, verifying: false };
  return {
    generation: more.generation ?? 1,
    connection,
    connections: [connection],
    environments: [environment],
    files: drained(assembleFiles({ groups: [{ objects }], problems: new Map(), versionOf: () => text, before: new Map() })),
  };
}
