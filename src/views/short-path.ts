import { stringifyJson } from '../core/base/json-text';
import type { Path, PathElement } from '../core/kube/path';
import { clean } from '../core/drift/words';

/** Where most fields of workloads live: said by the object's kind already. */
const TEMPLATE = ['spec', 'template', 'spec'] as const;

/** A path for a narrow row: `containers[web].image`, `metadata.labels.tier`, `replicas`. The full one stands in the tooltip. */
export function shortPath(path: Path): string {
  const skipped = TEMPLATE.every((name, i) => isField(path[i], name)) ? TEMPLATE.length : isField(path[0], 'spec') && path.length > 1 ? 1 : 0;
  return clean(path.slice(skipped).map(elementText).join('').replace(/^\./, ''), 80);
}

const isField = (element: PathElement | undefined, name: string): boolean => element?.kind === 'field' && element.name === name;

function elementText(element: PathElement): string {
  switch (element.kind) {
    case 'field':
      return `.${element.name}`;
    case 'key':
      return `[${element.fields.map(([, value]) => (typeof value === 'string' ? value : stringifyJson(value))).join(',')}]`;
    case 'value':
      return `[${stringifyJson(element.value)}]`;
    case 'index':
      return `[${element.index}]`;
  }
}
