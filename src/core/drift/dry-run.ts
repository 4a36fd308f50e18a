import { isArray, isObject, listAt, member, sameJson, textAt, type Json, type JsonObject } from '../base/json';
import { isClusterError } from '../cluster/errors';
import type { Live } from '../kube/live';
import type { Path } from '../kube/path';
import { redactText, secretsOf } from '../kube/secret-text';
import type { Draft } from './collapse';
import type { JudgeInput } from './judge-input';
import { lookup } from './lookup';
import type { Decision } from './verdict-table';

/** What the server said to a dry-run of the applier's own request (`reference/drift.md` 2.5). Its words hold no secret. */
export type DryRunAnswer =
  | { readonly kind: 'answered'; readonly object: Live; readonly warnings: readonly string[] }
  /** It would not accept the request. `field` is in its own notation. */
  | { readonly kind: 'refused'; readonly message: string; readonly causes: readonly { readonly field: string; readonly message: string }[] }
  /** A webhook stands in the way that cannot tell a trial from the real thing. */
  | { readonly kind: 'unsupported'; readonly message: string }
  | { readonly kind: 'forbidden' }
  /** Nothing was sent, or no answer came; one sentence. */
  | { readonly kind: 'notAsked'; readonly reason: string };

/** The server's no as an answer. Rethrows what is no `ClusterError`, and a cancellation. */
export function refusalAnswer(error: unknown, { desired, live }: Pick<JudgeInput, 'desired' | 'live'>): DryRunAnswer {
  if (!isClusterError(error) || error.kind === 'aborted') throw error;
  const secrets = [...secretsOf(desired), ...(live.kind === 'present' ? secretsOf(live.object) : [])];
  const clear = (text: string): string => redactText(text, secrets);
  if (error.kind === 'denied' || error.kind === 'unauthenticated') return { kind: 'forbidden' };
  const message = clear(textAt(error.answer, 'message') ?? error.message);
  if (error.status === 400 && /does not support dry.?run/i.test(message)) return { kind: 'unsupported', message };
  if (error.kind !== 'invalid' && error.kind !== 'conflict') return { kind: 'notAsked', reason: clear(error.message) };
  const causes = listAt(error.answer, 'details', 'causes').map(cause => ({ field: textAt(cause, 'field') ?? '', message: clear(textAt(cause, 'message') ?? '') }));
  return { kind: 'refused', message, causes };
}

/** The differences after the server was asked. What it said decides what was open, and what it would refuse is not called drift that corrects itself. */
export function withAnswer(drafts: readonly Draft[], input: JudgeInput, live: JsonObject): readonly Draft[] {
  const { dryRun } = input;
  if (dryRun?.kind === 'answered') return drafts.map(draft => ({ ...draft, decision: answered(draft, dryRun.object, live, input) ?? draft.decision }));
  if (dryRun?.kind === 'refused') return refused(drafts, dryRun, input.desired);
  return drafts;
}

function answered({ path, decision, git, base }: Draft, object: JsonObject, live: JsonObject, input: JudgeInput): Decision | undefined {
  const rewritten = decision.verdict === 'equivalent' && decision.afterResume === undefined;
  if (decision.verdict !== 'undecided' && !rewritten) return undefined;
  if (sameJson(lookup(object, path), lookup(live, path))) return rewritten ? undefined : { verdict: 'equivalent', detail: 'changed', certain: true, reason: 'the server was asked: an apply leaves the live value as it is' };
  const said = 'the server was asked, and an apply would change it';
  if (input.base.kind !== 'unknown' && !sameJson(base, git)) return { verdict: 'pending', detail: 'changed', certain: true, reason: `${said}; Git has moved since the last one` };
  return { verdict: 'drift', detail: decision.detail ?? 'changed', certain: input.base.kind === 'known', reason: `${said}; who set it is not recorded` };
}

