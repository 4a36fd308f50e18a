import { at, isObject, type JsonObject } from '../base/json';
import type { Path } from '../kube/path';

/** The applier turns a Secret's `stringData` into `data`; the file may have the key in either. */
export function inFile(object: JsonObject, path: Path): Path {
  const [first, second] = path;
  const isData = first?.kind === 'field' && first.name === 'data' && second?.kind === 'field';
  const clear = at(object, 'stringData');
  if (!isData || !isObject(clear) || !Object.hasOwn(clear, second.name)) return path;
  return [{ kind: 'field', name: 'stringData' }, ...path.slice(1)];
}
