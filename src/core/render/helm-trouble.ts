import { posix } from 'node:path';
import type { Range } from '../manifests/document';
import { NOWHERE, textOf, type RenderProblem } from './reach';

const MAX_LENGTH = 1_000;

/** What Helm says is wrong, at the line of the file that it names; else at the chart. `chart` is what the chart calls itself, `folder` where it is. */
export function placeTrouble(message: string, chart: string, folder: string, files: ReadonlyMap<string, Uint8Array>): RenderProblem {
  const text = worded(message);
  // `web/templates/a.yaml:7:20`, `(web/charts/sub/templates/b.yaml:3)`: a template inside the chart of that name.
  for (const [, name = '', path = '', line, column] of message.matchAll(/([\w.-]+)\/((?:[\w.+ -]+\/)*[\w.+ -]+\.\w+)(?::(\d+))?(?::(\d+))?/g)) {
    const file = posix.join(folder, path);
    const bytes = name === chart ? files.get(file) : undefined;
    if (bytes) return { file, range: lineRange(textOf(bytes), Number(line ?? 1), line === undefined ? undefined : Number(column ?? 0)), message: text };
  }
  const values = /(?:^|[\s/])((?:[\w.-]+\/)*values[\w.-]*\.ya?ml)\b/.exec(message)?.[1];
  const valuesFile = values === undefined ? undefined : [values, posix.join(folder, values)].find(path => files.has(path));
  const line = Number(/yaml: line (\d+)/.exec(message)?.[1] ?? 1);
  if (valuesFile !== undefined) return { file: valuesFile, range: lineRange(textOf(files.get(valuesFile) ?? new Uint8Array()), line, undefined), message: text };
  const own = posix.join(folder, 'Chart.yaml');
  const bytes = files.get(own);
  if (!bytes) return { file: own, range: NOWHERE, message: text };
  const source = textOf(bytes);
  const dependencies = /dependenc/.test(message) ? source.search(/^dependencies:/m) : -1;
  return { file: own, range: dependencies >= 0 ? { start: dependencies, end: dependencies + 'dependencies'.length } : lineRange(source, 1, undefined), message: text };
}

/** Lines count from 1, columns from 0, both in a text of Go's: columns are bytes, which only moves the place within its line. */
function lineRange(text: string, line: number, column: number | undefined): Range {
  let start = 0;
  for (let i = 1; i < line; i++) {
    const next = text.indexOf('\n', start);
    if (next < 0) break;
    start = next + 1;
  }
  const newline = text.indexOf('\n', start);
  const end = newline < 0 ? text.length : newline;
  const within = start + (column ?? 0);
  const first = within < end ? within : start + (/^\s*/.exec(text.slice(start, end))?.[0].length ?? 0);
  return { start: first, end: text.slice(first, end).trimEnd().length + first };
}

/** The cause stands at the end of Helm's chain of errors: that end is kept. */
function worded(message: string): string {
  const said = message.split(/\r?\n/).filter(line => !/^(?:WARNING|level=|[IW]\d{4} )/.test(line)).join(' ').replace(/\s*Use --debug flag to render out invalid YAML\s*/, ' ').replace(/^Error: /, '').replaceAll(/\s+/g, ' ').trim();
  return `helm: ${said.length > MAX_LENGTH ? `… ${said.slice(-MAX_LENGTH)}` : said}`;
}