const OPEN: ReadonlySet<string> = new Set(['drift', 'conflict', 'pending', 'undecided', 'blocked']);

function refused(drafts: readonly Draft[], { message, causes }: DryRunAnswer & { readonly kind: 'refused' }, desired: JsonObject): readonly Draft[] {
  const differs = drafts.filter(({ decision }) => OPEN.has(decision.verdict) && decision.detail !== 'order');
  if (differs.length === 0) {
    const places = causes.flatMap(({ field, message: why }) => {
      const path = pathOf(desired, field);
      return path ? [invalid(path, lookup(desired, path), `the API server refuses it: ${why}`)] : [];
    });
    return [...drafts, ...(places.length > 0 ? places : [invalid([], undefined, `the API server refuses it: ${message}`)])];
  }
  const named = differs.filter(({ path }) => causes.some(({ field }) => concerns(field, path, desired)));
  const blamed = new Set(named.length > 0 ? named : differs);
  const words = causes.map(({ field, message: why }) => `${field}: ${why}`).join('; ');
  return drafts.map(draft => (blamed.has(draft) ? { ...draft, decision: { verdict: 'blocked', detail: draft.decision.detail, certain: true, reason: `the server was asked, and refuses an apply: ${words === '' ? message : words}` } } : draft));
}

const invalid = (path: Path, git: Json | undefined, reason: string): Draft => ({ path, git, live: undefined, base: undefined, owners: [], decision: { verdict: 'invalid', detail: undefined, certain: true, reason } });

/** Whether the server's field is this one, something in it, or what it stands in. */
function concerns(field: string, path: Path, desired: JsonObject): boolean {
  const [theirs, ours] = [plain(field), plain(notationOf(desired, path))];
  return theirs !== '' && (theirs === ours || theirs.startsWith(`${ours}.`) || theirs.startsWith(`${ours}[`) || ours.startsWith(`${theirs}.`) || ours.startsWith(`${theirs}[`));
}

const plain = (field: string): string => field.replace(/^\./, '');

/** A path as validation writes it, list items by their index: `spec.ports[0].name`. */
function notationOf(object: JsonObject, path: Path): string {
  let here: Json | undefined = object;
  let text = '';
  for (const step of path) {
    const below: Json | undefined = lookup(here, [step]);
    text += step.kind === 'field' ? `.${step.name}` : `[${isArray(here) && below !== undefined ? here.indexOf(below) : -1}]`;
    here = below;
  }
  return text;
}

/** The path in the manifest that the server's text means, or of the nearest thing around it; `undefined` when there is none. */
function pathOf(object: JsonObject, field: string): Path | undefined {
  const found: Path[] = [];
  const visit = (value: Json, path: Path, text: string): void => {
    if (path.length > 0 && (text === plain(field) || plain(field).startsWith(`${text}.`) || plain(field).startsWith(`${text}[`))) found.push(path);
    else if (path.length > 0) return;
    if (isObject(value)) for (const name of Object.keys(value)) visit(member(value, name) ?? null, [...path, { kind: 'field', name }], text === '' ? name : `${text}.${name}`);
    if (isArray(value)) value.forEach((item, index) => visit(item, [...path, { kind: 'index', index }], `${text}[${index}]`));
  };
  visit(object, [], '');
  return found.at(-1);
}

/** What a person should know of the answer beside the verdict. */
export function answerNotes({ dryRun }: Pick<JudgeInput, 'dryRun'>): string[] {
  switch (dryRun?.kind) {
    case undefined:
    case 'refused':
      return [];
    case 'answered':
      return ['verified with the API server', ...dryRun.warnings.map(warning => `the API server warns: ${warning}`)];
    case 'unsupported':
      return [`compared locally only: a webhook does not support dry-run (${dryRun.message})`];
    case 'forbidden':
      return ['local comparison, no patch permission'];
    case 'notAsked':
      return [`not verified: ${dryRun.reason}`];
  }
}
