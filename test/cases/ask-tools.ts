import { at, isObject, member, sameJson, type Json, type JsonObject } from '../../src/core/base/json';
import { skipRule } from '../../src/core/drift/skip';
import type { BenchCluster } from '../bench/cluster';
import type { Outcome } from './runner';
import type { Report } from './tools';

/** The verdict as an answer to the tools' question. */
export function plumblineSays({ verdict: { verdict } }: Outcome): Report {
  switch (verdict) {
    case 'in-sync':
    case 'equivalent':
    case 'skipped':
      return 'same';
    case 'invalid':
      return 'refused';
    case 'undecided':
    case 'unknown':
      return 'unsure';
    case 'drift':
    case 'conflict':
    case 'pending':
    case 'missing':
    case 'orphan':
    case 'blocked':
      return 'differs';
  }
}

/** By its exit code: 0 none, 1 differences, more an error. */
export async function kubectlSays(cluster: BenchCluster, yaml: string, namespace: string, how: readonly string[]): Promise<Report> {
  const { code } = await cluster.tryKubectl(['diff', ...how, '-n', namespace, '-f', '-'], { stdin: yaml });
  return code === 0 ? 'same' : code === 1 ? 'differs' : 'error';
}

/** `flux diff` and the controller's own comparison (fluxcd/pkg ssa `Diff`, `hasDrifted`): what it was told to leave alone it leaves alone; of metadata it compares labels and annotations. */
export async function dryRunSays({ input, live }: Outcome, ask: () => Promise<{ readonly status: number; readonly body: Json }>): Promise<Report> {
  if (skipRule(input.desired, live, input.applier) !== undefined) return 'same';
  // What the controller refuses before it asks the server.
  if (input.invalid !== undefined) return 'error';
  const { status, body } = await ask();
  if (status >= 300 || !isObject(body)) return 'error';
  if (live === undefined) return 'differs';
  return sameJson(compared(live), compared(body)) ? 'same' : 'differs';
}

function compared(object: JsonObject): JsonObject {
  return { ...object, status: null, metadata: { labels: emptyIsNothing(at(object, 'metadata', 'labels')), annotations: emptyIsNothing(member(member(object, 'metadata'), 'annotations')) } };
}

const emptyIsNothing = (map: Json | undefined): Json => (isObject(map) && Object.keys(map).length > 0 ? map : null);
