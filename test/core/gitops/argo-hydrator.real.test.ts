import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { at, textAt, type Json, type JsonObject } from '../../../src/core/base/json';
import type { ApplicationState, ObjectState, Snapshot } from '../../../src/core/drift/snapshot';
import { ARGO_NAMESPACE } from '../../bench/argo';
import { sharedArgo, type ArgoCluster } from '../../bench/hooks';
import { until as eventually } from '../../bench/process';
import { summary } from '../drift/make';
import { applicationNamed, openEngine, type OpenEngine } from '../drift/open-engine';
import { Scratch } from '../git/scratch';

export { mochaHooks } from '../../bench/hooks';

/** One for each: a branch that had one folder when Argo CD looked for the other is remembered without it, for an hour. */
const branchOf = (unit: Unit): string => `hydrated/${unit}`;
/** For what Argo CD does by itself, on a machine that is busy with other tests. */
const PATIENCE_MS = 120_000;

const config = (name: string, level: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\ndata:\n  # As loud as it has to be.\n  level: ${level}\n`;
const FILES = {
  'dry/plain/settings.yaml': config('settings', 'info'),
  'dry/base/web.yaml': config('web', 'info'),
  'dry/base/kustomization.yaml': 'resources:\n  - web.yaml\n',
  'dry/overlay/kustomization.yaml': 'resources:\n  - ../base\npatches:\n  - patch: |\n      apiVersion: v1\n      kind: ConfigMap\n      metadata:\n        name: web\n      data:\n        level: warn\n',
};
const UNITS = ['plain', 'overlay'] as const;
type Unit = (typeof UNITS)[number];
const OBJECTS: Readonly<Record<Unit, string>> = { plain: 'settings', overlay: 'web' };

describe('an Application of a real Argo CD whose source is hydrated', function () {
  this.timeout(600_000);
  let bench: ArgoCluster;
  let namespace: string;
  let repository: Scratch;
  let origin: string;
  let open: OpenEngine;

  const nameOf = (unit: Unit): string => `${namespace}-${unit}`;
  const operationOf = (application: Json): Json | undefined => at(application, 'status', 'sourceHydrator', 'lastSuccessfulOperation');
  const asksAgain = (unit: Unit): Promise<unknown> =>
    bench.cluster.kubectl(['annotate', 'application', nameOf(unit), '-n', ARGO_NAMESPACE, '--overwrite', 'argocd.argoproj.io/hydrate=normal', 'argocd.argoproj.io/refresh=normal']);
  /** Waits until a hydration of both says what is wanted; `holds` looks at one Application. */
  const hydration = async (what: string, holds: (application: Json) => boolean): Promise<void> => {
    for (const unit of UNITS) {
      let seen: Json = null;
      await eventually(`${nameOf(unit)}: ${what}`, async () => holds((seen = await bench.argo.application(nameOf(unit)))), PATIENCE_MS).catch((error: unknown) => {
        throw new Error(`${String(error)}\n${JSON.stringify(at(seen, 'status') ?? null)}\n${bench.argo.output()}`);
      });
    }
  };
  const hydrated = (dry: string): Promise<void> => hydration(`hydrated from ${dry}`, application => textAt(operationOf(application), 'drySHA') === dry);
  const syncAll = async (): Promise<void> => {
    for (const unit of UNITS) {
      // The branch may have been looked at before it was there.
      const once = async (): Promise<boolean> => {
        await bench.argo.refresh(nameOf(unit), 'hard');
        return textAt(await bench.argo.sync(nameOf(unit), { mayFail: true }), 'phase') === 'Succeeded';
      };
      await eventually(`${nameOf(unit)}: synced`, once, 2 * PATIENCE_MS).catch(async (error: unknown) => {
        throw new Error(`${String(error)}\n${JSON.stringify(at(await bench.argo.application(nameOf(unit)), 'status') ?? null)}\n${bench.argo.output()}`);
      });
    }
  };
  const push = (): void => void repository.git('push', '-q', '-u', 'origin', 'main');
  /** As a protected branch does: nobody writes to it but by a pull request. */
  const hook = (): string => join(origin, 'hooks', 'pre-receive');
  const protect = (): void => {
    mkdirSync(dirname(hook()), { recursive: true });
    writeFileSync(hook(), `#!/bin/sh\nwhile read -r old new ref; do case "$ref" in refs/heads/hydrated/*) echo protected >&2; exit 1;; esac; done\n`);
    chmodSync(hook(), 0o755);
  };
  const unprotect = (): void => rmSync(hook());

  before(async function () {
    this.timeout(1_200_000);
    bench = await sharedArgo();
    await bench.argo.withHydrator();
    namespace = await bench.cluster.namespace('argo-dry');
    repository = new Scratch();
    origin = join(repository.base, 'origin.git');
    execFileSync('git', ['init', '-q', '--bare', '-b', 'main', origin], { env: repository.env });
    const repoURL = `file://${origin}`;
    repository.git('remote', 'add', 'origin', repoURL);
    const dry = repository.commit(FILES);
    push();
    for (const unit of UNITS) {
      const spec: JsonObject = {
        project: 'default',
        sourceHydrator: { drySource: { repoURL, path: `dry/${unit}`, targetRevision: 'main' }, syncSource: { targetBranch: branchOf(unit), path: unit } },
        destination: { server: 'https://kubernetes.default.svc', namespace },
      };
      await bench.cluster.apply({ apiVersion: 'argoproj.io/v1alpha1', kind: 'Application', metadata: { name: nameOf(unit), namespace: ARGO_NAMESPACE }, spec }, 'bench');
    }
    await hydrated(dry);
    await syncAll();
    open = await openEngine({ cluster: bench.cluster, repository });
  });
  after(async () => {
    await (open as OpenEngine | undefined)?.close();
    await bench.cluster.kubectl(['delete', 'application', ...UNITS.map(nameOf), '-n', ARGO_NAMESPACE, '--wait=false']);
    repository.dispose();
  });

  const stateOf = (snapshot: Snapshot, unit: Unit): ApplicationState | undefined => applicationNamed(snapshot, ARGO_NAMESPACE, nameOf(unit));
  const objectOf = (snapshot: Snapshot, unit: Unit): ObjectState | undefined => stateOf(snapshot, unit)?.objects.find(({ ref }) => ref.name === OBJECTS[unit]);
  const line = (snapshot: Snapshot, unit: Unit): string => {
    const verdict = objectOf(snapshot, unit)?.verdict;
    return verdict === undefined ? '' : [verdict.verdict, ...summary(verdict.fields)].join(' ');
  };
  /** Both are alike in all that happens to them. */
  const becomes = (what: string, wanted: string): Promise<Snapshot> =>
    open.until(what, now => UNITS.every(unit => line(now, unit) === wanted), PATIENCE_MS).catch((error: unknown) => {
      throw new Error(`${UNITS.map(unit => line(open.engine.current, unit)).join('\n')}\n${String(error)}`);
    });
  const synced = (): Promise<Snapshot> => becomes('all is in sync', 'in-sync');
  const applied = (snapshot: Snapshot): (string | undefined)[] => UNITS.map(unit => stateOf(snapshot, unit)?.application?.appliedRevision);

  it('is in sync, at the dry commit that its branch was rendered from', async () => {
    const snapshot = await synced();
    const dry = repository.git('rev-parse', 'HEAD');
    assert.deepEqual(applied(snapshot), [dry, dry]);
    // What was applied is another commit, of another branch.
    const revision = textAt(await bench.argo.application(nameOf('plain')), 'status', 'sync', 'revision');
    assert.equal(revision, execFileSync('git', ['-C', origin, 'rev-parse', branchOf('plain')], { encoding: 'utf8', env: repository.env }).trim());
    assert.notEqual(revision, dry);
    assert.deepEqual(UNITS.map(unit => stateOf(snapshot, unit)?.objects.map(({ ref }) => ref.name)), [['settings'], ['web']]);
  });

  it('drift stands at the line of the dry source that sets it', async () => {
    for (const unit of UNITS) await bench.cluster.kubectl(['patch', `configmap/${OBJECTS[unit]}`, '-n', namespace, '-p', '{"data":{"level":"debug"}}']);
    await becomes('the drift', 'drift .data.level drift:changed overwritten');
    const snapshot = await open.until('what sets it in the overlay', now => objectOf(now, 'overlay')?.verdict.fields[0]?.set !== undefined, PATIENCE_MS);
    const [plain, overlay] = [objectOf(snapshot, 'plain'), objectOf(snapshot, 'overlay')];
    assert.equal(plain?.manifest?.file, join(repository.root, 'dry/plain/settings.yaml'));
    assert.match(FILES['dry/plain/settings.yaml'].slice(plain.verdict.fields[0]?.at.start), /^(?:level: )?info\n/);
    const set = overlay?.verdict.fields[0]?.set;
    assert.equal(set?.file, join(repository.root, 'dry/overlay/kustomization.yaml'));
    assert.match(FILES['dry/overlay/kustomization.yaml'].slice(set.range?.start), /^(?:level: )?warn\n/);
    await syncAll();
    await synced();
  });

  it('a dry commit is pending while it is not pushed, not hydrated, and hydrated but not synced; then in sync', async () => {
    const before = repository.git('rev-parse', 'HEAD');
    const texts = { 'dry/plain/settings.yaml': config('settings', 'error'), 'dry/overlay/kustomization.yaml': FILES['dry/overlay/kustomization.yaml'].replace('warn', 'error') };
    const dry = repository.commit(texts);
    open.changed(Object.keys(texts).map(path => join(repository.root, path)));
    await open.engine.refresh();
    await becomes('it is not pushed', 'pending .data.level pending:changed (unpushed) none');
    protect();
    push();
    await open.engine.refresh();
    for (const unit of UNITS) await asksAgain(unit);
    await hydration('refused', application => textAt(application, 'status', 'sourceHydrator', 'lastComparedDryRevision') === dry && textAt(application, 'status', 'sourceHydrator', 'currentOperation', 'phase') === 'Failed');
    assert.deepEqual(applied(await becomes('it is not hydrated', 'pending .data.level pending:changed (unreconciled) overwritten')), [before, before]);
    unprotect();
    for (const unit of UNITS) await asksAgain(unit);
    await hydrated(dry);
    await becomes('it is not synced', 'pending .data.level pending:changed (unreconciled) overwritten');
    // The commit that was synced says itself what it was rendered from, once this clone has it.
    await open.until('its base is not said any more', now => applied(now).every(commit => commit === undefined), PATIENCE_MS);
    repository.git('fetch', '-q', 'origin');
    await open.engine.refresh();
    const known = await open.until('its base is known', now => applied(now).every(commit => commit === before), PATIENCE_MS);
    assert.match(stateOf(known, 'plain')?.evidence.at(-1) ?? '', new RegExp(`which was rendered from commit ${before.slice(0, 8)}, as hydrator\\.metadata in it says$`));
    for (const unit of UNITS) await bench.cluster.kubectl(['patch', `configmap/${OBJECTS[unit]}`, '-n', namespace, '-p', '{"data":{"level":"debug"}}']);
    await becomes('it changed in the cluster, too', 'conflict .data.level conflict:changed (unreconciled) overwritten');
    await syncAll();
    // What was applied shows before the Application says of which commit it is.
    await open.until('it is of the dry commit', now => applied(now).every(commit => commit === dry), PATIENCE_MS);
    await synced();
  });
});
