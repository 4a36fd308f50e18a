import { textOf } from './reach';

/** Whether the cluster serves `apps/v1`, or `apps/v1` and this kind. */
export type Served = (apiVersion: string, kind: string | undefined) => boolean;

const isTemplate = (path: string): boolean => /\.(?:ya?ml|tpl|txt)$/.test(path);

/** The versions that a chart asks for by name and the cluster serves; `undefined`: it asks for one whose name is computed. */
export function askedVersions(files: ReadonlyMap<string, Uint8Array>, served: Served): string[] | undefined {
  const asked = new Set<string>();
  for (const [path, bytes] of files) {
    if (!isTemplate(path)) continue;
    for (const [, name] of textOf(bytes).matchAll(/APIVersions\.Has\s*\(?\s*(?:"([^"]*)"|.)/g)) {
      if (name === undefined) return undefined;
      asked.add(name);
    }
  }
  return [...asked].filter(name => {
    // `v1`, `v1/Pod`, `apps/v1`, `apps/v1/Deployment`.
    const [, apiVersion, kind] = /^((?:[^/]+\/)?v\d[^/]*)(?:\/([^/]+))?$/.exec(name) ?? [];
    return apiVersion !== undefined && served(apiVersion, kind);
  });
}

/** Functions of templates that give something else each time. */
const RANDOM = /\{\{[^}]*\b(?:rand\w+|gen\w+|uuidv4|shuffle|bcrypt|htpasswd|now|encryptAES)\b/;

/** What a rendering without the cluster gives otherwise: objects that are there already, and how often the release was upgraded. */
const AROUND = /\{\{[^}]*(?:\blookup\s|\.Release\.Revision\b)/;

/** Whether the chart may render otherwise in the cluster than here. Of a packed dependency nothing is known. */
export const looksAround = (files: ReadonlyMap<string, Uint8Array>): boolean => [...files].some(([path, bytes]) => path.endsWith('.tgz') || (isTemplate(path) && AROUND.test(textOf(bytes))));

/** Whether the chart may be rendered differently the next time. Of a packed dependency nothing is known. */
export const isUnsteady = (files: ReadonlyMap<string, Uint8Array>): boolean =>
  [...files].some(([path, bytes]) => path.endsWith('.tgz') || (isTemplate(path) && RANDOM.test(textOf(bytes))));
