import { formatPath, type Path } from '../kube/path';
import type { Range } from '../manifests/document';

/**
 * The ImagePolicy that image automation writes into a value by the comment on its line, `# {"$imagepolicy": "namespace:name"}`, with
 * `:tag` or `:name` where only that part is written (image-automation-controller, "setters"). `undefined` where no such comment stands.
 */
export function imagePolicyAt(text: string, { start }: Range): string | undefined {
  const from = text.lastIndexOf('\n', start - 1) + 1;
  const end = text.indexOf('\n', start);
  const found = /#\s*\{\s*"\$imagepolicy"\s*:\s*"([^":]+):([^":]+)(?::(?:tag|name|digest))?"\s*\}/.exec(text.slice(from, end < 0 ? undefined : end));
  return found ? `ImagePolicy ${found[1] ?? ''}/${found[2] ?? ''}` : undefined;
}

/** Whether a text has such a comment anywhere. */
export const hasSetters = (text: string): boolean => text.includes('"$imagepolicy"');

/** That what Git has of a field is not what a person wrote there; one sentence without a full stop. */
export const setterNote = (path: Path, policy: string): string => `${formatPath(path)} is written into Git by image automation: ${policy} decides it`;
