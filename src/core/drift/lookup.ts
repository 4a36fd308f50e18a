import { isArray, isObject, member, sameJson, type Json } from '../base/json';
import type { Path, PathElement } from '../kube/path';

/** The value at a path of another version of the object; `undefined` when it has none. A key field that an item leaves out matches anything: it has its default. */
export function lookup(value: Json | null | undefined, path: Path): Json | undefined {
  let here: Json | undefined = value ?? undefined;
  for (const step of path) {
    here = stepInto(here, step);
    if (here === undefined) return undefined;
  }
  return here;
}

function stepInto(value: Json | undefined, step: PathElement): Json | undefined {
  switch (step.kind) {
    case 'field':
      return member(value, step.name);
    case 'index':
      return isArray(value) ? value[step.index] : undefined;
    case 'value':
      return isArray(value) ? value.find(item => sameJson(item, step.value)) : undefined;
    case 'key':
      return isArray(value) ? value.find(item => isObject(item) && matches(item, step.fields)) : undefined;
  }
}

function matches(item: Json, fields: readonly (readonly [string, Json])[]): boolean {
  let present = 0;
  for (const [name, wanted] of fields) {
    const value = member(item, name);
    if (value === undefined) continue;
    if (!sameJson(value, wanted)) return false;
    present++;
  }
  return present > 0;
}
