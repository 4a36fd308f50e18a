import { at, isArray, isObject, member, sameJson, type Json } from '../base/json';

/** Where in a value: member names and list positions. */
export type Place = readonly (string | number)[];

/**
 * The part of jq that ignore rules are mostly written in: `.a."b-c"["d"][0]`, `[]` for every item or member, `?`, and
 * `select(.x.y == "value")` between pipes.
 */
export type JqPath = readonly JqStep[];

type JqStep =
  | { readonly kind: 'member'; readonly name: string; readonly optional: boolean }
  | { readonly kind: 'item'; readonly index: number; readonly optional: boolean }
  | { readonly kind: 'each'; readonly optional: boolean }
  | { readonly kind: 'select'; readonly path: readonly string[]; readonly value: Json };

const NAME = /^\.([A-Za-z_][A-Za-z0-9_]*)/;
const QUOTED = /^\.?\[?("(?:[^"\\]|\\.)*")\]?/;
const INDEX = /^\.?\[(\d+)\]/;
const EACH = /^\.?\[\]/;
const SELECT = /^\|\s*select\(\s*((?:\.[A-Za-z_][A-Za-z0-9_]*|\."(?:[^"\\]|\\.)*")+)\s*==\s*("(?:[^"\\]|\\.)*"|\d+|true|false|null)\s*\)\s*/;
const PIPE = /^\|\s*(?=[.[])/;

/** `undefined` for an expression that says more than a path. */
export function parseJqPath(expression: string): JqPath | undefined {
  const steps: JqStep[] = [];
  let rest = expression.trim();
  if (!rest.startsWith('.')) return undefined;
  while (rest !== '') {
    const found = nextStep(rest);
    if (!found) return undefined;
    rest = rest.slice(found.length).trimStart();
    const optional = rest.startsWith('?');
    if (optional) rest = rest.slice(1).trimStart();
    if (found.step) steps.push(found.step.kind === 'select' ? found.step : { ...found.step, optional });
  }
  return steps.length === 0 ? undefined : steps;
}

interface Found {
  readonly length: number;
  /** Absent for a pipe that only joins. */
  readonly step?: JqStep;
}

function nextStep(text: string): Found | undefined {
  const each = EACH.exec(text);
  if (each) return { length: each[0].length, step: { kind: 'each', optional: false } };
  const index = INDEX.exec(text);
  if (index) return { length: index[0].length, step: { kind: 'item', index: Number(index[1]), optional: false } };
  const name = NAME.exec(text);
  if (name?.[1] !== undefined) return { length: name[0].length, step: { kind: 'member', name: name[1], optional: false } };
  const quoted = /^(?:\."|\.?\[")/.test(text) ? QUOTED.exec(text) : null;
  const key = quoted?.[1] === undefined || quoted[0].includes('[') !== quoted[0].endsWith(']') ? undefined : stringIn(quoted[1]);
  if (quoted && key !== undefined) return { length: quoted[0].length, step: { kind: 'member', name: key, optional: false } };
  const select = SELECT.exec(text);
  if (select?.[1] !== undefined && select[2] !== undefined) return { length: select[0].length, step: { kind: 'select', path: namesIn(select[1]), value: valueIn(select[2]) } };
  const pipe = PIPE.exec(text);
  return pipe ? { length: pipe[0].length } : undefined;
}

/** A quoted text without interpolation. */
function stringIn(quoted: string): string | undefined {
  const value = quoted.includes('\\(') ? undefined : valueIn(quoted);
  return typeof value === 'string' ? value : undefined;
}

function valueIn(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return null;
  }
}

const namesIn = (text: string): string[] => [...text.matchAll(/\.(?:([A-Za-z_][A-Za-z0-9_]*)|("(?:[^"\\]|\\.)*"))/g)].map(([, plain, quoted]) => plain ?? stringIn(quoted ?? '') ?? '');

/** Every place that the path leads to. `undefined` where jq fails: what fails deletes nothing, whatever else it would have found. */
export function placesOf(value: Json, path: JqPath): Place[] | undefined {
  let here: { readonly place: Place; readonly value: Json | undefined }[] = [{ place: [], value }];
  for (const step of path) {
    const next: typeof here = [];
    for (const { place, value: found } of here) {
      const inside = follow(found ?? null, step);
      if (!inside) return undefined;
      next.push(...inside.map(({ key, value: below }) => ({ place: key === undefined ? place : [...place, key], value: below })));
    }
    here = next;
  }
  return here.map(({ place }) => place);
}

interface Inside {
  readonly key: string | number | undefined;
  readonly value: Json | undefined;
}

function follow(value: Json, step: JqStep): Inside[] | undefined {
  switch (step.kind) {
    case 'member':
      if (value === null || isObject(value)) return [{ key: step.name, value: member(value ?? undefined, step.name) }];
      return step.optional ? [] : undefined;
    case 'item':
      if (value === null || isArray(value)) return [{ key: step.index, value: isArray(value) ? value[step.index] : undefined }];
      return step.optional ? [] : undefined;
    case 'each':
      if (isArray(value)) return value.map((item, key) => ({ key, value: item }));
      if (isObject(value)) return Object.entries(value).map(([key, item]) => ({ key, value: item }));
      return step.optional ? [] : undefined;
    case 'select':
      return sameJson(at(value, ...step.path) ?? null, step.value) ? [{ key: undefined, value }] : [];
  }
}
