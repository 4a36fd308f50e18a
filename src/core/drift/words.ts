import type { Json } from '../base/json';
import { stringifyJson } from '../base/json-text';
import { formatPath, type Path } from '../kube/path';
import { atDifferingLine } from './differing-line';
import type { FieldVerdict, ObjectVerdict, Owner, PendingStage, ShownValue, Verdict } from './verdict';

/** Colours by meaning; views map them to theme colours. */
export type Tone = 'orange' | 'red' | 'blue' | 'grey' | 'dim' | 'green';

/** How a verdict shows (`product.md`). `letter` is the Explorer badge; none for what needs no attention. */
export interface VerdictLook {
  readonly label: string;
  readonly letter: string | undefined;
  readonly tone: Tone;
}

const LOOKS: Readonly<Record<Verdict | 'extra', VerdictLook>> = {
  drift: { label: 'drifted', letter: '!', tone: 'orange' },
  conflict: { label: 'conflict', letter: 'C', tone: 'red' },
  missing: { label: 'missing', letter: '?', tone: 'orange' },
  orphan: { label: 'orphan', letter: 'O', tone: 'orange' },
  invalid: { label: 'invalid', letter: 'X', tone: 'red' },
  blocked: { label: 'blocked', letter: 'B', tone: 'red' },
  pending: { label: 'pending', letter: 'P', tone: 'blue' },
  undecided: { label: 'not sure', letter: '~', tone: 'grey' },
  unknown: { label: 'unknown', letter: '-', tone: 'grey' },
  skipped: { label: 'skipped', letter: undefined, tone: 'dim' },
  equivalent: { label: 'equivalent', letter: undefined, tone: 'green' },
  'in-sync': { label: 'in sync', letter: undefined, tone: 'green' },
  extra: { label: 'extra (kept)', letter: undefined, tone: 'dim' },
};

export const lookOf = (verdict: Verdict | 'extra'): VerdictLook => LOOKS[verdict];

const STAGES: Readonly<Record<PendingStage, string>> = {
  unsaved: 'not saved',
  uncommitted: 'not committed',
  unpushed: 'not pushed',
  unreconciled: 'not yet applied',
  behind: 'your checkout is older than what is applied',
};

export const stageText = (stage: PendingStage): string => STAGES[stage];

