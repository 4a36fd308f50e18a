import { isArray, isObject, member, textAt, type Json, type JsonObject } from '../base/json';
import { field, type Path, type PathElement } from '../kube/path';
import { compareQuantities } from '../kube/quantity';
import type { Draft } from './collapse';
import { lookup } from './lookup';

/** Members of which only one may be set. Structured merging does not know them: it leaves Git's and the one set by hand. */
const UNIONS: readonly ReadonlySet<string>[] = [new Set(['value', 'valueFrom']), new Set(['httpGet', 'tcpSocket', 'exec', 'grpc'])];

/**
 * Why an apply of Git's state would be refused although each field by itself may be set (`reference/drift.md` 1.1, facts
 * 8 and 9); `undefined` when it would not. The dry-run that an applier makes first comes before any takeover of managers,
 * so what people set by hand is still there then.
 */
export function clash(draft: Draft, desired: JsonObject, live: JsonObject): string | undefined {
  const { verdict, detail } = draft.decision;
  if (verdict !== 'drift' && verdict !== 'conflict') return undefined;
  if (detail === 'removed') return unionClash(draft.path, desired, live) ?? portClash(draft, desired, live);
  return detail === 'changed' ? (strategyClash(draft, live) ?? limitClash(draft, desired, live)) : undefined;
}

/** Argo CD types the live object before it applies with server-side apply, and an item that is there twice fails that (gitops-engine, `removeWebhookMutation`). */
export function liveTwice(path: Path, live: JsonObject): string | undefined {
  const step = path.at(-1);
  const list = lookup(live, path.slice(0, -1));
  if (step?.kind !== 'key' || !isArray(list)) return undefined;
  const same = list.filter(item => lookup([item], [step]) !== undefined);
  return same.length > 1 ? 'the live list has this item twice: Argo CD then syncs nothing of the whole application' : undefined;
}

function strategyClash({ path, git }: Draft, live: JsonObject): string | undefined {
  if (!isNamed(path.at(-1), 'type') || !isNamed(path.at(-2), 'strategy') || git !== 'Recreate') return undefined;
  const rolling = member(lookup(live, path.slice(0, -1)), 'rollingUpdate');
  return rolling === undefined ? undefined : 'rollingUpdate would stay and may not be set when the type is Recreate';
}

/** A request that Git does not set, and that stays, above the limit that Git sets. */
function limitClash({ path, git }: Draft, desired: JsonObject, live: JsonObject): string | undefined {
  const last = path.at(-1);
  if (git === undefined || last?.kind !== 'field' || !isNamed(path.at(-2), 'limits') || !isNamed(path.at(-3), 'resources')) return undefined;
  const request: Path = [...path.slice(0, -2), field('requests'), last];
  const amount = lookup(live, request);
  if (amount === undefined || lookup(desired, request) !== undefined) return undefined;
  return (compareQuantities(amount, git, true) ?? 0) > 0 ? `the request of ${last.name} that the cluster has would be above its limit` : undefined;
}

const isNamed = (step: PathElement | undefined, name: string): boolean => step?.kind === 'field' && step.name === name;

/** Looks at each member on the way up to the list item that holds the field. */
function unionClash(path: Path, desired: JsonObject, live: JsonObject): string | undefined {
  for (let end = path.length - 1; end >= 0; end--) {
    const step = path[end];
    if (step?.kind !== 'field') return undefined;
    const [ours, theirs] = [lookup(desired, path.slice(0, end)), lookup(live, path.slice(0, end))];
    const group = UNIONS.find(names => names.has(step.name));
    const isVolume = path[end - 1]?.kind === 'key' && isNamed(path[end - 2], 'volumes');
    if (!isObject(theirs) || (!group && !isVolume)) continue;
    const isRival = (name: string): boolean => name !== step.name && (group ? group.has(name) : name !== 'name') && member(ours, name) === undefined && theirs[name] !== '';
    const rival = Object.keys(theirs).find(isRival);
    if (rival !== undefined) return `${step.name} and ${rival} would both be set`;
  }
  return undefined;
}

/** A port whose number was changed by hand is another item to the server: both would have the one name. */
function portClash({ path, git }: Draft, desired: JsonObject, live: JsonObject): string | undefined {
  const name = textAt(git, 'name');
  if (name === undefined || path.at(-1)?.kind !== 'key' || !isNamed(path.at(-2), 'ports')) return undefined;
  const listed = (object: JsonObject): readonly Json[] => {
    const list = lookup(object, path.slice(0, -1));
    return isArray(list) ? list : [];
  };
  const twin = listed(live).find(item => textAt(item, 'name') === name);
  if (twin === undefined || listed(desired).some(item => samePort(item, twin))) return undefined;
  return `two ports would have the name ${name}`;
}

const samePort = (a: Json, b: Json): boolean => ['containerPort', 'port'].some(key => member(a, key) !== undefined && member(a, key) === member(b, key));
