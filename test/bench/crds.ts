import { at, listAt, textAt, type Json } from '../../src/core/base/json';
import type { BenchCluster } from './cluster';
import { until } from './process';

const PATIENCE_MS = 60_000;

/** Applies these files of CRDs and waits until the server serves every kind of the groups that the pattern names. */
export async function installCrds(cluster: BenchCluster, files: readonly string[], manager: string, groups: RegExp): Promise<void> {
  await cluster.kubectl(['apply', '--server-side', `--field-manager=${manager}`, ...files.flatMap(file => ['-f', file])]);
  await until(`the CRDs of ${manager}`, async () => {
    const { body } = await cluster.request('GET', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions');
    const ours = listAt(body, 'items').filter(crd => groups.test(textAt(crd, 'spec', 'group') ?? ''));
    return ours.length >= files.length && ours.every(crd => conditionOf(crd, 'Established') === 'True');
  }, PATIENCE_MS);
}

/** The status of one of an object's conditions. */
export const conditionOf = (object: Json, type: string): string | undefined => textAt(listAt(at(object, 'status'), 'conditions').find(one => textAt(one, 'type') === type), 'status');
