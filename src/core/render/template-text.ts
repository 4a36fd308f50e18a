import { textAt } from '../base/json';
import type { MapNode } from '../manifests/document';
import { readDocuments } from '../manifests/documents';

/**
 * A template with its actions taken out, every other character in its place: what stands alone on its lines becomes blank, what
 * stands within a line letters. It is read for places only; its values mean nothing.
 */
export const withoutActions = (template: string): string =>
  template.replace(/^([ \t]*)((?:\{\{(?:[^}]|\}(?!\}))*\}\}[ \t]*)+)(?=\r?$)|\{\{(?:[^}]|\}(?!\}))*\}\}/gm, (all: string, indent: string | undefined) =>
    all.replace(/[^\r\n]/g, indent === undefined ? 'x' : ' '),
  );

/** The document of a template that an object of this kind and name comes from, as far as it can be read without being rendered. */
export function documentOf(template: string, kind: string, name: string): { readonly root: MapNode; readonly document: number } | undefined {
  const documents = readDocuments(withoutActions(template), 'K2').flatMap(({ root }, i) => (root?.kind === 'map' ? [{ root, document: i + 1 }] : []));
  const alike = documents.filter(({ root }) => textAt(root.value, 'kind') === kind);
  return alike.find(({ root }) => textAt(root.value, 'metadata', 'name') === name) ?? alike[0] ?? (documents.length === 1 ? documents[0] : undefined);
}
