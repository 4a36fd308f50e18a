import { basename, dirname, join, sep } from 'node:path';

/** What makes a folder a chart. Looked for among all files in each run. */
export const isChartFile = (file: string): boolean => file.endsWith('Chart.yaml') && basename(file) === 'Chart.yaml';

/** Without the templates of charts, and the charts inside of them: nobody applies these as they stand. */
export function besidesCharts(files: readonly string[]): readonly string[] {
  const rendered = files.filter(isChartFile).flatMap(file => ['templates', 'charts'].map(name => join(dirname(file), name) + sep));
  return rendered.length === 0 ? files : files.filter(file => !rendered.some(folder => file.startsWith(folder)));
}