// Control, zero-width, bidirectional and line-separator characters: invisible, or able to reorder what stands around them.
const UNSAFE = /[\p{Cc}\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/gu;

/** One line of text from outside, fit to be shown: nothing invisible, nothing that reorders, at most `max` characters. */
export function clean(text: string, max = 200): string {
  // Clipped first: a value may be megabytes long. Escaping only makes it longer.
  const safe = text.slice(0, max + 1).replace(UNSAFE, escapeCharacter);
  return safe.length > max ? `${safe.slice(0, max - 1)}…` : safe;
}

function escapeCharacter(c: string): string {
  if (c === '\n') return '⏎';
  if (c === '\t') return '⇥';
  return `\\u${(c.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`;
}

/** A value on one line: text as it is where it cannot be mistaken for something else, else as JSON; Secret data as its size. */
export function valueText(value: ShownValue | undefined, max = 60): string {
  if (value === undefined) return '(none)';
  if (value.kind === 'secret') return `••• ${bytesText(value.bytes)}`;
  return jsonText(value.value, max);
}

function jsonText(value: Json, max: number): string {
  if (typeof value === 'string') return value !== '' && value.trim() === value && !LOOKS_LIKE_ANOTHER_TYPE.test(value) ? clean(value, max) : clean(`"${value}"`, max);
  return clean(stringifyJson(value), max);
}

const LOOKS_LIKE_ANOTHER_TYPE = /^(?:true|false|null|~|[-+]?[\d.].*|[[{"'].*)$/is;

export const bytesText = (bytes: number): string => `${bytes} byte${bytes === 1 ? '' : 's'}`;

const UI_CLIENTS = /^(?:mozilla|node-fetch|axios|openlens|lens|freelens|headlamp|dashboard|kubernetes-dashboard|rancher|k9s|kubernetes-client-javascript|openapi-generator)/i;

/** What a field manager's name most likely means (`reference/drift.md` 2.8). The name is the client's claim, never an authenticated user. */
export function managerText(owner: Pick<Owner, 'manager' | 'operation' | 'subresource'>): string {
  const { manager, operation, subresource } = owner;
  if (manager === 'kubectl' && subresource === 'scale') return 'kubectl scale';
  if (manager === 'kubectl' && operation === 'Apply') return 'kubectl apply --server-side';
  if (manager === 'kubectl-client-side-apply') return 'kubectl apply';
  if (manager === 'kube-controller-manager' && subresource === 'scale') return 'autoscaler (HPA)';
  if (manager === 'argocd-server') return 'Argo CD UI';
  if (manager === 'before-first-apply') return 'someone, before tracking began';
  if (manager === 'ancient-changes') return 'someone, long ago';
  if (manager === 'kustomize-controller') return operation === 'Apply' ? 'Flux' : 'Flux (as Update)';
  const name = clean(manager, 60);
  const verb = /^kubectl-([a-z]+)$/.exec(manager)?.[1];
  const words = verb === undefined ? name : `kubectl ${verb}`;
  const through = subresource === undefined ? '' : ` /${clean(subresource, 30)}`;
  return UI_CLIENTS.test(manager) && !/^(?:k9s|rancher)$/i.test(manager) ? `${words}${through} (a UI)` : `${words}${through}`;
}

/** "kubectl edit, at or before 14:02". `now` in milliseconds; `zone` an IANA name, the machine's own when left out. */
export function ownerText(owner: Owner, now: number, zone?: string): string {
  const time = owner.time === undefined ? undefined : timeText(owner.time, now, zone);
  return time === undefined ? managerText(owner) : `${managerText(owner)}, at or before ${time}`;
}

/** "14:02" today, "Nov 23, 14:02" on another day, with the year in another year. `undefined` for what is no time. */
export function timeText(rfc3339: string, now: number, zone?: string): string | undefined {
  const at = Date.parse(rfc3339);
  if (Number.isNaN(at)) return undefined;
  const timeZone = zone === undefined ? {} : { timeZone: zone };
  const day = (ms: number): string => new Intl.DateTimeFormat('en-CA', { ...timeZone, dateStyle: 'short' }).format(ms);
  const [today, then] = [day(now), day(at)];
  const clock = new Intl.DateTimeFormat('en-GB', { ...timeZone, hour: '2-digit', minute: '2-digit' }).format(at);
  if (today === then) return clock;
  const year = today.slice(0, 4) === then.slice(0, 4) ? {} : ({ year: 'numeric' } as const);
  return `${new Intl.DateTimeFormat('en-US', { ...timeZone, month: 'short', day: 'numeric', ...year }).format(at)}, ${clock}`;
}

/** Who did it, for the end of a line; empty when nobody is known. */
function by(field: FieldVerdict): string {
  const first = field.owners[0];
  return first === undefined ? '' : ` · ${managerText(first)}`;
}

/** The text after the line of a field, or `undefined` where nothing is to be said. */
export function afterText(whole: FieldVerdict): string | undefined {
  const field = atDifferingLine(whole);
  const live = `live: ${valueText(field.live)}`;
  switch (field.verdict) {
    case 'drift':
      return driftText(field, live);
    case 'conflict':
      return `${live}${by(field)} · Git changed it too${field.base === undefined ? '' : ` (was ${valueText(field.base, 30)})`}`;
    case 'pending':
      return `${pendingWhat(field, live)}${field.stage === undefined ? '' : ` · ${stageText(field.stage)}`}`;
    case 'undecided':
      return `${live} · not sure`;
    case 'blocked':
      return `${live}${by(field)} · an apply would be refused`;
    case 'invalid':
      return clean(field.reason, 120);
    case 'missing':
    case 'orphan':
    case 'unknown':
    case 'skipped':
    case 'equivalent':
    case 'in-sync':
    case 'extra':
      return undefined;
  }
}

function driftText(field: FieldVerdict, live: string): string {
  const last = lastStep(field.path);
  switch (field.detail) {
    case 'removed':
      return `live: removed${field.git === undefined || field.path.at(-1)?.kind === 'field' ? '' : ` ${last}`}`;
    case 'extra':
      return `live only: ${last}${inline(field.live)}${by(field)}${field.afterResume === 'deleted' ? ' · will be deleted' : ''}`;
    case 'order':
      return 'live: another order';
    case 'changed':
    case undefined:
      return `${live}${by(field)}`;
  }
}

function pendingWhat(field: FieldVerdict, live: string): string {
  if (field.git === undefined) return `still live: ${lastStep(field.path)}${inline(field.live)}`;
  return field.live === undefined ? 'not live' : live;
}

/** `=2` for a scalar; an item of a list is named by its path already. */
function inline(value: ShownValue | undefined): string {
  if (value === undefined) return '';
  if (value.kind === 'value' && typeof value.value === 'object' && value.value !== null) return '';
  return `=${valueText(value, 40)}`;
}

/** The end of a path that names something: `env[name="B"]`, `replicas`. */
export function lastStep(path: Path): string {
  let from = path.length - 1;
  while (from > 0 && path[from]?.kind !== 'field') from--;
  const last = path.slice(Math.max(from, 0));
  const names = last[0]?.kind === 'field' && last.length > 1 ? formatPath(last) : formatPath(path.slice(-1));
  return clean(names.replace(/^\./, ''), 60);
}

export const pathText = (path: Path, max = 160): string => clean(formatPath(path), max);

/** Says one object's verdict in a few words: "Drifted: 2 fields", "In sync". For CodeLens, tree and hover. */
export function verdictTitle(object: ObjectVerdict): string {
  const count = (verdict: Verdict): number => object.fields.filter(field => field.verdict === verdict && field.detail !== 'order').length;
  switch (object.verdict) {
    case 'drift':
      return withMore(`Drifted: ${fieldsText(count('drift'))}`, count, ['conflict', 'invalid', 'blocked', 'pending', 'undecided']);
    case 'conflict':
      return withMore(`Conflict: ${fieldsText(count('conflict'))}`, count, ['invalid', 'blocked', 'pending', 'undecided']);
    case 'blocked':
      return withMore(`Blocked: ${fieldsText(count('blocked'))}`, count, ['pending', 'undecided']);
    case 'invalid':
      return `Invalid: ${clean(object.reason, 100)}`;
    case 'pending':
      return withMore(pendingTitle(object, count('pending')), count, ['undecided']);
    case 'undecided':
      return `Not sure: ${clean(object.reason, 100)}`;
    case 'unknown':
      return `Unknown: ${unknownText(object)}`;
    case 'skipped':
      return `Skipped: ${count('skipped') > 0 ? fieldsText(count('skipped')) : clean(object.reason, 100)}`;
    case 'missing':
      return 'Missing in the cluster';
    case 'orphan':
      return 'In the cluster, not in Git';
    case 'equivalent':
    case 'in-sync':
      return 'In sync';
  }
}

/** Why nothing is known, in a few words. The server's own, which name user, verb and kind, stand in the whole reason. */
export const unknownText = ({ reason }: ObjectVerdict): string => (reason.startsWith('forbidden: ') ? 'no permission to read it' : clean(reason, 100));

function pendingTitle(object: ObjectVerdict, fields: number): string {
  if (fields === 0) return `Pending: ${clean(object.reason, 100)}`;
  const stage = object.fields.find(field => field.verdict === 'pending')?.stage;
  return `Pending: ${fieldsText(fields)}${stage === undefined ? '' : ` ${stageText(stage)}`}`;
}

const fieldsText = (count: number): string => (count === 0 ? 'order of a list' : `${count} field${count === 1 ? '' : 's'}`);

const MORE: Readonly<Partial<Record<Verdict, string>>> = { conflict: 'in conflict', invalid: 'invalid', blocked: 'blocked', pending: 'pending', undecided: 'not sure' };

/** What is behind the worst of an object is not hidden by it. */
function withMore(text: string, count: (verdict: Verdict) => number, others: readonly Verdict[]): string {
  return [text, ...others.filter(verdict => count(verdict) > 0).map(verdict => `${count(verdict)} ${MORE[verdict] ?? verdict}`)].join(', ');
}
